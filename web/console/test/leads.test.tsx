import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { Shown } from '../src/api/chance'
import * as client from '../src/api/client'
import type { Enrichment, LeadCard, RankedLead } from '../src/api/leads'
import LeadPage from '../src/leads/LeadPage'
import LeadsPage from '../src/leads/LeadsPage'
import { readPercent } from '../src/leads/percent'
import { faults, show } from './page'

const score: Shown = {
  score_id: 's1',
  probability: 0.31,
  low: 0.22,
  high: 0.41,
  state: 'model',
  prior: 0.12,
  reasons: {
    base: -2,
    prior: 0.1,
    up: [{ sentence: 'They answered.', log_odds: 1.1, points: 20, records: [], hidden: false }],
    down: [],
    rest: { count: 0, log_odds: 0, points: 0 },
    log_odds: -0.8,
  },
  model: { id: 'm1', number: 2 },
  missing: null,
  scored_at: '2026-11-21T09:00:00Z',
}
const said = {
  probability: 0.8,
  reason: 'Met them at the fair.',
  by_kind: 'user' as const,
  by_name: 'Tessa',
  said_at: '2026-11-20T09:00:00Z',
}
const card: LeadCard = {
  lead_id: 'l1',
  state: 'model',
  band: 'warm',
  band_since: '2026-11-20T09:00:00Z',
  score,
  points: {
    total: 27.4,
    parts: [{ event: 'form_submitted', events: 2, points: 27.4, sentence: 'They sent 2 forms.' }],
    cap: 100,
    half_life_days: 30,
  },
  override: null,
  qualification: {
    ...said,
    probability: null,
    score: 75,
    reason: 'Has a budget.',
    by_kind: 'job',
    by_name: null,
  },
}
const found = (
  id: string,
  more: Partial<Enrichment['suggestions'][number]>,
): Enrichment['suggestions'][number] => ({
  id,
  field: 'number_of_employees',
  value: '120',
  current: null,
  source: 'message',
  quote: 'We are 120 people.',
  account_id: null,
  account_name: null,
  state: 'open',
  decided_by: null,
  decided_at: null,
  ...more,
})

let shown: LeadCard = card
let enrichment: Enrichment
let leads: RankedLead[] = []
let objects: Record<string, string[]> = {}
const sent = vi.fn()

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(76)
  sent.mockReset()
  shown = card
  objects = { lead: ['read', 'update'] }
  leads = [
    {
      lead_id: 'l1',
      lead: { name: 'Ada Ray', company: 'Ray Ltd', status: 'working', owner: { name: 'Tessa' } },
      state: 'model',
      score,
      points: 27.4,
      band: 'warm',
      override: { probability: 0.8 },
      qualification: { score: 75 },
      reason: { sentence: 'They answered.' },
    },
    {
      lead_id: 'l2',
      lead: { company: 'Nameless Inc' },
      state: 'unscored',
      score: null,
      points: null,
      band: null,
      override: null,
      qualification: null,
      reason: null,
    },
  ]
  enrichment = {
    domain: { name: 'ray.example', kind: 'company' },
    suggestions: [
      found('e1', {}),
      found('e2', {
        field: 'website',
        value: 'https://ray.example',
        current: 'ray.test',
        source: 'mail_domain',
        quote: null,
      }),
      found('e3', {
        field: 'account',
        value: 'a1',
        account_id: 'a1',
        account_name: 'Ray Group',
        source: 'account',
        state: 'declined',
        decided_by: { name: 'Tessa' },
      }),
    ],
  }
  vi.spyOn(client, 'request').mockImplementation(async (path, options) => {
    if (options?.method) sent(options.method, path, options.body)
    if (path === '/v1/me') {
      return {
        tenant: { timezone: 'Europe/Berlin' },
        permissions: { all: false, manage: [], objects, fields: {} },
      }
    }
    if (path.startsWith('/v1/leads/ranked')) {
      sent('GET', path)
      return { data: leads, next_cursor: null }
    }
    if (path.includes('/enrichment')) return enrichment
    if (path.includes('similar')) return { leads: [], sentence: '', note: null }
    if (path.endsWith('/score')) return shown
    return { name: 'Ada Ray' }
  })
})
afterEach(() => vi.restoreAllMocks())

describe('a percentage', () => {
  it.each([
    ['60', 0.6],
    [' 12,5 % ', 0.125],
    ['0', 0],
    ['100', 1],
    ['101', null],
    ['-1', null],
    ['many', null],
    ['', null],
  ])('%s is %s', (text, share) => expect(readPercent(text)).toBe(share))
})

it('ranks leads, with every voice apart', async () => {
  const { container } = show('/leads', <LeadsPage />)
  await screen.findByText('31%')
  const row = screen.getByRole('link', { name: 'Ada Ray' }).closest('tr') as HTMLElement
  for (const words of ['27', 'Warm', 'A person: 80%', 'Asked: 75 of 100', 'They answered.', '22% to 41%']) {
    expect(within(row).getByText(words)).toBeTruthy()
  }
  expect(screen.getByRole('link', { name: 'Nameless Inc' })).toBeTruthy()
  expect(screen.queryByText(/No model speaks/)).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: /Order/ }))
  await userEvent.click(screen.getByRole('option', { name: 'Most points first' }))
  expect(sent).toHaveBeenLastCalledWith('GET', '/v1/leads/ranked?sort=points&limit=50')
  expect(await faults(container)).toEqual([])
})

it('never passes points off as a probability', async () => {
  leads = leads.map(lead => ({ ...lead, state: 'points', score }))
  shown = {
    ...card,
    state: 'points',
    score: { ...score, state: 'prior', missing: '12 ended leads; 50 are needed.' },
  }
  const list = show('/leads', <LeadsPage />)
  await screen.findByText(/Points count what they did; they are no probability/)
  expect(screen.getAllByText('Leads usually convert in 31% of cases').length).toBe(2)
  expect(sent).toHaveBeenLastCalledWith('GET', '/v1/leads/ranked?sort=points&limit=50')
  list.unmount()
  show('/leads/l1', <LeadPage />, '/leads/:id')
  await screen.findByText('points, of 100 at the most')
  expect(screen.getByText(/12 ended leads; 50 are needed/)).toBeTruthy()
  expect(screen.queryByText('31%')).toBeNull()
  expect(screen.queryByRole('heading', { name: 'Why' })).toBeNull()
})

it('shows a lead with what everybody says, and lets one say something else', async () => {
  const { container } = show('/leads/l1', <LeadPage />, '/leads/:id')
  await screen.findByRole('heading', { name: 'Ada Ray' })
  await screen.findByText('75 of 100')
  for (const words of [
    'They sent 2 forms.',
    'Nobody has said anything else.',
    'Has a budget.',
    /The service, /,
  ]) {
    expect(screen.getByText(words)).toBeTruthy()
  }
  expect(await faults(container)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: 'I see it differently' }))
  const dialog = screen.getByRole('dialog')
  await userEvent.type(within(dialog).getByLabelText(/in percent/), '120')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
  expect(within(dialog).getByText(/between 0 and 100/)).toBeTruthy()
  expect(within(dialog).getByText('Say why in a few words.')).toBeTruthy()
  expect(sent).not.toHaveBeenCalledWith('PUT', expect.anything(), expect.anything())
  await userEvent.clear(within(dialog).getByLabelText(/in percent/))
  await userEvent.type(within(dialog).getByLabelText(/in percent/), '80 %')
  await userEvent.type(within(dialog).getByLabelText('Why?'), 'Met them at the fair.')
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
  expect(sent).toHaveBeenCalledWith('PUT', '/v1/leads/l1/score', {
    probability: 0.8,
    reason: 'Met them at the fair.',
  })
})

it('takes a word back, and offers nothing to who may only read', async () => {
  shown = { ...card, override: said }
  const page = show('/leads/l1', <LeadPage />, '/leads/:id')
  await screen.findByText('80%')
  expect(screen.getByText('Met them at the fair.')).toBeTruthy()
  await userEvent.click(await screen.findByRole('button', { name: 'Take it back' }))
  expect(sent).toHaveBeenCalledWith('DELETE', '/v1/leads/l1/score', undefined)
  page.unmount()
  objects = { lead: ['read'] }
  show('/leads/l1', <LeadPage />, '/leads/:id')
  await screen.findByText('80%')
  await screen.findByText(/Employees/)
  for (const name of ['Take it back', 'Change what I say', /^Accept/, /^Replace/, /^Decline/]) {
    expect(screen.queryByRole('button', { name })).toBeNull()
  }
})

it('takes over what was found only when somebody says so, and says what it would replace', async () => {
  show('/leads/l1', <LeadPage />, '/leads/:id')
  await screen.findByText(/writes from ray\.example, a company’s address/)
  expect(screen.getByText('We are 120 people.')).toBeTruthy()
  await userEvent.click(await screen.findByRole('button', { name: 'Accept Employees: 120' }))
  expect(sent).toHaveBeenLastCalledWith('POST', '/v1/leads/l1/enrichment/e1/accept', undefined)
  expect(screen.getByText('The lead holds ray.test now.')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Replace Website by https://ray.example' }))
  expect(sent).toHaveBeenLastCalledWith('POST', '/v1/leads/l1/enrichment/e2/accept?replace=true', undefined)
  await userEvent.click(screen.getByRole('button', { name: 'Decline Website: https://ray.example' }))
  expect(sent).toHaveBeenLastCalledWith('POST', '/v1/leads/l1/enrichment/e2/decline', undefined)
  await userEvent.click(screen.getByRole('button', { name: '1 decided before' }))
  expect(screen.getByRole('link', { name: 'Ray Group' })).toBeTruthy()
})
