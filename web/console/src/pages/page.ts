import type { LucideIcon } from 'lucide-react'
import type { ComponentType } from 'react'

import type { Me } from '../api/schema'

/** One page of the console. How to add one is in docs/console.md. */
export interface PageEntry {
  /** Its address below `/console/`, without a slash in front; `cases/:id` has a part that changes. */
  path: string
  /** Comes when it is first opened: `lazy(() => import('../usage/UsagePage'))`. */
  Page: ComponentType
  /** Its place in the sidebar; a page without one is reached by links. */
  nav?: {
    /** The key of its name in `i18n/*.json`. */
    words: string
    icon: LucideIcon
    /** Who finds it there; everybody when left out. The service decides who may read what it shows. */
    isFor?: (me: Me) => boolean
  }
}
