// What went wrong, in the words of the service (application/problem+json) or of the network.
import type { ProblemBody } from './schema'

/** The service answered with an error. */
export class ApiProblem extends Error {
  readonly status: number
  readonly type: string
  readonly title: string
  readonly requestId: string | null
  readonly errors: { pointer: string; message: string }[]
  /** After how many seconds another attempt makes sense. */
  readonly retryAfter: number | null

  constructor(status: number, body: Partial<ProblemBody>, headers: Headers) {
    super(body.detail ?? body.title ?? `HTTP ${status}`)
    this.name = 'ApiProblem'
    this.status = status
    this.type = body.type ?? 'about:blank'
    this.title = body.title ?? ''
    this.requestId = body.request_id ?? headers.get('x-request-id')
    this.errors = body.errors ?? []
    const wait = Number(headers.get('retry-after'))
    this.retryAfter = Number.isFinite(wait) && wait > 0 ? wait : null
  }

  static async from(response: Response): Promise<ApiProblem> {
    const isJson = response.headers.get('content-type')?.includes('json')
    const body = isJson ? await response.json().catch(() => ({})) : {}
    return new ApiProblem(response.status, body, response.headers)
  }
}

/** The service was not reached. */
export class NetworkProblem extends Error {
  constructor(cause: unknown) {
    super('the service was not reached', { cause })
    this.name = 'NetworkProblem'
  }
}

export const isAbort = (error: unknown): boolean =>
  error instanceof DOMException && error.name === 'AbortError'
