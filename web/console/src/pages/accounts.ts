import { HeartPulse } from 'lucide-react'
import { lazy } from 'react'

import type { PageEntry } from './page'

export const accounts: PageEntry = {
  path: 'accounts',
  Page: lazy(() => import('../accounts/AccountsPage')),
  nav: { words: 'nav.accounts', icon: HeartPulse },
}

/** One customer: why their health is what it is. */
export const account: PageEntry = {
  path: 'accounts/:id',
  Page: lazy(() => import('../accounts/AccountPage')),
}
