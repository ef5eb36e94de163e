// The chapters in the order they are told, in one browser by one rep: a page's own go before `looks`.
import { accounts } from './accounts.mjs'
import { ask } from './ask.mjs'
import { charts } from './charts.mjs'
import { deals } from './deals.mjs'
import { enter } from './enter.mjs'
import { feedback } from './feedback.mjs'
import { forecast } from './forecast.mjs'
import { leads } from './leads.mjs'
import { leave } from './leave.mjs'
import { looks } from './looks.mjs'
import { models } from './models.mjs'
import { questions } from './questions.mjs'

export const CHAPTERS = {
  enter,
  ask,
  charts,
  questions,
  feedback,
  models,
  leads,
  deals,
  accounts,
  forecast,
  looks,
  leave,
}
