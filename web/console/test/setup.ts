import { cleanup } from '@testing-library/react'
import { afterEach, vi } from 'vitest'

import { setUpWords } from '../src/i18n'

// What jsdom has not: sizes, and a way to watch them.
class ResizeObserverNone {
  observe() {}
  unobserve() {}
  disconnect() {}
}
vi.stubGlobal('ResizeObserver', ResizeObserverNone)
window.matchMedia ??= (query: string) =>
  Object.assign(new EventTarget(), { matches: false, media: query }) as unknown as MediaQueryList
Element.prototype.scrollIntoView ??= () => undefined
Object.defineProperties(Element.prototype, {
  clientWidth: { get: () => 800, configurable: true },
  clientHeight: { get: () => 420, configurable: true },
})
// The sessions of the tests are not tabs of one browser.
Reflect.deleteProperty(globalThis, 'BroadcastChannel')
vi.stubGlobal('CSS', { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&') })

// Before the test's own imports: a page brings its words when it is imported.
await setUpWords()
afterEach(cleanup)
