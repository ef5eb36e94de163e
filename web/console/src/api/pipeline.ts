// Questions of the pipeline: in words, as typed queries, saved.
import type { AnswerCard, PipelineQuery } from './card'
import { once, request } from './client'

export type Asked =
  | { question: string; previous?: PipelineQuery }
  | { query: PipelineQuery; language: string }

export const ask = (asked: Asked, signal?: AbortSignal): Promise<AnswerCard> =>
  request('/v1/pipeline/query', { method: 'POST', body: asked, signal })

/** When a saved question's number is out of bounds, an event goes to the outbox. */
export interface Alert {
  /** A measure of the query. */
  measure: string
  op: 'lt' | 'lte' | 'gt' | 'gte'
  /** A decimal number in the measure's unit. */
  value: string
}

export interface SavedQuestion {
  id: string
  name: string
  question: string | null
  query: PipelineQuery
  pinned: boolean
  alert: Alert | null
  version: number
}

export type QuestionPatch = Partial<Pick<SavedQuestion, 'name' | 'pinned' | 'alert'>>

interface Page<T> {
  data: T[]
  next_cursor: string | null
}

const QUESTIONS = '/v1/pipeline/questions'

/** All saved questions of the person, page by page. */
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

export const saveQuestion = (
  question: Pick<SavedQuestion, 'name' | 'question' | 'query' | 'pinned'>,
): Promise<SavedQuestion> => request(QUESTIONS, { method: 'POST', body: question, headers: once() })

export const changeQuestion = (saved: SavedQuestion, patch: QuestionPatch): Promise<SavedQuestion> =>
  request(`${QUESTIONS}/${saved.id}`, {
    method: 'PATCH',
    body: patch,
    headers: { 'if-match': `"${saved.version}"` },
  })

export const deleteQuestion = (saved: SavedQuestion): Promise<void> =>
  request(`${QUESTIONS}/${saved.id}`, { method: 'DELETE', headers: { 'if-match': `"${saved.version}"` } })

/** A verdict on how a question was read. */
export const giveFeedback = (run: string, verdict: 'good' | 'bad', comment: string): Promise<void> =>
  request('/v1/feedback', {
    method: 'POST',
    body: { run_id: run, verdict, ...(comment ? { comment } : {}) },
    headers: once(),
  })
