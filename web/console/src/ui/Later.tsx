import { type ReactNode, Suspense, useState } from 'react'

/** What is fetched when it is needed for the first time, such as a dialog; from then on it stays. */
export function Later({ when, children }: { when: boolean; children: ReactNode }) {
  const [isNeeded, setNeeded] = useState(when)
  if (when && !isNeeded) setNeeded(true)
  return isNeeded ? <Suspense fallback={null}>{children}</Suspense> : null
}
