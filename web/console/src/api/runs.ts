// A run of an agent: started, followed to its end over lost connections, stopped.
import type { AnswerCard, PipelineQuery } from './card'
import { once, request, respond } from './client'
import { ApiProblem, NetworkProblem } from './problem'
import { eventsOf } from './sse'

export type RunEvent =
  | { type: 'run_started'; run_id: string; agent: string }
  | { type: 'text_delta'; text: string }
  | { type: 'tool_started'; call_id: string; tool: string }
  | { type: 'tool_finished'; call_id: string }
  | { type: 'note'; text: string; restarts_answer?: boolean }
  | { type: 'card'; card: AnswerCard }
  | { type: 'run_finished'; outcome: string; degraded: boolean; degraded_reason?: string }

export interface PipelineInput {
  question: string
  previous?: PipelineQuery
}

/** How long to wait before the next attempt to follow, by attempt. */
const WAITS_MS = [250, 1_000, 2_000, 4_000, 8_000]

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer)
      reject(new DOMException('stopped', 'AbortError'))
    }
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal.addEventListener('abort', stop, { once: true })
  })

export interface Follow {
  signal: AbortSignal
  onEvent: (event: RunEvent) => void
  /** True while the connection is lost and another one is tried. */
  onReconnect?: (isLost: boolean) => void
  waits?: readonly number[]
}

/** Starts the agent and gives each event once, in order, until the run has ended. The run's id comes back. */
export async function runPipeline(input: PipelineInput, follow: Follow): Promise<string> {
  const waits = follow.waits ?? WAITS_MS
  const started = await respond('/v1/agents/pipeline/runs', {
    method: 'POST',
    body: { input, stream: true },
    headers: { accept: 'text/event-stream', ...once() },
    signal: follow.signal,
  })
  const run = started.headers.get('x-run-id') ?? ''
  let last = ''
  let response: Response | null = started
  for (let attempt = 0; ; ) {
    try {
      response ??= await respond(`/v1/runs/${encodeURIComponent(run)}/events`, {
        headers: { accept: 'text/event-stream', ...(last ? { 'last-event-id': last } : {}) },
        signal: follow.signal,
      })
      if (!response.body) throw new NetworkProblem('no body')
      follow.onReconnect?.(false)
      for await (const event of eventsOf(response.body)) {
        attempt = 0
        last = event.id
        const told = JSON.parse(event.data) as RunEvent
        follow.onEvent(told)
        if (told.type === 'run_finished') return run
      }
    } catch (error) {
      // What the service refuses it will refuse again, unless it is only busy.
      const isFinal = error instanceof ApiProblem && error.status < 500 && error.status !== 429
      if (follow.signal.aborted || isFinal) throw error
    }
    response = null
    const wait = waits[attempt]
    if (wait === undefined) throw new NetworkProblem('the connection was lost')
    attempt += 1
    follow.onReconnect?.(true)
    await pause(wait, follow.signal)
  }
}

/** Asks the service to stop a run. */
export const stopRun = (run: string): Promise<void> =>
  request(`/v1/runs/${encodeURIComponent(run)}/cancel`, { method: 'POST', headers: once() })
