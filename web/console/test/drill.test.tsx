// From a number, a row or a bar to the records behind it, and to a file with all rows.
import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import type { AnswerCard, CardTable } from '../src/api/card'
import * as client from '../src/api/client'
import { CardView } from '../src/card/CardView'
import * as files from '../src/card/csv'
import { together } from '../src/card/DrillDown'
import { groups, records } from './cards'
import { faults, show } from './page'

// A picture of one bar: the second row of the table.
vi.mock('../src/card/Chart', () => ({
  default: ({ onRow }: { onRow?: (at: number) => void }) => (
    <button type="button" onClick={() => onRow?.(1)}>
      a bar
    </button>
  ),
}))

const table = groups.table as CardTable
const card: AnswerCard = {
  ...groups,
  table: { ...table, behind: 150, opens: [true, true, true, false] },
}
const list = records.table as CardTable
const page = (from: number, to: number, next: string | null): AnswerCard => ({
  ...records,
  notes: [`${to - from} of 1,200 are shown.`],
  table: { ...list, rows: list.rows.slice(from, to), cut: { shown: to - from, of: 1200 } },
  next_cursor: next,
})

const asked = vi.fn()
beforeEach(() => {
  asked.mockReset()
  vi.spyOn(client, 'request').mockImplementation(async (_path, options) => {
    asked(options?.body)
    const { cursor } = (options?.body ?? {}) as { cursor?: string }
    // A record that was made meanwhile has moved the others on by one.
    return cursor ? page(99, 200, null) : page(0, 100, 'r64')
  })
})
afterEach(() => vi.restoreAllMocks())

const open = () =>
  show('/', <CardView card={card} run={null} onChoose={vi.fn()} onAsk={vi.fn()} onSave={vi.fn()} />)

it('says how many records the number counts, not how many there are', () => {
  open()
  expect(screen.getByText('From 150 records')).toBeTruthy()
})

it('says of the time in stages from how many stays it is', () => {
  const durations = { ...card, query: { entity: 'opportunities', form: { kind: 'stage_durations' } } }
  show('/', <CardView card={durations} run={null} onChoose={vi.fn()} onAsk={vi.fn()} onSave={vi.fn()} />)
  expect(screen.getByText('From 150 stays')).toBeTruthy()
})

it('leads from a row to its own records, and back to all', async () => {
  const { container } = open()
  await userEvent.click(screen.getByRole('tab', { name: 'Table' }))
  const rows = await screen.findByRole('table')
  expect(within(rows).queryAllByRole('button', { name: /^Records of/ })).toHaveLength(3)
  await userEvent.click(within(rows).getByRole('button', { name: 'Records of Qualification' }))
  expect(screen.getByRole('tab', { name: 'Records' }).getAttribute('aria-selected')).toBe('true')
  await screen.findByRole('button', { name: 'Open Deal 0' })
  expect(asked).toHaveBeenLastCalledWith({
    query: card.query,
    language: 'en',
    row: ['Qualification', '402500.50', '0.3134'],
  })
  expect(await faults(container)).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: 'All records' }))
  await screen.findByRole('button', { name: 'Open Deal 0' })
  expect(asked).toHaveBeenLastCalledWith({ query: card.drill_down, language: 'en' })
})

it('leads from a bar to the records of its row', async () => {
  open()
  await userEvent.click(await screen.findByRole('button', { name: 'a bar' }))
  await screen.findByText('Records of Qualification')
  expect(asked).toHaveBeenLastCalledWith(expect.objectContaining({ row: table.rows[1] }))
})

it('goes on beyond the first hundred, each record once', async () => {
  open()
  await userEvent.click(screen.getByRole('tab', { name: 'Records' }))
  await screen.findByText('100 of 1,200')
  expect(screen.queryByText('100 of 1,200 are shown.')).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Show more' }))
  await screen.findByText('200 of 1,200')
  expect(asked).toHaveBeenLastCalledWith({ query: card.drill_down, language: 'en', cursor: 'r64' })
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull()
  expect(together([])).toBeNull()
})

it('has files made by the service, with all rows, and says when they are not all', async () => {
  const respond = vi
    .spyOn(client, 'respond')
    .mockResolvedValue(new Response('Stage\r\n', { headers: { 'x-rows-cut': '10000 of 51234' } }))
  const download = vi.spyOn(files, 'download').mockReturnValue()
  open()
  await userEvent.click(screen.getByRole('button', { name: 'Download CSV' }))
  await screen.findByText(/only some of the rows \(10000 of 51234\)/)
  expect(respond).toHaveBeenCalledWith('/v1/pipeline/query', {
    method: 'POST',
    body: { query: card.query, language: 'en' },
    headers: { accept: 'text/csv' },
  })
  expect(download).toHaveBeenCalledWith('open-pipeline-by-stage.csv', 'Stage\r\n')
  respond.mockRejectedValue(new Error('lost'))
  await userEvent.click(screen.getByRole('button', { name: 'Download CSV' }))
  await screen.findByText('The file could not be made. Try again.')
})
