import { ChartLine } from 'lucide-react'
import { lazy } from 'react'

import type { PageEntry } from './page'

export const forecast: PageEntry = {
  path: 'forecast',
  Page: lazy(() => import('../forecast/ForecastPage')),
  nav: { words: 'nav.forecast', icon: ChartLine },
}
