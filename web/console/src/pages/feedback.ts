import { MessageCircleWarning } from 'lucide-react'
import { lazy } from 'react'

import { mayReadFeedback } from '../api/feedback'
import type { PageEntry } from './page'

export const feedback: PageEntry = {
  path: 'feedback',
  Page: lazy(() => import('../feedback/FeedbackPage')),
  nav: { words: 'nav.wrong', icon: MessageCircleWarning, isFor: mayReadFeedback },
}
