// The pages beside the question box, in the order of the sidebar: one file each, one line here.
import { deal, deals } from './deals'
import { feedback } from './feedback'
import { forecast } from './forecast'
import { models } from './models'
import type { PageEntry } from './page'
import { questions } from './questions'

export const PAGES: readonly PageEntry[] = [questions, deals, deal, forecast, models, feedback]
