import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import type { ReactNode } from 'react'
import { describe, expect, it, vi } from 'vitest'

import type { AnswerCard } from '../src/api/card'
import { changeTurns, type Turn } from '../src/ask/thread'
import { CardView } from '../src/card/CardView'
import DataTable from '../src/card/DataTable'
import { clarification, declined, groups, number, records } from './cards'

// The picture is drawn in the browser's story; here only the words around it matter.
vi.mock('../src/card/Chart', () => ({ default: ({ label }: { label: string }) => <img alt={label} /> }))

const show = (content: ReactNode) =>
  render(<QueryClientProvider client={new QueryClient()}>{content}</QueryClientProvider>)

function showCard(card: AnswerCard) {
  const did = { onChoose: vi.fn(), onAsk: vi.fn(), onSave: vi.fn() }
  const shown = show(
    <main>
      <h1>Ask</h1>
      <h2>Question</h2>
      <CardView card={card} run="run-1" {...did} />
    </main>,
  )
  return { ...did, ...shown }
}

async function faults(container: Element): Promise<string[]> {
  // Colours are checked in a real browser.
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`)
}

describe('a card', () => {
  it('says the sentence, the filters, the notes, the rights and when', async () => {
    const { container } = showCard(groups)
    for (const words of [groups.sentence, ...groups.filters, ...groups.notes, 'From 184 records']) {
      expect(screen.getByText(words)).toBeTruthy()
    }
    expect(screen.getByText(/All records of Brightwater Pools/)).toBeTruthy()
    expect(screen.getByText(/Amounts in EUR, at the rates of/)).toBeTruthy()
    expect(screen.getByText(/As of .*Europe\/Berlin/)).toBeTruthy()
    await screen.findByRole('img', { name: groups.sentence })
    expect(await faults(container)).toEqual([])
  })

  it('tells what its measures mean when asked', async () => {
    showCard(groups)
    const button = screen.getByRole('button', { name: 'What it means' })
    expect(button.getAttribute('aria-expanded')).toBe('false')
    await userEvent.click(button)
    expect(button.getAttribute('aria-expanded')).toBe('true')
  })

  it('changes from the chart to the table by keyboard', async () => {
    showCard(groups)
    screen.getByRole('tab', { name: 'Chart' }).focus()
    await userEvent.keyboard('{ArrowRight}{Enter}')
    const table = await screen.findByRole('table')
    expect(within(table).getByText('€402,501')).toBeTruthy()
  })

  it('shows one number large, with what it was before', async () => {
    const { container } = showCard(number)
    expect(screen.getByText('€90,000')).toBeTruthy()
    expect(screen.getByText('+50%')).toBeTruthy()
    expect(screen.getByText('before: €60,000')).toBeTruthy()
    expect(screen.queryByRole('tab', { name: 'Table' })).toBeNull()
    expect(await faults(container)).toEqual([])
  })

  it('lets the asker choose what was meant', async () => {
    const { container, onChoose } = showCard(clarification)
    expect(await faults(container)).toEqual([])
    await userEvent.click(screen.getByRole('button', { name: 'Deals of Jon Weber' }))
    expect(onChoose).toHaveBeenCalledWith(clarification.choices[1])
  })

  it('says what can be asked instead of what cannot', async () => {
    const { container, onAsk } = showCard(declined)
    expect(await faults(container)).toEqual([])
    expect(screen.queryByRole('button', { name: 'Save question' })).toBeNull()
    await userEvent.click(screen.getByRole('button', { name: 'How many leads came this month?' }))
    expect(onAsk).toHaveBeenCalledWith('How many leads came this month?')
  })

  it('shows words as words', () => {
    const { container } = showCard({ ...groups, sentence: '<img src=x onerror=alert(1)>' })
    expect(screen.getByText('<img src=x onerror=alert(1)>')).toBeTruthy()
    expect(container.querySelector('img[src=x]')).toBeNull()
  })
})

describe('the table', () => {
  const table = records.table ?? { columns: [], rows: [], records: 0 }
  const firstCell = () => screen.getAllByRole('row')[1]?.querySelector('td')?.textContent

  it('has only the rows in view in the page, and says how many there are', async () => {
    const { container } = show(<DataTable card={records} table={table} label="Records" />)
    const shown = screen.getAllByRole('row').length
    expect(shown).toBeGreaterThan(5)
    expect(shown).toBeLessThan(100)
    expect(screen.getByRole('table').getAttribute('aria-rowcount')).toBe('1201')
    expect(screen.getByText('1,200 rows')).toBeTruthy()
    expect(await faults(container)).toEqual([])
  })

  it('sorts by a press on the head, amounts from the top', async () => {
    show(<DataTable card={records} table={table} label="Records" />)
    await userEvent.click(screen.getByRole('button', { name: 'Amount' }))
    expect(screen.getByRole('columnheader', { name: 'Amount' }).getAttribute('aria-sort')).toBe('descending')
    expect(screen.getAllByText('€999.50').length).toBeGreaterThan(0)
    await userEvent.click(screen.getByRole('button', { name: 'Amount' }))
    expect(firstCell()).toBe('Deal 0')
  })

  it('opens records, and only those that have a panel', async () => {
    const onOpen = vi.fn()
    show(
      <DataTable
        card={records}
        table={table}
        label="Records"
        onOpen={onOpen}
        canOpen={name => name !== 'owner'}
      />,
    )
    expect(screen.queryByRole('button', { name: 'Open Tessa Moor' })).toBeNull()
    await userEvent.click(screen.getByRole('button', { name: 'Open Deal 3' }))
    expect(onOpen).toHaveBeenCalledWith(table.rows[3]?.[0], 'name')
  })

  it('says when there is nothing', () => {
    show(<DataTable card={records} table={{ ...table, rows: [] }} label="Records" />)
    expect(screen.getByText('No rows.')).toBeTruthy()
  })
})

it('a thread grows by what is said, and only in its turn', () => {
  const turn = (id: number) => ({ id, text: '', state: 'asking' }) as Turn
  let turns = changeTurns(changeTurns([], { kind: 'asked', turn: turn(1) }), { kind: 'asked', turn: turn(2) })
  turns = changeTurns(turns, { kind: 'said', id: 2, text: 'a' })
  turns = changeTurns(turns, { kind: 'said', id: 2, text: 'b' })
  turns = changeTurns(turns, { kind: 'changed', id: 1, change: { state: 'stopped' } })
  expect(turns.map(({ text, state }) => [text, state])).toEqual([
    ['', 'stopped'],
    ['ab', 'asking'],
  ])
  expect(changeTurns(turns, { kind: 'cleared' })).toEqual([])
})
