// The link that asks again: the query itself, so that whoever opens it gets what he may see.
import type { PipelineQuery } from '../api/card'

export function encodeQuery(query: PipelineQuery): string {
  const bytes = new TextEncoder().encode(JSON.stringify(query))
  const binary = Array.from(bytes, byte => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

/** The query of a link; null when it is none. */
export function decodeQuery(text: string): PipelineQuery | null {
  try {
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, char => char.charCodeAt(0))
    const query: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    const isQuery = typeof query === 'object' && query !== null && 'entity' in query
    return isQuery ? (query as PipelineQuery) : null
  } catch {
    return null
  }
}

export const replayPath = (query: PipelineQuery): string => `/ask?q=${encodeQuery(query)}`
