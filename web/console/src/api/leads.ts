// Leads with all that is said of them, each voice apart, as api/src/routes/lead_scores answers.
import type { Chance, Reason, Shown, Whose } from './chance'
import { once, request } from './client'

/** Which voice a lead's band goes by: the model's, or that of points while there is none. */
export type LeadState = 'model' | 'points' | 'unscored'
export type Band = 'hot' | 'warm' | 'cold'
export const LEAD_ORDERS = ['probability', 'points'] as const
export type LeadOrder = (typeof LEAD_ORDERS)[number]

/** What somebody says: an override has a probability, a qualification a score of 0 to 100. */
export interface Said {
  probability?: number | null
  score?: number | null
  reason: string | null
  by_kind: 'user' | 'api_key' | 'job'
  by_name: string | null
  said_at: string
}

export interface RankedLead {
  lead_id: string
  lead: {
    name?: string | null
    company?: string | null
    status?: string | null
    owner?: { name?: string | null } | null
  }
  state: LeadState
  /** Before a model speaks, how leads usually end. */
  score: Chance | null
  points: number | null
  band: Band | null
  override: { probability: number } | null
  qualification: { score: number } | null
  reason: Pick<Reason, 'sentence'> | null
}

export interface LeadCard {
  lead_id: string
  state: LeadState
  band: Band | null
  band_since: string | null
  score: Shown | null
  points: {
    total: number
    parts: { event: string; events: number; points: number; sentence: string }[]
    cap: number
    half_life_days: number
  } | null
  override: Said | null
  qualification: Said | null
}

export interface SimilarLeads {
  leads: {
    id: string
    name: string | null
    company: string | null
    converted: boolean | null
    converted_at: string | null
    unqualified_reason: string | null
    opportunity_id: string | null
  }[]
  sentence: string
  note: string | null
}

/** Something that was found. */
export interface Suggestion {
  id: string
  /** The field of the lead, or `account` for one that it seems to belong to. */
  field: string
  /** What was found; of an account its id. */
  value: string
  /** What the lead holds now. */
  current: unknown
  source: 'mail_domain' | 'message' | 'account'
  /** The words that say so. */
  quote: string | null
  account_id: string | null
  account_name: string | null
  state: 'open' | 'accepted' | 'declined'
  decided_by: { name: string | null } | null
  decided_at: string | null
}

export interface Enrichment {
  /** Whose mail server the lead writes from. */
  domain: { name: string; kind: 'company' | 'free' | 'education' | 'government' } | null
  suggestions: Suggestion[]
}

const leadOf = (id: string) => `/v1/leads/${encodeURIComponent(id)}`

/** Leads that may still be converted, the best first. */
export function listLeads(
  whose: Whose,
  order: LeadOrder,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<{ data: RankedLead[]; next_cursor: string | null }> {
  const query = new URLSearchParams({ sort: order, limit: '50' })
  if (whose !== 'all') query.set('owner', whose)
  if (cursor) query.set('cursor', cursor)
  return request(`/v1/leads/ranked?${query}`, { signal })
}

export const getLeadScore = (id: string, signal?: AbortSignal): Promise<LeadCard> =>
  request(`${leadOf(id)}/score`, { signal })

/** Says something else than the model, in one's own name. */
export const overrideScore = (id: string, said: { probability: number; reason: string }): Promise<unknown> =>
  request(`${leadOf(id)}/score`, { method: 'PUT', body: said })

export const clearOverride = (id: string): Promise<unknown> =>
  request(`${leadOf(id)}/score`, { method: 'DELETE' })

/** Leads of the past that were like it at its age, and how they ended. */
export const getPastLeads = (id: string, signal?: AbortSignal): Promise<SimilarLeads> =>
  request(`${leadOf(id)}/score/similar`, { signal })

export const getEnrichment = (id: string, signal?: AbortSignal): Promise<Enrichment> =>
  request(`${leadOf(id)}/enrichment`, { signal })

/** Takes what was found over, also in the place of another value, or turns it down for good. */
export const decide = (
  id: string,
  suggestion: string,
  how: 'accept' | 'replace' | 'decline',
): Promise<Enrichment> => {
  const verb = how === 'decline' ? 'decline' : how === 'replace' ? 'accept?replace=true' : 'accept'
  return request(`${leadOf(id)}/enrichment/${encodeURIComponent(suggestion)}/${verb}`, {
    method: 'POST',
    headers: once(),
  })
}
