import { useEffect } from 'react'

/** The page's name in the window's title. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · crm-ai`
  }, [title])
}
