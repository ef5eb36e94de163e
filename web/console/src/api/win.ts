// The win card of a deal and what belongs to it, as tools/src/win and api/src/routes/win answer.
import { once, request } from './client'
import type { RecordMoney } from './schema'

/** A deal as far as the pages of predictions read it; what the reader's role hides is missing. */
export interface DealRecord {
  id: string
  name?: string | null
  stage?: string | null
  amount?: RecordMoney | null
  close_date?: string | null
  account?: { name?: string | null } | null
  owner?: { name?: string | null } | null
}

export interface Chance {
  probability: number
  low: number
  high: number
}

export interface Moved {
  from: number
  to: number
  points: number
  sentence: string
}

export interface PastWin extends Chance {
  id: string
  state: 'model' | 'prior'
  scored_at: string
  moved: Moved | null
}

export interface Reason {
  sentence: string
  log_odds: number
  /** How much lower the probability would be without it, in percentage points. */
  points: number
  records: { object: string; id: string; title: string | null }[]
  hidden: boolean
}

export interface Step {
  key: string
  task: string
  text: string
  why: string
  due_in_days: number
  /** The open task that was made of it. */
  task_id: string | null
}

export interface WinCard {
  kind: 'win' | 'ended' | 'clarification' | 'declined'
  sentence: string
  opportunity: { id: string; name: string | null; stage: string | null } | null
  score: (Chance & { id: string; log_odds: number; prior: number; scored_at: string }) | null
  state: 'model' | 'prior' | 'unscored' | null
  reasons: {
    base: number
    prior: number
    up: Reason[]
    down: Reason[]
    rest: { count: number; log_odds: number; points: number }
    log_odds: number
  } | null
  changes: { feature: string; probability: number; points: number; sentence: string; step: string | null }[]
  similar: {
    deals: {
      id: string
      name: string | null
      amount: RecordMoney | null
      won: boolean | null
      closed_at: string | null
      closed_reason: string | null
    }[]
    sentence: string
  } | null
  next_steps: Step[]
  model: { id: string; number: number; sentence: string } | null
  moved: Moved | null
  notes: string[]
}

export interface Mover {
  opportunity_id: string
  opportunity: DealRecord
  from: number
  to: number
  points: number
  cause: string
}

interface Page<T> {
  data: T[]
  next_cursor: string | null
}

const winOf = (id: string) => `/v1/opportunities/${encodeURIComponent(id)}/win`

/** Open deals, the largest amounts first; of one owner when one is named. */
export function listOpenDeals(
  owner: string | null,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<DealRecord>> {
  const query = new URLSearchParams({
    'filter[is_closed][eq]': 'false',
    sort: '-amount',
    limit: '50',
    include: 'account,owner',
  })
  if (owner) query.set('filter[owner_id][eq]', owner)
  if (cursor) query.set('cursor', cursor)
  return request(`/v1/opportunities?${query}`, { signal })
}

/** What was said of a deal, latest first. */
export const listHistory = (id: string, limit: number, signal?: AbortSignal): Promise<Page<PastWin>> =>
  request(`${winOf(id)}/history?limit=${limit}`, { signal })

export const getWinCard = (id: string, signal?: AbortSignal): Promise<WinCard> =>
  request(winOf(id), { signal })

export const takeStep = (id: string, key: string): Promise<{ id: string }> =>
  request(`${winOf(id)}/steps/${encodeURIComponent(key)}`, { method: 'POST', body: {}, headers: once() })

export const listMovers = (signal?: AbortSignal): Promise<{ data: Mover[] }> =>
  request('/v1/win/movers?days=7&limit=5', { signal })

export interface Opinion {
  verdict: 'good' | 'bad'
  direction?: 'too_high' | 'too_low'
  comment?: string
}

/** What somebody thinks of the probability that was shown. */
export const giveOpinion = (deal: string, score: string, opinion: Opinion): Promise<unknown> =>
  request('/v1/feedback', {
    method: 'POST',
    body: { opportunity_id: deal, score_id: score, ...opinion },
    headers: once(),
  })

/** How many are asked for at once: a browser has few connections to a service. */
const AT_ONCE = 4

/** The latest chance of each deal; null where there is none yet. */
export async function latestChances(
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Record<string, PastWin | null>> {
  const found: Record<string, PastWin | null> = {}
  const waiting = [...ids]
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      found[id] = (await listHistory(id, 1, signal)).data[0] ?? null
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return found
}
