// Server-sent events, read through fetch: EventSource cannot send the access token.

export interface ServerEvent {
  event: string
  id: string
  data: string
}

/** Takes the bytes of a stream in pieces of any size and gives whole events. */
export class EventDecoder {
  readonly #text = new TextDecoder()
  #rest = ''
  #event = ''
  #id = ''
  #data: string[] = []

  push(bytes: Uint8Array): ServerEvent[] {
    this.#rest += this.#text.decode(bytes, { stream: true })
    const events: ServerEvent[] = []
    for (;;) {
      const end = /\r\n|\n|\r/.exec(this.#rest)
      // A carriage return at the very end may be the first half of a line's end.
      if (!end || (end[0] === '\r' && end.index === this.#rest.length - 1)) return events
      const line = this.#rest.slice(0, end.index)
      this.#rest = this.#rest.slice(end.index + end[0].length)
      const event = this.#line(line)
      if (event) events.push(event)
    }
  }

  #line(line: string): ServerEvent | null {
    if (line === '') {
      const event = { event: this.#event || 'message', id: this.#id, data: this.#data.join('\n') }
      const isEmpty = this.#data.length === 0
      this.#event = ''
      this.#data = []
      return isEmpty ? null : event
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
    if (field === 'event') this.#event = value
    else if (field === 'data') this.#data.push(value)
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    return null
  }
}

/** The events of a response, until it ends. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader()
  const decoder = new EventDecoder()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield* decoder.push(value)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
