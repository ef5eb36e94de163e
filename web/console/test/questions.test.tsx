import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import * as client from '../src/api/client'
import * as feed from '../src/api/feed'
import type { SavedQuestion } from '../src/api/pipeline'
import QuestionsPage from '../src/questions/QuestionsPage'
import { useAlerts } from '../src/questions/useAlerts'
import { Notices } from '../src/ui/Notices'

const question = (more: Partial<SavedQuestion>): SavedQuestion => ({
  id: 'q1',
  name: 'Won this year',
  owner: { id: 'u1', name: 'Mara' },
  mine: true,
  can_edit: true,
  visibility: 'private',
  role_id: null,
  question: null,
  query: { entity: 'opportunities', measures: ['won_amount'] },
  pinned: false,
  alert: null,
  alert_state: null,
  version: 3,
  ...more,
})
const watched = question({
  alert: { measure: 'won_amount', op: 'lt', value: '1000' },
  alert_state: { beyond: true, at: '2026-11-21T09:30:00Z', failure: null, failed_at: null },
})
const others = question({
  id: 'q2',
  name: 'Open by stage',
  mine: false,
  can_edit: false,
  visibility: 'tenant',
  owner: { id: 'u2', name: 'Jonas' },
})

let questions: SavedQuestion[] = []
const asked = vi.fn()
let hear: (event: feed.FeedEvent) => void = () => undefined

beforeEach(() => {
  asked.mockReset()
  vi.spyOn(feed, 'followFeed').mockImplementation(onEvent => {
    hear = onEvent
    return () => undefined
  })
  vi.spyOn(client, 'request').mockImplementation(async (path, options) => {
    asked(path, options?.method ?? 'GET', options?.body)
    if (path === '/v1/me') {
      return {
        role: { id: 'r1', name: 'sales' },
        permissions: { all: false, manage: [], objects: {}, fields: {} },
      }
    }
    if (path === '/v1/pipeline/questions') return { data: questions, next_cursor: null }
    return questions.find(({ id }) => path.endsWith(id))
  })
})
afterEach(() => vi.restoreAllMocks())

function Page() {
  useAlerts()
  return (
    <main>
      <QuestionsPage />
    </main>
  )
}

const show = () =>
  render(
    <MemoryRouter>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Notices>
          <Page />
        </Notices>
      </QueryClientProvider>
    </MemoryRouter>,
  )

it('what others share can be opened, and changed by nobody who may not', async () => {
  questions = [watched, others]
  const { container } = show()
  const theirs = (await screen.findByRole('link', { name: 'Open by stage' })).closest('li')
  expect(theirs).toBeTruthy()
  expect(within(theirs as HTMLElement).getByText('by Jonas')).toBeTruthy()
  expect(within(theirs as HTMLElement).queryAllByRole('button')).toEqual([])
  expect(screen.getByText(/now Won amount below 1000/)).toBeTruthy()
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id }) => id)).toEqual([])
})

it('a question is shared with one’s own role or with everybody', async () => {
  questions = [watched]
  show()
  await userEvent.click(await screen.findByRole('button', { name: 'Share Won this year' }))
  const dialog = screen.getByRole('dialog')
  await userEvent.click(within(dialog).getByRole('button', { name: /Who sees it/ }))
  const options = screen.getAllByRole('option').map(option => option.textContent)
  expect(options).toEqual(['Only me', 'Everybody with the role sales', 'Everybody in the organisation'])
  await userEvent.click(screen.getByRole('option', { name: 'Everybody with the role sales' }))
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
  expect(asked).toHaveBeenCalledWith('/v1/pipeline/questions/q1', 'PATCH', {
    visibility: 'role',
    role_id: 'r1',
  })
})

it('an alert is told with a way to its question, and stays until it is taken', async () => {
  questions = [watched]
  show()
  await screen.findByRole('link', { name: 'Won this year' })
  hear({ type: 'pipeline.alert', object: 'pipeline', id: 'q1', fields: ['won_amount'], at: '' })
  const notices = screen
    .getAllByRole('status')
    .find(each => each.classList.contains('notices')) as HTMLElement
  await within(notices).findByText(/“Won this year”: Won amount below 1000\./)
  const way = within(notices).getByRole('link', { name: 'Open' })
  expect(way.getAttribute('href')).toMatch(/^\/ask\?q=.+&name=Won%20this%20year$/)
  await userEvent.click(within(notices).getByRole('button', { name: 'Close' }))
  expect(within(notices).queryByRole('link')).toBeNull()
})

it('an alert whose number cannot be read any more says why, and is told once it happens', async () => {
  const failed = {
    beyond: true,
    at: '2026-11-21T09:30:00Z',
    failure: 'rights' as const,
    failed_at: '2026-11-21T09:45:00Z',
  }
  questions = [{ ...watched, alert_state: failed }]
  show()
  await screen.findByText('cannot be read any more: your role does not include it')
  // What it was when it could still be read is not told as what it is.
  expect(screen.queryByText(/now Won amount/)).toBeNull()
  hear({ type: 'pipeline.alert_failed', object: 'pipeline', id: 'q1', fields: ['won_amount'], at: '' })
  await screen.findByText(/“Won this year”: cannot be read any more: your role does not include it\./)
})
