// The chapters in the order they are told, in one browser by one rep: a page's own go before `looks`.
import { ask } from './ask.mjs'
import { charts } from './charts.mjs'
import { enter } from './enter.mjs'
import { leave } from './leave.mjs'
import { looks } from './looks.mjs'
import { questions } from './questions.mjs'

export const CHAPTERS = { enter, ask, charts, questions, looks, leave }
