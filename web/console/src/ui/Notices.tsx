import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react'

type Tell = (words: string) => void

const Context = createContext<Tell>(() => undefined)

/** Tells something that needs no answer: shown for a while and read out. */
export const useTell = (): Tell => useContext(Context)

const SHOWN_MS = 5_000

export function Notices({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<{ id: number; words: string }[]>([])
  const next = useRef(0)
  const tell = useCallback<Tell>(words => {
    next.current += 1
    const id = next.current
    setNotices(shown => [...shown.slice(-2), { id, words }])
    setTimeout(() => setNotices(shown => shown.filter(notice => notice.id !== id)), SHOWN_MS)
  }, [])
  return (
    <Context value={tell}>
      {children}
      <div className="notices" role="status" aria-live="polite">
        {notices.map(({ id, words }) => (
          <div key={id} className="notice">
            {words}
          </div>
        ))}
      </div>
    </Context>
  )
}
