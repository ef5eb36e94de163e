import { Handshake } from 'lucide-react'
import { lazy } from 'react'

import type { PageEntry } from './page'

export const deals: PageEntry = {
  path: 'deals',
  Page: lazy(() => import('../deals/DealsPage')),
  nav: { words: 'nav.deals', icon: Handshake },
}

/** One deal: why its chance is what it is, and what to do. */
export const deal: PageEntry = {
  path: 'deals/:id',
  Page: lazy(() => import('../deals/DealPage')),
}
