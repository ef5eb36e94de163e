import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import AccountPage from '../src/accounts/AccountPage'
import AccountsPage from '../src/accounts/AccountsPage'
import { healthPlot } from '../src/accounts/health-plot'
import type { AccountHealth, Customer, Health } from '../src/api/accounts'
import * as client from '../src/api/client'
import { faults, show } from './page'

// The picture is drawn in the browser's story; here only the words around it matter.
vi.mock('../src/card/Chart', () => ({ default: ({ label }: { label: string }) => <img alt={label} /> }))

const health: Health = {
  score: 41,
  band: 'at_risk',
  state: 'model',
  risk: 0.2,
  low: 0.1,
  high: 0.35,
  horizon_days: 90,
  words: '41 of 100, at risk.',
  scored_at: '2026-11-21T09:00:00Z',
}
const reason = {
  sentence: 'Two cases are open for weeks.',
  log_odds: 0.9,
  points: 11,
  records: [{ object: 'case', id: 'c1', title: 'Invoice wrong' }],
  hidden: false,
}
const customer: Customer = {
  account_id: 'a1',
  account: { name: 'Granite Power', industry: 'energy', owner: { name: 'Tessa' } },
  health,
  change: { since: '2026-10-20T09:00:00Z', from: 77, band: 'healthy' },
  reason,
}
const told: AccountHealth = {
  account_id: 'a1',
  health,
  score: {
    score_id: 's1',
    probability: 0.2,
    low: 0.1,
    high: 0.35,
    state: 'model',
    prior: 0.08,
    reasons: {
      base: -2.4,
      prior: 0.11,
      up: [reason],
      down: [],
      rest: { count: 3, log_odds: 0, points: 0 },
      log_odds: -1.39,
    },
    model: { id: 'm3', number: 3 },
    missing: null,
    scored_at: '2026-11-21T09:00:00Z',
  },
  history: [
    { score: 41, band: 'at_risk', risk: 0.2, scored_at: '2026-11-21T09:00:00Z' },
    { score: 77, band: 'healthy', risk: 0.06, scored_at: '2026-10-20T09:00:00Z' },
  ],
}

let customers: Customer[] = []
let shown: AccountHealth = told
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(76)
  customers = [
    customer,
    { ...customer, account_id: 'a2', account: { name: 'New Co' }, health: null, change: null, reason: null },
  ]
  shown = told
  vi.spyOn(client, 'request').mockImplementation(async path => {
    if (path === '/v1/me') return { tenant: { timezone: 'Europe/Berlin' } }
    if (path.startsWith('/v1/accounts/health')) return { data: customers, next_cursor: null }
    return path.endsWith('/health') ? shown : { name: 'Granite Power' }
  })
})
afterEach(() => vi.restoreAllMocks())

it('lists customers with their health, what it was and what speaks for leaving', async () => {
  const { container } = show('/accounts', <AccountsPage />)
  const row = (await screen.findByRole('link', { name: 'Granite Power' })).closest('tr') as HTMLElement
  for (const words of ['41', 'At risk', '20%', '10% to 35%', 'Healthy', 'Energy · Tessa', reason.sentence]) {
    expect(within(row).getByText(words)).toBeTruthy()
  }
  expect(screen.getAllByText('Not scored yet').length).toBe(2)
  expect(await faults(container)).toEqual([])
})

it('says when there is too little to learn from', async () => {
  customers = [{ ...customer, health: { ...health, state: 'prior' } }]
  show('/accounts', <AccountsPage />)
  await screen.findByText(/every one shows the same number/)
})

it('tells why an account is where it is, in words of risk, and what was said before', async () => {
  const { container } = show('/accounts/a1', <AccountPage />, '/accounts/:id')
  await screen.findByRole('heading', { name: 'Granite Power' })
  await screen.findByText('41 of 100, at risk.')
  for (const words of [
    'Raises the risk',
    'Lowers the risk',
    '+11.0 points',
    '6% risk of leaving',
    '20% leave within 90 days',
  ]) {
    expect(screen.getByText(words)).toBeTruthy()
  }
  expect(screen.getByRole('button', { name: 'Open Case “Invoice wrong”' })).toBeTruthy()
  expect(screen.getByRole('link', { name: 'Model 3' }).getAttribute('href')).toBe(
    '/models?kind=churn&model=m3',
  )
  // Every point of the picture is text too.
  await userEvent.click(screen.getByRole('button', { name: 'All 2 as a table' }))
  const before = within(screen.getByRole('group', { name: 'What was said before' }))
  expect(before.getAllByRole('cell').map(cell => cell.textContent)).toEqual(['41', '20%', '77', '6%'])
  expect(await faults(container)).toEqual([])
})

it('has nothing to say of an account that is no customer', async () => {
  shown = { account_id: 'a1', health: null, score: null, history: [] }
  show('/accounts/a1', <AccountPage />, '/accounts/:id')
  await screen.findByText('This account is no customer.')
  await screen.findByText(/whose type is customer, and for those with a running contract/)
})

it('keeps what was said of a customer who has left', async () => {
  shown = { account_id: 'a1', health: null, score: null, history: told.history }
  const { container } = show('/accounts/a1', <AccountPage />, '/accounts/:id')
  await screen.findByText('This account is no customer any more.')
  expect(screen.queryByText('This account is no customer.')).toBeNull()
  expect(screen.getByText('6% risk of leaving')).toBeTruthy()
  expect(await faults(container)).toEqual([])
})

it('draws the history in the order of time', () => {
  const { data } = healthPlot(told.history, { health: 'Health' })
  expect(data).toEqual({
    values: [
      { at: '2026-10-20T09:00:00Z', score: 77 },
      { at: '2026-11-21T09:00:00Z', score: 41 },
    ],
  })
})
