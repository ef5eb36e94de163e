import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import * as client from '../src/api/client'
import type { CalibrationCard, Model, Work } from '../src/api/predictions'
import { ApiProblem } from '../src/api/problem'
import ModelsPage from '../src/models/ModelsPage'
import { Notices } from '../src/ui/Notices'

// The picture is drawn in the browser's story; here only the words around it matter.
vi.mock('../src/card/Chart', () => ({ default: ({ label }: { label: string }) => <img alt={label} /> }))

const model = (more: Partial<Model>): Model => ({
  id: 'm2',
  kind: 'win',
  number: 2,
  state: 'active',
  why: 'Better than the base rate by 0.08 of log loss.',
  data_from: '2025-11-01T00:00:00Z',
  data_to: '2026-08-01T00:00:00Z',
  examples: 480,
  positives: 190,
  metrics: { recent: { at: '2026-11-21T00:00:00Z', psi: 0.31, records: 120, ended: 12, auc: null } },
  trained_at: '2026-11-20T09:00:00Z',
  activated_at: '2026-11-20T09:00:00Z',
  ...more,
})
const card: CalibrationCard = {
  auc: 0.83,
  auc_interval: [0.79, 0.87],
  brier: 0.15,
  brier_base: 0.2,
  ece: 0.032,
  base_rate: 0.4,
  n_test: 900,
  groups_test: 120,
  groups_train: 480,
  reliability: [
    { low: 0.6, high: 0.7, predicted: 0.65, observed: 0.64, observed_low: 0.55, observed_high: 0.72, n: 118 },
  ],
  backtest: [
    { period: '2026-Q3', n: 400, observed: 0.4, predicted: 0.43, auc: null, brier: 0.15, brier_base: 0.2 },
  ],
  drift: [
    { name: 'days_in_stage', psi: 0.4 },
    { name: 'amount', psi: 0.02 },
  ],
  factors: [{ name: 'decision_maker', strength: 0.6 }],
  warnings: [],
}

let manage: string[] = []
let models: Model[] = []
let work: Work[] = []
let shownCard = card
const sent = vi.fn()

beforeEach(() => {
  sent.mockReset()
  manage = []
  models = [model({}), model({ id: 'm1', number: 1, state: 'retired', why: 'Model 2 took its place.' })]
  work = []
  shownCard = card
  vi.spyOn(client, 'request').mockImplementation(async (path, options) => {
    if (options?.method === 'POST') sent(path, options.body)
    if (path === '/v1/me') {
      return {
        tenant: { timezone: 'Europe/Berlin' },
        permissions: { all: false, manage, objects: {}, fields: {} },
      }
    }
    if (path.endsWith('/calibration'))
      return { model: models[0], card: shownCard, labels: { days_in_stage: 'Days in the stage' } }
    if (path.endsWith('/m1/activate')) {
      throw new ApiProblem(409, { detail: 'It is too old: only its card is kept.' }, new Headers())
    }
    return { data: models, next_cursor: null, work }
  })
})
afterEach(() => vi.restoreAllMocks())

const show = (at = '/') =>
  render(
    <MemoryRouter initialEntries={[at]}>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Notices>
          <main>
            <ModelsPage />
          </main>
        </Notices>
      </QueryClientProvider>
    </MemoryRouter>,
  )

it('says in words how far the probabilities can be trusted, and has no buttons for who may not', async () => {
  const { container } = show()
  await screen.findByText('Of deals given 60% to 70%, 64% were won.')
  for (const words of [
    /3\.2 percentage points away/,
    /higher 83 times in 100/,
    /Likely between 0\.79 and 0\.87/,
    /25% closer than always giving the average/,
    /120 later deals at 900 moments, after learning from 480/,
    'likely 55% to 72%; 118 looks',
    'Days in the stage',
    'Decision maker',
    // How strong it is, beside its bar.
    '0.60',
    'shifted much (0.40)',
    /120 open deals scored, 12 ended; its probabilities have shifted much/,
  ]) {
    expect(screen.getByText(words)).toBeTruthy()
  }
  expect(screen.queryByText('Amount')).toBeNull()
  expect(screen.getByRole('rowheader', { name: '2026-Q3' })).toBeTruthy()
  await screen.findByRole('img', { name: 'Does a probability mean what it says?' })
  expect(screen.queryByRole('button', { name: 'Train now' })).toBeNull()
  expect(screen.queryByRole('button', { name: /: Model \d/ })).toBeNull()
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id }) => id)).toEqual([])
})

it('counts looks at customers, and says at how many accounts they are and that some are on both sides', async () => {
  models = [model({ kind: 'churn', examples: 240, positives: 31 })]
  shownCard = { ...card, groups_test: 60, groups_train: 180, subjects: { train: 95, test: 58, both: 50 } }
  show('/?kind=churn')
  await screen.findByText(/from 240 looks at customers, 31 of them followed by a departure/)
  await screen.findByText(/on 60 later looks at customers, after learning from 180 earlier ones\./)
  for (const words of [
    /looks at 58 accounts; it learned from looks at 95\. 50 are among both, at different times\./,
    /may have learned from the same account at an earlier time/,
    'Of looks given 60% to 70%, 64% were followed by a departure.',
  ]) {
    expect(screen.getByText(words)).toBeTruthy()
  }
  expect(screen.queryByText(/had not learned from any of these accounts/)).toBeNull()
})

it('trains once, and says that it waits until the training after the last one has ended', async () => {
  manage = ['models']
  show()
  const train = await screen.findByRole('button', { name: 'Train now' })
  await userEvent.click(train)
  expect(sent).toHaveBeenCalledWith('/v1/predictive-models', { kind: 'win' })
  await screen.findByRole('progressbar', { name: 'Waiting for a worker…' })
  expect(train.hasAttribute('disabled')).toBe(true)
  work = [
    {
      kind: 'win',
      task: 'train',
      state: 'failed',
      phase: null,
      done: 0,
      total: 0,
      problem: 'not enough data: 38 closed deals; 50 are needed',
      started_at: '2026-11-21T14:00:00Z',
      finished_at: '2026-11-21T14:00:01Z',
    },
  ]
  await screen.findByText(/38 closed deals; 50 are needed/, {}, { timeout: 4_000 })
  expect(screen.queryByRole('progressbar')).toBeNull()
})

it('goes back to an earlier model after asking, and tells why it cannot', async () => {
  manage = ['models']
  show()
  await userEvent.click(await screen.findByRole('button', { name: 'Go back to it: Model 1' }))
  const dialog = screen.getByRole('dialog', { name: 'Make model 1 active?' })
  expect(sent).not.toHaveBeenCalled()
  await userEvent.click(within(dialog).getByRole('button', { name: 'Make active' }))
  expect(sent).toHaveBeenCalledWith('/v1/predictive-models/m1/activate', undefined)
  await within(dialog).findByText(/only its card is kept/)
})

it('says what is missing when nothing has been learned', async () => {
  models = []
  show()
  await screen.findByText(/50 closed deals are needed/)
})
