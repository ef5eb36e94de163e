import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import type { ReactNode } from 'react'
import { MemoryRouter, Route, Routes } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import * as client from '../src/api/client'
import type { WinCard } from '../src/api/win'
import DealPage from '../src/deals/DealPage'
import DealsPage from '../src/deals/DealsPage'
import { Notices } from '../src/ui/Notices'

// The picture is drawn in the browser's story; here only the words around it matter.
vi.mock('../src/card/Chart', () => ({ default: ({ label }: { label: string }) => <img alt={label} /> }))

const chance = (probability: number, state = 'model') => ({
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
const card: WinCard = {
  kind: 'win',
  sentence: 'The chance that this deal is won is 62 %.',
  opportunity: { id: 'd1', name: 'Granite Power', stage: 'Proposal' },
  score: { ...chance(0.62), log_odds: 0.5, prior: 0.4 },
  state: 'model',
  reasons: {
    base: -0.1,
    prior: 0.05,
    up: [reason('Somebody decides.', 0.8, 12.25)],
    down: [reason('It is old.', -0.3, -4)],
    rest: { count: 1, log_odds: 0.05, points: 0.5 },
    log_odds: 0.5,
  },
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
let chances: Record<string, ReturnType<typeof chance>> = {}
const sent = vi.fn()

beforeEach(() => {
  sent.mockReset()
  shown = card
  chances = { d1: chance(0.3), d2: chance(0.8) }
  vi.spyOn(client, 'request').mockImplementation(async (path, options) => {
    if (options?.method === 'POST') sent(path, options.body)
    if (path === '/v1/me') return { actor: { id: 'u1' }, tenant: { timezone: 'Europe/Berlin' } }
    if (path.startsWith('/v1/win/movers')) return { data: [] }
    if (path.startsWith('/v1/opportunities?')) {
      const deal = (id: string, amount: string) => ({
        id,
        name: `Deal ${id}`,
        amount: { amount, currency: 'EUR' },
      })
      return { data: [deal('d1', '900.00'), deal('d2', '500.00'), deal('d3', '100.00')], next_cursor: 'more' }
    }
    const past = /opportunities\/(\w+)\/win\/history/.exec(path)?.[1]
    if (past) return { data: chances[past] ? [chances[past]] : [], next_cursor: null }
    return shown
  })
})
afterEach(() => vi.restoreAllMocks())

const show = (at: string, page: ReactNode, path: string) =>
  render(
    <MemoryRouter initialEntries={[at]}>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Notices>
          <main>
            <Routes>
              <Route path={path} element={page} />
            </Routes>
          </main>
        </Notices>
      </QueryClientProvider>
    </MemoryRouter>,
  )

const faults = async (container: Element) => {
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  return violations.map(({ id }) => id)
}

it('ranks deals by their chance, those without one last, and says that there are more', async () => {
  const { container } = show('/deals', <DealsPage />, '/deals')
  await screen.findByText('80%')
  const names = () => screen.getAllByRole('link').map(link => link.textContent)
  expect(names()).toEqual(['Deal d2', 'Deal d1', 'Deal d3'])
  expect(screen.getByText('20% to 40%')).toBeTruthy()
  expect(screen.getByText('Not scored yet')).toBeTruthy()
  expect(screen.getByText(/The 3 deals with the largest amounts/)).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: /Order/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Largest amount first' }))
  expect(names()).toEqual(['Deal d1', 'Deal d2', 'Deal d3'])
  expect(await faults(container)).toEqual([])
})

it('says when too few deals have ended to learn from', async () => {
  chances = { d1: chance(0.3, 'prior') }
  show('/deals', <DealsPage />, '/deals')
  await screen.findByText(/Not enough data: too few deals have ended/)
})

it('tells why, adds it up, makes a task and keeps what somebody thinks', async () => {
  const { container } = show('/deals/d1', <DealPage />, '/deals/:id')
  await screen.findByText('Nine times in ten between 52% to 72%')
  expect(screen.getByText('+12.3 points')).toBeTruthy()
  expect(screen.getByText('-4.0 points')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'How it adds up' }))
  const sum = screen.getByText('Together').closest('li') as HTMLElement
  expect(within(sum).getByText('+0.500')).toBeTruthy()
  expect(await faults(container)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: 'Make a task: Hold a meeting' }))
  expect(sent).toHaveBeenCalledWith('/v1/opportunities/d1/win/steps/hold_meeting', {})
  await screen.findByText('Open task')
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
  shown = { ...card, state: 'prior', model: null, reasons: null, next_steps: [] }
  show('/deals/d1', <DealPage />, '/deals/:id')
  await screen.findByText('Not enough data.')
  expect(screen.queryByRole('heading', { name: 'Why' })).toBeNull()
})
