// The pages beside the question box, in the order of the sidebar: one file each, one line here.
import { account, accounts } from './accounts'
import { deal, deals } from './deals'
import { feedback } from './feedback'
import { forecast } from './forecast'
import { lead, leads } from './leads'
import { models } from './models'
import type { PageEntry } from './page'
import { questions } from './questions'

export const PAGES: readonly PageEntry[] = [
  questions,
  leads,
  lead,
  deals,
  deal,
  accounts,
  account,
  forecast,
  models,
  feedback,
]
