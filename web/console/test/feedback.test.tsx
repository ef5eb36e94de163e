import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import * as client from '../src/api/client'
import { type Judged, mayReadFeedback } from '../src/api/feedback'
import type { Me } from '../src/api/schema'
import { decodeQuery } from '../src/ask/replay'
import FeedbackPage from '../src/feedback/FeedbackPage'
import { faults, show } from './page'

const query = { entity: 'opportunities', measures: ['amount'] }
const judged = (id: string, more: Partial<Judged>): Judged => ({
  id,
  kind: 'pipeline',
  verdict: 'bad',
  comment: 'By owner, I meant.',
  question: 'Open pipeline by stage',
  answer: null,
  query,
  actor_kind: 'user',
  actor_name: 'Tessa',
  updated_at: '2026-11-21T09:00:00Z',
  ...more,
})

let verdicts: Judged[] = []
const asked = vi.fn()
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(76)
  asked.mockReset()
  verdicts = [
    judged('f1', {}),
    judged('f2', { question: null, comment: null, query: null, actor_kind: 'api_key', actor_name: null }),
  ]
  vi.spyOn(client, 'request').mockImplementation(async path => {
    if (path === '/v1/me') return { tenant: { timezone: 'Europe/Berlin' } }
    asked(path)
    return { data: verdicts, next_cursor: null }
  })
})
afterEach(() => vi.restoreAllMocks())

it('lists what was read wrongly, by whom, with a way to ask it again as it was read', async () => {
  const { container } = show('/feedback', <FeedbackPage />)
  const link = await screen.findByRole('link', { name: 'Ask again as it was read: Open pipeline by stage' })
  const row = link.closest('tr') as HTMLElement
  expect(within(row).getByText('By owner, I meant.')).toBeTruthy()
  expect(within(row).getByText('Tessa')).toBeTruthy()
  const at = new URL(link.getAttribute('href') ?? '', 'http://x')
  expect(decodeQuery(at.searchParams.get('q') ?? '')).toEqual(query)
  expect(at.searchParams.get('name')).toBe('Open pipeline by stage')
  for (const words of ['Asked without words', 'Nothing was said.', 'A program', 'Not kept']) {
    expect(screen.getByText(words)).toBeTruthy()
  }
  expect(asked).toHaveBeenLastCalledWith('/v1/feedback?verdict=bad&limit=50&kind=pipeline')
  expect(await faults(container)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: /Of what/ }))
  await userEvent.click(screen.getByRole('option', { name: 'All answers' }))
  expect(asked).toHaveBeenLastCalledWith('/v1/feedback?verdict=bad&limit=50')
})

it('is for who administers runs', () => {
  const me = (all: boolean, manage: string[]) => ({ permissions: { all, manage } }) as unknown as Me
  expect([me(true, []), me(false, ['runs']), me(false, ['models'])].map(mayReadFeedback)).toEqual([
    true,
    true,
    false,
  ])
})
