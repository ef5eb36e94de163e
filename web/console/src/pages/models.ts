import { Gauge } from 'lucide-react'
import { lazy } from 'react'

import type { PageEntry } from './page'

export const models: PageEntry = {
  path: 'models',
  Page: lazy(() => import('../models/ModelsPage')),
  nav: { words: 'nav.models', icon: Gauge },
}
