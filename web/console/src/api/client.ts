// Requests as the signed-in person.
import { ApiProblem } from './problem'
import { reach, session } from './session'

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  signal?: AbortSignal | undefined
  headers?: Record<string, string>
}

const send = async (path: string, options: RequestOptions): Promise<Response> => {
  const token = await session.token()
  const headers: Record<string, string> = { accept: 'application/json', ...options.headers }
  if (token) headers.authorization = `Bearer ${token}`
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  return reach(path, {
    method: options.method ?? 'GET',
    headers,
    credentials: 'same-origin',
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    ...(options.signal ? { signal: options.signal } : {}),
  })
}

/** The response, whatever its status but 401: a token that was refused is replaced once. */
export async function respond(path: string, options: RequestOptions = {}): Promise<Response> {
  let response = await send(path, options)
  if (response.status === 401 && (await session.refresh())) response = await send(path, options)
  if (!response.ok) throw await ApiProblem.from(response)
  return response
}

/** The body of the response as JSON; nothing of 204. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await respond(path, options)
  return (response.status === 204 ? undefined : await response.json()) as T
}

/** A key that makes a repeated POST harmless. */
export const once = (): Record<string, string> => ({ 'idempotency-key': crypto.randomUUID() })
