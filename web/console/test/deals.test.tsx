import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Reasons } from '../src/api/chance'
import * as client from '../src/api/client'
import type { OpenDeal, WinCard } from '../src/api/win'
import DealPage from '../src/deals/DealPage'
import DealsPage from '../src/deals/DealsPage'
import { faults, show } from './page'

// The picture is drawn in the browser's story; here only the words around it matter.
vi.mock('../src/card/Chart', () => ({ default: ({ label }: { label: string }) => <img alt={label} /> }))

const chance = (probability: number, state: 'model' | 'prior' = 'model') => ({
  id: `s-${probability}`,
  probability,
  low: probability - 0.1,
  high: probability + 0.1,
  state,
  scored_at: '2026-11-21T09:00:00Z',
  moved: { from: 0.5, to: probability, points: 1, sentence: 'A meeting was held.' },
})
const reason = (sentence: string, log_odds: number, points: number) => ({
  sentence,
  log_odds,
  points,
  records: [],
  hidden: false,
})
const reasons: Reasons = {
  base: -0.1,
  prior: 0.05,
  up: [reason('Somebody decides.', 0.8, 12.25)],
  down: [reason('It is old.', -0.3, -4)],
  rest: { count: 1, log_odds: 0.05, points: 0.5 },
  log_odds: 0.5,
}
const open = (id: string, probability: number | null, state: 'model' | 'prior' = 'model'): OpenDeal => ({
  opportunity_id: id,
  opportunity: { id, name: `Deal ${id}`, amount: { amount: '900.00', currency: 'EUR' } },
  score: probability === null ? null : { ...chance(probability), state },
  change: probability === null ? null : { since: '2026-11-14T00:00:00Z', from: probability, points: 12 },
  reason: probability === null ? null : reason('Somebody decides.', 0.8, 12.25),
})
const card: WinCard = {
  kind: 'win',
  sentence: 'The chance that this deal is won is 62 %.',
  opportunity: { id: 'd1', name: 'Granite Power', stage: 'Proposal' },
  score: { ...chance(0.62), log_odds: 0.5, prior: 0.4 },
  state: 'model',
  missing: null,
  reasons,
  changes: [],
  similar: null,
  next_steps: [
    {
      key: 'hold_meeting',
      task: 'Hold a meeting',
      text: 'Propose two times.',
      why: '50 % of won deals had one.',
      due_in_days: 3,
      task_id: null,
    },
  ],
  model: { id: 'm1', number: 1, sentence: 'Of 174 times that it gave 60 to 70 %, 64 % were won.' },
  moved: null,
  notes: [],
}

let shown: WinCard = card
let history = [chance(0.62)]
let opens: Record<string, OpenDeal[]> = {}
const asked = vi.fn()
const sent = vi.fn()

beforeEach(() => {
  // Rows have a height, so that not all of them are in view.
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(76)
  sent.mockReset()
  shown = card
  history = [chance(0.62)]
  asked.mockReset()
  opens = { '': [open('d2', 0.8), open('d1', 0.3), open('d3', null)] }
  vi.spyOn(client, 'request').mockImplementation(async (path, options) => {
    if (options?.method === 'POST' || path.startsWith('/v1/activities')) sent(path, options?.body)
    if (path === '/v1/me') return { actor: { id: 'u1' }, tenant: { timezone: 'Europe/Berlin' } }
    if (path.startsWith('/v1/win/movers')) return { data: [] }
    if (path.startsWith('/v1/win/open?')) {
      asked(path)
      const query = new URLSearchParams(path.split('?')[1])
      const at = query.get('cursor') ?? ''
      return { data: opens[at] ?? [], next_cursor: `next${at}` in opens ? `next${at}` : null }
    }
    if (path.includes('/win/history')) return { data: history, next_cursor: null }
    if (path.includes('/win/steps/')) return { id: 't1' }
    return shown
  })
})
afterEach(() => vi.restoreAllMocks())

it('shows deals in the order of the service, with what moved and what counts most', async () => {
  const { container } = show('/deals', <DealsPage />, '/deals')
  await screen.findByText('80%')
  expect(screen.getAllByRole('link').map(link => link.textContent)).toEqual(['Deal d2', 'Deal d1', 'Deal d3'])
  expect(screen.getByText('20% to 40%')).toBeTruthy()
  expect(screen.getByText('Not scored yet')).toBeTruthy()
  expect(screen.getAllByText('+12.0 points').length).toBe(2)
  // Where there is nothing to compare with, nothing is said to be as it was.
  expect(screen.queryByText('No change')).toBeNull()
  expect(screen.getAllByText('Somebody decides.').length).toBe(2)
  expect(screen.getByText('All 3 open deals.')).toBeTruthy()
  expect(screen.getByRole('columnheader', { name: 'Chance to win' }).getAttribute('aria-sort')).toBe(
    'descending',
  )
  expect(asked).toHaveBeenLastCalledWith('/v1/win/open?sort=-probability&limit=50')
  await userEvent.click(screen.getByRole('button', { name: /Order/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Largest amount first' }))
  await userEvent.click(screen.getByRole('button', { name: /Whose/ }))
  await userEvent.click(screen.getByRole('option', { name: 'My team’s' }))
  expect(asked).toHaveBeenLastCalledWith('/v1/win/open?sort=-amount&limit=50&owner=team')
  expect(await faults(container)).toEqual([])
})

it('asks for the next page as the end comes near, and keeps only what is in view in the document', async () => {
  opens = {
    '': Array.from({ length: 50 }, (_, at) => open(`a${at}`, 0.9 - at / 100)),
    next: [open('last', 0.1)],
  }
  show('/deals', <DealsPage />, '/deals')
  await screen.findByText('90%')
  expect(screen.getByText('50 are loaded; more come as you scroll.')).toBeTruthy()
  expect(screen.queryByText('Deal a49')).toBeNull()
  expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('-1')
  await userEvent.click(screen.getByRole('button', { name: 'Load more' }))
  await screen.findByText('All 51 open deals.')
  expect(asked).toHaveBeenLastCalledWith('/v1/win/open?sort=-probability&limit=50&cursor=next')
})

it('says when too few deals have ended to learn from', async () => {
  opens = { '': [open('d1', 0.3, 'prior')] }
  show('/deals', <DealsPage />, '/deals')
  await screen.findByText(/No model speaks of these deals yet/)
})

it('names the records that a reason rests on, and opens one', async () => {
  const records = [
    { object: 'activity', id: 'c1', title: 'Call with Ada' },
    { object: 'unheard_of', id: 'x', title: null },
  ]
  shown = { ...card, reasons: { ...reasons, up: [{ ...reason('Somebody decides.', 0.8, 12.25), records }] } }
  show('/deals/d1', <DealPage />, '/deals/:id')
  await userEvent.click(await screen.findByRole('button', { name: 'Open Activity “Call with Ada”' }))
  await screen.findByRole('dialog', { name: 'Call with Ada' })
  expect(sent).toHaveBeenLastCalledWith('/v1/activities/c1?include=owner', undefined)
})

it('tells why, adds it up, makes a task and keeps what somebody thinks', async () => {
  const { container } = show('/deals/d1', <DealPage />, '/deals/:id')
  await screen.findByText('Nine times in ten: 52% to 72%')
  expect(screen.getByText('+12.3 points')).toBeTruthy()
  expect(screen.getByText('-4.0 points')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'How it adds up' }))
  const sum = screen.getByText('Together').closest('li') as HTMLElement
  expect(within(sum).getByText('+0.500')).toBeTruthy()
  expect(await faults(container)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: 'Make a task: Hold a meeting' }))
  expect(sent).toHaveBeenCalledWith('/v1/opportunities/d1/win/steps/hold_meeting', {})
  // The task is a link in the place of the button, and has the keyboard.
  const task = await screen.findByRole('button', { name: 'Open task: Hold a meeting' })
  expect(screen.queryByRole('button', { name: 'Make a task: Hold a meeting' })).toBeNull()
  expect(document.activeElement).toBe(task)
  expect(await faults(container)).toEqual([])
  await userEvent.keyboard('{Enter}')
  await screen.findByRole('dialog', { name: 'Hold a meeting' })
  expect(sent).toHaveBeenLastCalledWith('/v1/activities/t1?include=owner', undefined)
  await userEvent.keyboard('{Escape}')
  await userEvent.click(screen.getByRole('button', { name: 'I see it differently' }))
  const dialog = screen.getByRole('dialog')
  await userEvent.type(within(dialog).getByLabelText(/Why/), 'They have no budget.')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Send' }))
  expect(sent).toHaveBeenLastCalledWith('/v1/feedback', {
    opportunity_id: 'd1',
    score_id: 's-0.62',
    verdict: 'bad',
    direction: 'too_high',
    comment: 'They have no budget.',
  })
})

it('shows the prior for what it is', async () => {
  const missing = 'not enough data: 38 closed deals; 50 are needed'
  shown = { ...card, state: 'prior', model: null, missing, reasons: null, next_steps: [] }
  show('/deals/d1', <DealPage />, '/deals/:id')
  await screen.findByText('No model speaks of it yet.')
  screen.getByText(/Why: not enough data: 38 closed deals/)
  expect(screen.queryByRole('heading', { name: 'Why' })).toBeNull()
})

it('links to the task that a step is already, and leaves the keyboard where it was', async () => {
  shown = { ...card, next_steps: card.next_steps.map(step => ({ ...step, task_id: 't7' })) }
  show('/deals/d1', <DealPage />, '/deals/:id')
  const task = await screen.findByRole('button', { name: 'Open task: Hold a meeting' })
  expect(document.activeElement).toBe(document.body)
  await userEvent.click(task)
  await screen.findByRole('dialog', { name: 'Hold a meeting' })
  expect(sent).toHaveBeenLastCalledWith('/v1/activities/t7?include=owner', undefined)
})

it('has every point of what was said before as text, for the keyboard', async () => {
  history = Array.from({ length: 30 }, (_, at) => ({ ...chance(0.9 - at / 100), id: `s${at}` }))
  const { container } = show('/deals/d1', <DealPage />, '/deals/:id')
  const opens = await screen.findByRole('button', { name: 'All 30 as a table' })
  expect(screen.queryByRole('table')).toBeNull()
  opens.focus()
  await userEvent.keyboard('{Enter}')
  const table = within(screen.getByRole('group', { name: 'What was said before' })).getByRole('table')
  expect(within(table).getAllByRole('row')).toHaveLength(31)
  // The last point is beyond those that are told in words.
  expect(within(table).getByText('51% to 71%')).toBeTruthy()
  expect(await faults(container)).toEqual([])
})
