// The win card of a deal and what belongs to it, as tools/src/win and api/src/routes/win answer.
import type { Chance, Moved, PastChance, Reason, Reasons, ScoreState, Whose } from './chance'
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
  /** Why no model speaks, where none does. */
  missing: string | null
  reasons: Reasons | null
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

/** An open deal in a list, with what is said of it. */
export interface OpenDeal {
  opportunity_id: string
  opportunity: DealRecord
  score: (Chance & { state: ScoreState; scored_at: string }) | null
  /** How the probability moved in a week. */
  change: { since: string; from: number; points: number } | null
  /** What counts most for or against it. */
  reason: Reason | null
}

export type DealOrder = 'probability' | '-probability' | 'amount' | '-amount' | 'close_date' | '-close_date'

/** Open deals in an order that the service keeps over all of them, page by page. */
export function listOpenDeals(
  whose: Whose,
  order: DealOrder,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<Page<OpenDeal>> {
  const query = new URLSearchParams({ sort: order, limit: '50' })
  if (whose !== 'all') query.set('owner', whose)
  if (cursor) query.set('cursor', cursor)
  return request(`/v1/win/open?${query}`, { signal })
}

/** What was said of a deal, latest first. */
export const listHistory = (id: string, limit: number, signal?: AbortSignal): Promise<Page<PastChance>> =>
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
