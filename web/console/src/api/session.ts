// Who is signed in. The access token lives in this module's memory and nowhere else; the refresh token is a
// cookie that scripts cannot read.
import { ApiProblem, isAbort, NetworkProblem } from './problem'
import type { LoginAnswer, Session as Tokens } from './schema'

/** `ended` is what befalls somebody at work; `signed-out` is what somebody did, or never was otherwise. */
export type SessionState = 'unknown' | 'signed-in' | 'signed-out' | 'ended'

/** Refreshes this long before the token ends, so that no request travels with one that is about to. */
const EARLY_MS = 30_000

const jsonPost = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  credentials: 'same-origin',
  body: JSON.stringify(body),
})

/** `fetch`, with a name for the case that nobody answered. */
export async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init)
  } catch (error) {
    if (isAbort(error)) throw error
    throw new NetworkProblem(error)
  }
}

/** The session of this browser. */
export class Session {
  #token: { value: string; endsAt: number } | null = null
  #refreshing: Promise<boolean> | null = null
  #state: SessionState = 'unknown'
  #identity = ''
  readonly #listeners = new Set<() => void>()
  /** The other tabs hear when one signs out. */
  readonly #channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel('crm-console')

  constructor() {
    this.#channel?.addEventListener('message', event => {
      if (event.data === 'signed-out') this.#become('signed-out')
    })
  }

  get state(): SessionState {
    return this.#state
  }

  /** Who was last signed in, and where; empty when nobody was or they left. What is kept in the page belongs to it. */
  get identity(): string {
    return this.#identity
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #become(state: SessionState): void {
    if (state !== 'signed-in') this.#token = null
    if (state === 'signed-out') this.#identity = ''
    this.#state = state
    for (const listener of this.#listeners) listener()
  }

  #keep(tokens: Tokens): void {
    this.#token = { value: tokens.access_token, endsAt: Date.parse(tokens.expires_at) }
    this.#identity = `${tokens.tenant}/${tokens.user_id}`
    this.#become('signed-in')
  }

  /** Signs in; with several organisations the choices come back. */
  async signIn(email: string, password: string, tenant?: string): Promise<LoginAnswer> {
    const response = await reach(
      '/v1/auth/login',
      jsonPost({ email, password, cookie: true, ...(tenant ? { tenant } : {}) }),
    )
    if (!response.ok) throw await ApiProblem.from(response)
    const answer: LoginAnswer = await response.json()
    if ('access_token' in answer) this.#keep(answer)
    return answer
  }

  /** Goes to another organisation of the same person. */
  async switchTo(tenant: string): Promise<void> {
    const init = jsonPost({ tenant, cookie: true })
    const token = await this.token()
    const response = await reach('/v1/auth/switch', {
      ...init,
      headers: { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) },
    })
    if (!response.ok) throw await ApiProblem.from(response)
    this.#keep(await response.json())
  }

  /** Ends the session here and on the service. */
  async signOut(): Promise<void> {
    const token = this.#token?.value
    const init = jsonPost({})
    const headers = { ...init.headers, ...(token ? { authorization: `Bearer ${token}` } : {}) }
    const response = await reach('/v1/auth/logout', { ...init, headers })
    if (!response.ok) throw await ApiProblem.from(response)
    this.#become('signed-out')
    this.#channel?.postMessage('signed-out')
  }

  /** A token that is good for the next request; null when nobody is signed in. */
  async token(): Promise<string | null> {
    if (this.#token && this.#token.endsAt - Date.now() > EARLY_MS) return this.#token.value
    await this.refresh()
    return this.#token?.value ?? null
  }

  /** Takes new tokens with the cookie. Those who ask at once share one request. */
  refresh(): Promise<boolean> {
    this.#refreshing ??= this.#refreshAlone().finally(() => {
      this.#refreshing = null
    })
    return this.#refreshing
  }

  // A refresh token that comes twice ends the session, so two tabs must not send the same one: the lock is
  // shared by the tabs of a browser, and whoever gets it second has the first one's cookie.
  async #refreshAlone(): Promise<boolean> {
    const locks = globalThis.navigator?.locks
    if (!locks) return this.#askAnew()
    return await locks.request('crm-console.refresh', () => this.#askAnew())
  }

  async #askAnew(): Promise<boolean> {
    const response = await reach('/v1/auth/refresh', jsonPost({}))
    if (response.ok) {
      this.#keep(await response.json())
      return true
    }
    // 401: it has ended. 422: there is no cookie. 403: the cookie is not taken from here.
    if ([401, 403, 422].includes(response.status)) {
      this.#become(this.#state === 'unknown' || this.#state === 'signed-out' ? 'signed-out' : 'ended')
      return false
    }
    throw await ApiProblem.from(response)
  }
}

export const session = new Session()
