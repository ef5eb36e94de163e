// What the service says of how likely something is, and why: the same for deals, leads and accounts.

export interface Chance {
  probability: number
  low: number
  high: number
}

/** `prior` before there was enough to learn from; `points` of leads then. */
export type ScoreState = 'model' | 'prior' | 'points'

export interface Moved {
  from: number
  to: number
  points: number
  sentence: string
}

/** A score of the past. */
export interface PastChance extends Chance {
  id: string
  state: ScoreState
  scored_at: string
  moved: Moved | null
}

/** A record that a reason rests on; its title is null when it has none that the reader may see. */
export interface RestsOnRecord {
  object: string
  id: string
  title: string | null
}

export interface Reason {
  sentence: string
  log_odds: number
  /** How much lower the probability would be without it, in percentage points. */
  points: number
  records: RestsOnRecord[]
  hidden: boolean
}

/** `base`, `prior`, every reason and the rest add up to `log_odds`. */
export interface Reasons {
  base: number
  prior: number
  up: Reason[]
  down: Reason[]
  rest: { count: number; log_odds: number; points: number }
  log_odds: number
}

/** Whose records a list shows: everybody's, one's own, those of the people below, or one member's. */
export const WHOSE = ['all', 'me', 'team'] as const
export type Whose = (typeof WHOSE)[number]

/** A score with its reasons, as tools/src/predictions/shown.rs tells it. */
export interface Shown extends Chance {
  score_id: string
  state: ScoreState
  prior: number
  reasons: Reasons
  model: { id: string; number: number; rests_on_few?: string | null } | null
  /** Why no model speaks, such as how many closed records are missing. */
  missing: string | null
  scored_at: string
}

/** How long a list in which nothing is scored yet waits before it looks again: a worker is at it. */
export const LOOK_AGAIN_MS = 4_000
