import { UserSearch } from 'lucide-react'
import { lazy } from 'react'

import type { PageEntry } from './page'

export const leads: PageEntry = {
  path: 'leads',
  Page: lazy(() => import('../leads/LeadsPage')),
  nav: { words: 'nav.leads', icon: UserSearch },
}

/** One lead: what is said of it, and what was found out. */
export const lead: PageEntry = {
  path: 'leads/:id',
  Page: lazy(() => import('../leads/LeadPage')),
}
