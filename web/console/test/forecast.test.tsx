import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import { MemoryRouter } from 'react-router'
import { beforeEach, expect, it, vi } from 'vitest'
import type { CaseForecast, CaseVolume } from '../src/api/cases'
import * as client from '../src/api/client'
import type { Forecast, Line, SaidForecast } from '../src/api/forecast'
import { casesPlot } from '../src/forecast/cases-plot'
import ForecastPage from '../src/forecast/ForecastPage'

// The picture is drawn in the browser's story; here only the words around it matter.
vi.mock('../src/card/Chart', () => ({ default: ({ label }: { label: string }) => <img alt={label} /> }))

const money = (amount: string) => ({ amount, currency: 'EUR' })
const line: Line = {
  closed: money('21200.00'),
  expected: money('34614.20'),
  open: money('10409.00'),
  new: money('3005.00'),
  low: money('29367.00'),
  median: money('34000.00'),
  high: money('40551.00'),
  commit: money('3170.00'),
  best_case: money('9227.00'),
  pipeline: money('13112.00'),
  won_deals: 21,
  open_deals: 1,
}
const forecast: Forecast = {
  from: '2026-10-01',
  to: '2026-12-31',
  as_of: '2026-11-21T13:00:00Z',
  total: line,
  groups: [{ ...line, owner_id: 'u1', name: 'Tessa' }],
  basis: {
    slips: 866,
    spans: 20,
    throws: 2000,
    scored: 1,
    without_amount: 1,
    won_without_amount: 2,
    past_without_amount: 7,
    cut: false,
  },
  past: [
    {
      from: '2026-07-01',
      to: '2026-09-30',
      expected: money('25000.00'),
      low: money('18000.00'),
      high: money('33000.00'),
      actual: money('17000.00'),
    },
  ],
  accuracy: { periods: 1, wape: 0.39, bias: 0.22, coverage: 0 },
  said: [],
  said_accuracy: { periods: 0, wape: null, bias: null, coverage: null },
}
const volume = (queue_id: string | null, name: string): CaseVolume => ({
  queue_id,
  name,
  history: [
    { from: '2026-11-02', to: '2026-11-08', count: 40 },
    { from: '2026-11-09', to: '2026-11-15', count: 44 },
  ],
  weeks: [{ from: '2026-11-16', to: '2026-11-22', expected: 43.2, low: 34, high: 52, so_far: 12 }],
  accuracy: { origins: 26, mae: 3.25, naive_mae: 4.5, mase: 0.72, coverage: 0.82, against: 'the last week' },
})
const cases: CaseForecast = {
  as_of: '2026-11-21T13:00:00Z',
  total: volume(null, ''),
  queues: [volume('q1', 'Billing'), { ...volume(null, ''), weeks: [] }],
  known_weeks: 60,
  is_seasonal: false,
}

const asked = vi.fn()
let shown = forecast
beforeEach(() => {
  shown = forecast
  asked.mockReset()
  vi.spyOn(client, 'request').mockImplementation(async path => {
    asked(path)
    if (path === '/v1/me') return { tenant: { timezone: 'Europe/Berlin' } }
    return path.startsWith('/v1/forecast/cases') ? cases : shown
  })
})

const show = (at = '/forecast') =>
  render(
    <MemoryRouter initialEntries={[at]}>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <main>
          <ForecastPage />
        </main>
      </QueryClientProvider>
    </MemoryRouter>,
  )

it('says what is expected, how sure that is, and how good such forecasts were', async () => {
  const { container } = show()
  await screen.findByText('Eight times in ten between €29,367 and €40,551')
  for (const words of [
    'from 21 deals',
    'on average, of 1 deal',
    /1 open deal without an amount or an exchange rate adds nothing/,
    /2 won deals without an amount or an exchange rate are not in what was won/,
    /7 deals won in these quarters without an amount or an exchange rate are not in what came/,
    /off by 39% of what came\. On balance too much was expected, by 22%\. 0% of 1 quarter fell/,
  ]) {
    expect(screen.getByText(words)).toBeTruthy()
  }
  expect(screen.getByRole('rowheader', { name: 'Tessa' })).toBeTruthy()
  // Every table that the keyboard stops at has a name.
  const stops = [...container.querySelectorAll('.table-frame')]
  expect(stops).toHaveLength(2)
  for (const stop of stops) expect(screen.getAllByRole('group', { name: /./ })).toContain(stop)
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id }) => id)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: /Split by/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Not split' }))
  expect(asked).toHaveBeenLastCalledWith('/v1/forecast?period=this_quarter')
})

const told: SaidForecast = {
  from: '2026-07-01',
  to: '2026-09-30',
  as_of: '2026-07-02T04:00:00Z',
  scope: 'all',
  owner_id: null,
  name: '',
  expected: money('25000.00'),
  low: money('18000.00'),
  high: money('33000.00'),
  commit: money('9000.00'),
  best_case: money('4000.00'),
  actual: money('27500.00'),
}
const running = { from: '2026-10-01', to: '2026-12-31', actual: null }

it('tells what was really said of all deals, and of a part that is picked', async () => {
  const team: SaidForecast = { ...told, scope: 'team', name: 'Sales', expected: money('7777.00') }
  shown = {
    ...forecast,
    said: [{ ...told, ...running }, { ...team, ...running }, told, team],
    said_accuracy: { periods: 1, wape: 0.09, bias: -0.09, coverage: 1 },
  }
  const { container } = show()
  await screen.findByText(/In 1 period that is over, the forecast was off by 9% of what came/)
  expect(screen.getByText(/too little was expected, by 9%\. 100% of 1 quarter/)).toBeTruthy()
  expect(screen.getAllByText('not over')).toHaveLength(1)
  expect(screen.queryByText('€7,777')).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: /Whose deals/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Sales' }))
  expect(screen.getAllByText('€7,777')).toHaveLength(2)
  expect(screen.getAllByRole('cell', { name: 'Sales' })).toHaveLength(2)
  expect(screen.queryByText(/In 1 period that is over/)).toBeNull()
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id }) => id)).toEqual([])
})

it('tells who does not see all deals what was said of those whose deals they see', async () => {
  const own: SaidForecast = { ...told, scope: 'owner', owner_id: 'u1', name: 'Tessa' }
  shown = {
    ...forecast,
    said: [{ ...own, ...running }, own],
    said_accuracy: { periods: 1, wape: 0.09, bias: -0.09, coverage: 1 },
  }
  show()
  await screen.findByText(/1 forecast of a period that is over was off by 9% of what came/)
  expect(screen.queryByText(/No forecast has been kept yet/)).toBeNull()
  expect(screen.getAllByRole('cell', { name: 'Tessa' })).toHaveLength(2)
  expect(screen.getByText('€27,500')).toBeTruthy()
  expect(screen.getByText('not over')).toBeTruthy()
  expect(screen.queryByRole('button', { name: /Whose deals/ })).toBeNull()
})

it('tells of several owners each by name, and of one alone', async () => {
  const of = (owner_id: string, name: string): SaidForecast => ({ ...told, scope: 'owner', owner_id, name })
  shown = {
    ...forecast,
    said: [of('u1', 'Tessa'), of('u2', 'Deniz')],
    said_accuracy: { periods: 2, wape: 0.09, bias: -0.09, coverage: 0.5 },
  }
  show()
  await screen.findByText(/2 forecasts of periods that are over.*50% of 2 forecasts held/)
  for (const name of ['Tessa', 'Deniz']) expect(screen.getByRole('cell', { name })).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: /Whose deals/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Deniz' }))
  expect(screen.getByRole('cell', { name: 'Deniz' })).toBeTruthy()
  expect(screen.queryByRole('cell', { name: 'Tessa' })).toBeNull()
})

it('shows the cases of the weeks ahead, of all queues and of one', async () => {
  const { container } = show('/forecast?of=cases')
  await screen.findByRole('rowheader', { name: /Nov 16|16 Nov/ })
  expect(
    screen.getByText(/off by 3\.3 cases a week\. Taking the last week again would have been off by 4\.5/),
  ).toBeTruthy()
  expect(screen.getByText(/the forecast is 28% better/)).toBeTruthy()
  expect(screen.getByText(/82% of weeks fell into the interval/)).toBeTruthy()
  expect(screen.getByText(/It rests on 60 weeks/)).toBeTruthy()
  expect(screen.getByRole('group', { name: 'Cases in the next week' })).toBeTruthy()
  // What the picture alone would show is text too.
  await userEvent.click(screen.getByRole('button', { name: 'The 2 weeks before, as a table' }))
  const before = within(screen.getByRole('group', { name: 'Cases' }))
  expect(before.getAllByRole('cell').map(cell => cell.textContent)).toEqual(['40', '44'])
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id }) => id)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: /Queue/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Billing' }))
  expect(screen.getByRole('heading', { name: 'Cases in the next week' })).toBeTruthy()
})

it('draws what is expected on from the last week that is over', () => {
  const spec = casesPlot(volume(null, ''), { came: 'a', expected: 'b', low: 'c', high: 'd' })
  const [band] = spec.layer as { data: { values: object[] } }[]
  expect(band?.data.values).toEqual([
    { week: '2026-11-09', expected: 44, low: 44, high: 44 },
    { week: '2026-11-16', expected: 43.2, low: 34, high: 52 },
  ])
})
