import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import { beforeEach, expect, it, vi } from 'vitest'

import * as client from '../src/api/client'
import type { Forecast, Line } from '../src/api/forecast'
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
  basis: { slips: 866, spans: 20, throws: 2000, scored: 1, without_amount: 1, cut: false },
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
}

const asked = vi.fn()
beforeEach(() => {
  asked.mockReset()
  vi.spyOn(client, 'request').mockImplementation(async path => {
    asked(path)
    return path === '/v1/me' ? { tenant: { timezone: 'Europe/Berlin' } } : forecast
  })
})

it('says what is expected, how sure that is, and how good such forecasts were', async () => {
  const { container } = render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <main>
        <ForecastPage />
      </main>
    </QueryClientProvider>,
  )
  await screen.findByText('Eight times in ten between €29,367 and €40,551')
  for (const words of [
    'from 21 deals',
    'on average, of 1 deal',
    /1 open deal without an amount or an exchange rate adds nothing/,
    /off by 39% of what came\. On balance too much was expected, by 22%\. 0% of 1 quarter fell/,
  ]) {
    expect(screen.getByText(words)).toBeTruthy()
  }
  expect(screen.getByRole('rowheader', { name: 'Tessa' })).toBeTruthy()
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id }) => id)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: /Split by/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Not split' }))
  expect(asked).toHaveBeenLastCalledWith('/v1/forecast?period=this_quarter')
})
