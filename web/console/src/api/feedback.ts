// What people thought of answers, as api/src/routes/feedback lists it.
import type { PipelineQuery } from './card'
import { request } from './client'
import type { Me } from './schema'

export interface Judged {
  id: string
  /** The agent that answered; `pipeline` for cards without a run. */
  kind: string
  verdict: 'good' | 'bad'
  comment: string | null
  /** What was asked, if it was asked in words. */
  question: string | null
  /** What a run answered. */
  answer: string | null
  /** How a question about the numbers was read. */
  query: PipelineQuery | null
  actor_kind: 'user' | 'api_key' | 'visitor'
  actor_name: string | null
  updated_at: string
}

/** Verdicts that something was wrong, latest first; of one agent when one is named. */
export function listWrong(
  kind: string | null,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<{ data: Judged[]; next_cursor: string | null }> {
  const query = new URLSearchParams({ verdict: 'bad', limit: '50' })
  if (kind) query.set('kind', kind)
  if (cursor) query.set('cursor', cursor)
  return request(`/v1/feedback?${query}`, { signal })
}

/** Who works through what was read wrongly. */
export const mayReadFeedback = (me: Me): boolean =>
  me.permissions.all === true || (me.permissions.manage ?? []).includes('runs')
