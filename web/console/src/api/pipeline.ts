// Questions of the pipeline: in words, as typed queries, saved.
import type { AnswerCard, Cell, PipelineQuery } from './card'
import { once, request, respond } from './client'

export type Asked =
  | { question: string; previous?: PipelineQuery }
  | {
      query: PipelineQuery
      language: string
      /** A row of the query's card, whose records are listed. */
      row?: Cell[]
      /** Where a list of records goes on. */
      cursor?: string
    }

export const ask = (asked: Asked, signal?: AbortSignal): Promise<AnswerCard> =>
  request('/v1/pipeline/query', { method: 'POST', body: asked, signal })

/** All rows of an answer as a file's text, and how many of how many it has when that is not all. */
export async function askFile(asked: Asked): Promise<{ text: string; cut: string | null }> {
  const response = await respond('/v1/pipeline/query', {
    method: 'POST',
    body: asked,
    headers: { accept: 'text/csv' },
  })
  return { text: await response.text(), cut: response.headers.get('x-rows-cut') }
}

/** When a saved question's number is out of bounds, its owner's feed and the organisation's webhooks hear of it. */
export interface Alert {
  /** A measure of the query. */
  measure: string
  op: 'lt' | 'lte' | 'gt' | 'gte'
  /** A decimal number in the measure's unit. */
  value: string
}

/** With whom a question is shared. */
export type Sharing =
  | { visibility: 'private' | 'tenant'; role_id?: null }
  | { visibility: 'role'; role_id: string }

export interface SavedQuestion {
  id: string
  name: string
  owner: { id: string; name: string | null }
  mine: boolean
  can_edit: boolean
  visibility: 'private' | 'role' | 'tenant'
  role_id: string | null
  question: string | null
  query: PipelineQuery
  /** Pin and alert are the owner's alone. */
  pinned: boolean
  alert: Alert | null
  alert_state: {
    beyond: boolean | null
    at: string | null
    /** Why the number cannot be read any more. */
    failure: 'rights' | 'query' | 'too_much' | 'owner' | null
    failed_at: string | null
  } | null
  version: number
}

export type QuestionPatch = Partial<Pick<SavedQuestion, 'name' | 'pinned' | 'alert'> & Sharing>

interface Page<T> {
  data: T[]
  next_cursor: string | null
}

const QUESTIONS = '/v1/pipeline/questions'

/** All saved questions of the person and those shared with them, page by page. */
export async function listQuestions(signal?: AbortSignal): Promise<SavedQuestion[]> {
  const all: SavedQuestion[] = []
  let cursor: string | null = null
  do {
    const at: string = cursor ? `${QUESTIONS}?cursor=${encodeURIComponent(cursor)}` : QUESTIONS
    const page: Page<SavedQuestion> = await request(at, { signal })
    all.push(...page.data)
    cursor = page.next_cursor
  } while (cursor)
  return all
}

export const getQuestion = (id: string): Promise<SavedQuestion> =>
  request(`${QUESTIONS}/${encodeURIComponent(id)}`)

export const saveQuestion = (
  question: Pick<SavedQuestion, 'name' | 'question' | 'query' | 'pinned'> & Sharing,
): Promise<SavedQuestion> => request(QUESTIONS, { method: 'POST', body: question, headers: once() })

export const changeQuestion = (saved: SavedQuestion, patch: QuestionPatch): Promise<SavedQuestion> =>
  request(`${QUESTIONS}/${saved.id}`, {
    method: 'PATCH',
    body: patch,
    headers: { 'if-match': `"${saved.version}"` },
  })

export const deleteQuestion = (saved: SavedQuestion): Promise<void> =>
  request(`${QUESTIONS}/${saved.id}`, { method: 'DELETE', headers: { 'if-match': `"${saved.version}"` } })

/** What a verdict is on: the answer of a run, or a card that came without one. */
export type Judged = { run_id: string } | { card_id: string }

/** A verdict on how a question was read. */
export const giveFeedback = (judged: Judged, verdict: 'good' | 'bad', comment: string): Promise<void> =>
  request('/v1/feedback', {
    method: 'POST',
    body: { ...judged, verdict, ...(comment ? { comment } : {}) },
    headers: once(),
  })
