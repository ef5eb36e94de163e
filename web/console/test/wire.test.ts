import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { request } from '../src/api/client'
import { type FeedEvent, readFeed } from '../src/api/feed'
import { ApiProblem, NetworkProblem } from '../src/api/problem'
import { type RunEvent, runPipeline } from '../src/api/runs'
import { Session, session } from '../src/api/session'
import { EventDecoder, type ServerEvent } from '../src/api/sse'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('the reader of server-sent events', () => {
  const stream =
    ': keep-alive\n\nevent: text_delta\nid: 4\ndata: {"text":"Grüße 🏊"}\n\nid: 5\r\nevent: note\r\ndata: a\r\ndata: b\r\n\r\ndata: last\n\n'
  const whole: ServerEvent[] = [
    { event: 'text_delta', id: '4', data: '{"text":"Grüße 🏊"}' },
    { event: 'note', id: '5', data: 'a\nb' },
    { event: 'message', id: '5', data: 'last' },
  ]

  it('gives the same events however the bytes are split', () => {
    const all = bytes(stream)
    for (let size = 1; size <= all.length; size += 1) {
      const decoder = new EventDecoder()
      const events: ServerEvent[] = []
      for (let at = 0; at < all.length; at += size) events.push(...decoder.push(all.slice(at, at + size)))
      expect(events).toEqual(whole)
    }
  })

  it('keeps back what has no end yet', () => {
    const decoder = new EventDecoder()
    expect(decoder.push(bytes('data: half'))).toEqual([])
    expect(decoder.push(bytes('\n'))).toEqual([])
    expect(decoder.push(bytes('\n'))).toEqual([{ event: 'message', id: '', data: 'half' }])
  })
})

// A service of a few answers, one for each request; it remembers what it was asked.
type Answer = Response | Error | ((path: string, init: RequestInit) => Response)
let asked: { path: string; init: RequestInit }[] = []
function serve(...answers: Answer[]) {
  asked = []
  vi.stubGlobal('fetch', async (path: string, init: RequestInit = {}) => {
    asked.push({ path, init })
    const answer = answers.shift()
    if (!answer) throw new Error(`nobody expected ${path}`)
    if (answer instanceof Error) throw answer
    return typeof answer === 'function' ? answer(path, init) : answer
  })
}
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
const tokens = (name: string, seconds = 600) =>
  json({
    access_token: name,
    expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
    tenant: 'brightwater',
    user_id: 'u1',
  })
const problem = (status: number, detail: string) =>
  json({ type: '/problems/x', title: 'x', status, detail, request_id: 'r-1' }, status)
const authorization = (at: number) => new Headers(asked[at]?.init.headers).get('authorization')

afterEach(() => vi.unstubAllGlobals())

describe('the session', () => {
  it('refreshes once for all who ask at once', async () => {
    serve(tokens('a'))
    const mine = new Session()
    expect(await Promise.all([mine.token(), mine.token(), mine.token()])).toEqual(['a', 'a', 'a'])
    expect(asked.map(({ path }) => path)).toEqual(['/v1/auth/refresh'])
    expect(mine.state).toBe('signed-in')
  })

  it('takes a new token before the old one ends', async () => {
    serve(tokens('a', 10), tokens('b'))
    const mine = new Session()
    await mine.refresh()
    expect(await mine.token()).toBe('b')
  })

  it('is nobody without a cookie, and has ended when it was somebody', async () => {
    serve(problem(422, 'no cookie'), tokens('a'), problem(401, 'the session has ended'))
    const mine = new Session()
    expect(await mine.token()).toBeNull()
    expect(mine.state).toBe('signed-out')
    await mine.signIn('a@b.example', 'secret')
    expect(mine.state).toBe('signed-in')
    await mine.refresh()
    expect(mine.state).toBe('ended')
    // What is on the page waits for the same person.
    expect(mine.identity).toBe('brightwater/u1')
  })

  it('forgets who it was after signing out', async () => {
    serve(tokens('a'), new Response(null, { status: 204 }))
    const mine = new Session()
    await mine.signIn('a@b.example', 'secret')
    await mine.signOut()
    expect([mine.state, mine.identity]).toEqual(['signed-out', ''])
    expect(authorization(1)).toBe('Bearer a')
  })

  it('does not take a lost network for the end', async () => {
    serve(new TypeError('failed to fetch'))
    const mine = new Session()
    await expect(mine.token()).rejects.toBeInstanceOf(NetworkProblem)
    expect(mine.state).toBe('unknown')
  })

  it('asks for the tenant when there are several', async () => {
    serve(json({ choices: [{ slug: 'a', name: 'A', role: 'sales' }] }), tokens('a'))
    const mine = new Session()
    expect(await mine.signIn('a@b.example', 'secret')).toHaveProperty('choices')
    expect(mine.state).toBe('unknown')
    await mine.signIn('a@b.example', 'secret', 'a')
    expect(JSON.parse(String(asked[1]?.init.body))).toMatchObject({ tenant: 'a', cookie: true })
  })
})

describe('requests', () => {
  beforeEach(async () => {
    serve(tokens('old'))
    await session.refresh()
  })

  it('come again with a new token when the old one is refused', async () => {
    serve(problem(401, 'no'), tokens('new'), json({ ok: true }))
    expect(await request('/v1/me')).toEqual({ ok: true })
    expect([authorization(0), authorization(2)]).toEqual(['Bearer old', 'Bearer new'])
  })

  it('tell what went wrong in the words of the service', async () => {
    serve(problem(422, 'title: must have 1 to 300 characters'))
    const error = await request<ApiProblem>('/v1/x').catch((thrown: ApiProblem) => thrown)
    expect(error).toBeInstanceOf(ApiProblem)
    expect([error.message, error.requestId, error.status]).toEqual([
      'title: must have 1 to 300 characters',
      'r-1',
      422,
    ])
  })
})

const sse = (...events: [number, RunEvent][]) =>
  new Response(
    events
      .map(([id, event]) => `event: ${event.type}\nid: ${id}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(''),
    { headers: { 'content-type': 'text/event-stream', 'x-run-id': 'run-1' } },
  )
const said = (text: string): RunEvent => ({ type: 'text_delta', text })
const finished: RunEvent = { type: 'run_finished', outcome: 'completed', degraded: true }

describe('a run', () => {
  const follow = async (...answers: Answer[]) => {
    serve(tokens('a'))
    await session.refresh()
    serve(...answers)
    const events: RunEvent[] = []
    const lost: boolean[] = []
    const run = runPipeline(
      { question: 'x' },
      {
        signal: new AbortController().signal,
        onEvent: event => events.push(event),
        onReconnect: isLost => lost.push(isLost),
        waits: [0, 0],
      },
    )
    return { result: await run.catch(error => error), events, lost }
  }

  it('is read to its end', async () => {
    const { result, events } = await follow(sse([1, said('a')], [2, finished]))
    expect(result).toBe('run-1')
    expect(events).toEqual([said('a'), finished])
    expect(new Headers(asked[0]?.init.headers).get('idempotency-key')).toBeTruthy()
  })

  it('goes on after the last event when the connection is lost', async () => {
    const { result, events, lost } = await follow(
      sse([1, said('a')], [2, said('b')]),
      new TypeError('network'),
      sse([3, said('c')], [4, finished]),
    )
    expect(result).toBe('run-1')
    expect(events).toEqual([said('a'), said('b'), said('c'), finished])
    expect(asked[2]?.path).toBe('/v1/runs/run-1/events')
    expect(new Headers(asked[2]?.init.headers).get('last-event-id')).toBe('2')
    expect(lost).toEqual([false, true, true, false])
  })

  it('gives up after the last attempt', async () => {
    const { result } = await follow(sse([1, said('a')]), new TypeError('a'), new TypeError('b'))
    expect(result).toBeInstanceOf(NetworkProblem)
  })

  it('takes a refusal for final', async () => {
    const { result } = await follow(problem(404, 'there is no such agent'))
    expect(result).toBeInstanceOf(ApiProblem)
    expect(asked.length).toBe(1)
  })
})

describe('the feed', () => {
  const alert = (id: number, question: string) =>
    `event: pipeline.alert\nid: ${id}\ndata: ${JSON.stringify({ type: 'pipeline.alert', id: question })}\n\n`
  const stream = (text: string) => new Response(text, { headers: { 'content-type': 'text/event-stream' } })

  const read = async (enough: number, ...answers: Answer[]) => {
    serve(tokens('a'))
    await session.refresh()
    serve(...answers)
    const stop = new AbortController()
    const heard: (string | null)[] = []
    const take = (event: FeedEvent) => {
      heard.push(event.id)
      if (heard.length === enough) stop.abort()
    }
    await readFeed(stop.signal, take, 0)
    return heard
  }

  it('is taken up behind the last event, which comes once', async () => {
    const heard = await read(
      2,
      stream(`event: ready\nid: 1\ndata: {}\n\n${alert(2, 'q1')}`),
      new TypeError('network'),
      stream(alert(3, 'q2')),
    )
    expect(heard).toEqual(['q1', 'q2'])
    expect(asked[0]?.path).toBe('/v1/feed?objects=pipeline')
    expect(asked.map(({ init }) => new Headers(init.headers).get('last-event-id'))).toEqual([null, '2', '2'])
  })

  it('is left alone when the service refuses it', async () => {
    expect(await read(1, problem(403, 'not for you'))).toEqual([])
    expect(asked.length).toBe(1)
  })
})
