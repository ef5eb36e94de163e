import { X } from 'lucide-react'
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

interface Way {
  to: string
  words: string
}

type Tell = (words: string, way?: Way) => void

const Context = createContext<Tell>(() => undefined)

/**
 * Tells something that needs no answer: shown for a while and read out. With a way to go it stays until it is taken
 * or closed, so that nobody has to be quick.
 */
export const useTell = (): Tell => useContext(Context)

const SHOWN_MS = 5_000
const MOST = 3

interface Notice {
  id: number
  words: string
  way: Way | null
}

export function Notices({ children }: { children: ReactNode }) {
  const { t } = useTranslation()
  const [notices, setNotices] = useState<Notice[]>([])
  const next = useRef(0)
  const close = useCallback((id: number) => setNotices(shown => shown.filter(each => each.id !== id)), [])
  const tell = useCallback<Tell>(
    (words, way) => {
      next.current += 1
      const id = next.current
      setNotices(shown => [...shown.slice(1 - MOST), { id, words, way: way ?? null }])
      if (!way) setTimeout(() => close(id), SHOWN_MS)
    },
    [close],
  )
  return (
    <Context value={tell}>
      {children}
      <div className="notices" role="status" aria-live="polite">
        {notices.map(({ id, words, way }) => (
          <div key={id} className="notice">
            {words}
            {way && (
              <>
                <Link to={way.to} onClick={() => close(id)}>
                  {way.words}
                </Link>
                <button type="button" aria-label={t('common.close')} onClick={() => close(id)}>
                  <X aria-hidden size={16} />
                </button>
              </>
            )}
          </div>
        ))}
      </div>
    </Context>
  )
}
