// What changes, as the service tells it: one stream for all tabs of a browser, taken up again where it broke off.
import { respond } from './client'
import { ApiProblem } from './problem'
import { session } from './session'
import { eventsOf } from './sse'

/** What the console hears of, by the names of the feed. A page that wants to hear of more adds them here. */
const OBJECTS = ['pipeline']

export interface FeedEvent {
  /** Such as `pipeline.alert`. */
  type: string
  object: string
  id: string | null
  fields: string[]
  at: string
}

const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 60_000

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end, { once: true })
  })

/** Follows the feed until the signal stops it or the service says that there is none for this person. */
export async function readFeed(
  signal: AbortSignal,
  onEvent: (event: FeedEvent) => void,
  firstWait = FIRST_WAIT_MS,
): Promise<void> {
  let last = ''
  for (let wait = firstWait; !signal.aborted; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
    try {
      const response = await respond(`/v1/feed?objects=${OBJECTS.join(',')}`, {
        headers: { accept: 'text/event-stream', ...(last ? { 'last-event-id': last } : {}) },
        signal,
      })
      if (!response.body) return
      for await (const { id, event, data } of eventsOf(response.body)) {
        wait = firstWait
        last = id
        if (event !== 'ready' && event !== 'reset') onEvent(JSON.parse(data) as FeedEvent)
      }
    } catch (error) {
      if (signal.aborted) return
      const isFinal = error instanceof ApiProblem && error.status < 500 && error.status !== 429
      // An id of before the service was restored elsewhere is no place any more.
      if (isFinal && last) last = ''
      else if (isFinal) return
    }
    await pause(wait, signal)
  }
}

/**
 * Hears what changes. A browser has few connections to a service, so one tab holds the stream and tells the others;
 * when it is closed, another one takes over.
 */
export function followFeed(onEvent: (event: FeedEvent) => void): () => void {
  const stop = new AbortController()
  const { signal } = stop
  const who = session.identity
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('crm-console.feed')
  channel?.addEventListener('message', ({ data }: MessageEvent<{ who: string; event: FeedEvent }>) => {
    if (data.who === who) onEvent(data.event)
  })
  const read = () =>
    readFeed(signal, event => {
      onEvent(event)
      channel?.postMessage({ who, event })
    })
  const locks = globalThis.navigator?.locks
  const reading = locks ? locks.request(`crm-console.feed ${who}`, { signal }, read) : read()
  // To be stopped while another tab has the stream is no error.
  reading.catch(() => undefined)
  return () => {
    stop.abort()
    channel?.close()
  }
}
