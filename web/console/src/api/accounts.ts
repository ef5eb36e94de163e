// The health of customers, as api/src/routes/account_health answers.
import type { Reason, ScoreState, Shown, Whose } from './chance'
import { request } from './client'

/** In words; it changes only when the number is clearly beyond a line. */
export type Band = 'healthy' | 'watch' | 'at_risk'

/** A number that is derived from the risk of leaving, and from nothing else. */
export interface Health {
  /** 0 to 100: of a hundred such customers so many would still be there in a year. */
  score: number
  band: Band
  state: ScoreState
  risk: number
  low: number
  high: number
  horizon_days: number
  words: string
  scored_at: string
}

export interface Customer {
  account_id: string
  account: { name?: string | null; industry?: string | null; owner?: { name?: string | null } | null }
  health: Health | null
  /** What it was a month ago; null when nothing else was said then, or by another model. */
  change: { since: string; from: number; band: Band } | null
  /** What speaks most for leaving. */
  reason: Reason | null
}

export interface PastHealth {
  score: number
  band: Band
  risk: number
  scored_at: string
}

export interface AccountHealth {
  account_id: string
  /** Null for an account that is no customer. */
  health: Health | null
  score: Shown | null
  /** Latest first. */
  history: PastHealth[]
}

/** Customers, the worst first. */
export function listCustomers(
  whose: Whose,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<{ data: Customer[]; next_cursor: string | null }> {
  const query = new URLSearchParams({ limit: '50' })
  if (whose !== 'all') query.set('owner', whose)
  if (cursor) query.set('cursor', cursor)
  return request(`/v1/accounts/health?${query}`, { signal })
}

export const getHealth = (id: string, signal?: AbortSignal): Promise<AccountHealth> =>
  request(`/v1/accounts/${encodeURIComponent(id)}/health`, { signal })
