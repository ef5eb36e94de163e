import { BookMarked } from 'lucide-react'
import { lazy } from 'react'

import type { PageEntry } from './page'

export const questions: PageEntry = {
  path: 'questions',
  Page: lazy(() => import('../questions/QuestionsPage')),
  nav: { words: 'nav.saved', icon: BookMarked },
}
