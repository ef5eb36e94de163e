// The questions and answers of this tab. They live in memory alone: what the records say is kept nowhere else.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useReducer, useRef } from 'react'

import type { AnswerCard, PipelineQuery } from '../api/card'
import { type Asked, ask } from '../api/pipeline'
import { ApiProblem, isAbort } from '../api/problem'
import { runPipeline, stopRun } from '../api/runs'

export interface Turn {
  id: number
  /** What was asked, as the page shows it. */
  label: string
  asked: Asked
  state: 'asking' | 'answered' | 'failed' | 'stopped'
  /** The answer's words as they come. */
  text: string
  isCounting: boolean
  isLost: boolean
  card: AnswerCard | null
  error: unknown
  /** The run that answered, when an agent did; feedback names it. */
  run: string | null
}

type Change =
  | { kind: 'asked'; turn: Turn }
  | { kind: 'changed'; id: number; change: Partial<Turn> }
  | { kind: 'said'; id: number; text: string }
  | { kind: 'cleared' }

export function changeTurns(turns: Turn[], change: Change): Turn[] {
  switch (change.kind) {
    case 'asked':
      return [...turns, change.turn]
    case 'cleared':
      return []
    case 'said':
      return turns.map(turn => (turn.id === change.id ? { ...turn, text: turn.text + change.text } : turn))
    case 'changed':
      return turns.map(turn => (turn.id === change.id ? { ...turn, ...change.change } : turn))
  }
}

interface Thread {
  turns: Turn[]
  /** Asks in words, after an earlier query when it is a follow-up. The answer speaks the language of the question. */
  askWords: (words: string, previous: PipelineQuery | null) => void
  /** Asks a typed query: a choice, a saved question, a link. */
  askQuery: (query: PipelineQuery, label: string, language: string) => void
  retry: (turn: Turn) => void
  stop: (turn: Turn) => void
  clear: () => void
}

const Context = createContext<Thread | null>(null)

export function useThread(): Thread {
  const thread = useContext(Context)
  if (!thread) throw new Error('useThread outside of ThreadProvider')
  return thread
}

export function ThreadProvider({ children }: { children: ReactNode }) {
  const [turns, change] = useReducer(changeTurns, [])
  const next = useRef(0)
  const running = useRef(new Map<number, { stop: AbortController; run: string | null }>())

  const work = useCallback(async (id: number, asked: Asked) => {
    const stop = new AbortController()
    const entry = { stop, run: null as string | null }
    running.current.set(id, entry)
    const set = (part: Partial<Turn>) => change({ kind: 'changed', id, change: part })
    try {
      let card: AnswerCard | null = null
      if ('question' in asked) {
        card = await viaAgent(asked, stop.signal, {
          onRun: run => {
            entry.run = run
            set({ run })
          },
          onText: text => change({ kind: 'said', id, text }),
          onRestart: () => set({ text: '' }),
          onCounting: () => set({ isCounting: true }),
          onReconnect: isLost => set({ isLost }),
        })
      }
      card ??= await ask(asked, stop.signal)
      set({ state: 'answered', card, isLost: false })
    } catch (error) {
      if (isAbort(error)) set({ state: 'stopped', isLost: false })
      else set({ state: 'failed', error, isLost: false })
    } finally {
      running.current.delete(id)
    }
  }, [])

  const start = useCallback(
    (label: string, asked: Asked) => {
      next.current += 1
      const id = next.current
      const turn: Turn = { ...fresh, id, label, asked }
      change({ kind: 'asked', turn })
      void work(id, asked)
    },
    [work],
  )

  const thread = useMemo<Thread>(
    () => ({
      turns,
      askWords: (words, previous) => start(words, { question: words, ...(previous ? { previous } : {}) }),
      askQuery: (query, label, language) => start(label, { query, language }),
      retry: turn => {
        change({ kind: 'changed', id: turn.id, change: fresh })
        void work(turn.id, turn.asked)
      },
      stop: turn => {
        const entry = running.current.get(turn.id)
        entry?.stop.abort()
        // The run belongs to the service and goes on until it is told.
        if (entry?.run) stopRun(entry.run).catch(() => undefined)
      },
      clear: () => {
        for (const { stop } of running.current.values()) stop.abort()
        change({ kind: 'cleared' })
      },
    }),
    [turns, start, work],
  )
  return <Context value={thread}>{children}</Context>
}

const fresh = {
  state: 'asking' as const,
  text: '',
  isCounting: false,
  isLost: false,
  card: null,
  error: null,
  run: null,
}

interface Progress {
  onRun: (run: string) => void
  onText: (text: string) => void
  onRestart: () => void
  onCounting: () => void
  onReconnect: (isLost: boolean) => void
}

/** The card of a streamed run; null where the organisation has no such agent, so that the question is asked plainly. */
async function viaAgent(
  asked: Extract<Asked, { question: string }>,
  signal: AbortSignal,
  progress: Progress,
): Promise<AnswerCard | null> {
  let card: AnswerCard | null = null
  try {
    await runPipeline(asked, {
      signal,
      onReconnect: progress.onReconnect,
      onEvent: event => {
        if (event.type === 'run_started') progress.onRun(event.run_id)
        else if (event.type === 'text_delta') progress.onText(event.text)
        else if (event.type === 'tool_started') progress.onCounting()
        else if (event.type === 'note' && event.restarts_answer) progress.onRestart()
        else if (event.type === 'card') card = event.card
      },
    })
  } catch (error) {
    if (error instanceof ApiProblem && [403, 404].includes(error.status)) return null
    throw error
  }
  return card
}
