// A card's table as CSV (RFC 4180), with the values as they are and not as they are shown.
import { type CardColumn, type CardTable, type Cell, isOtherCell, isRecordCell } from '../api/card'

// A spreadsheet takes a text that begins like this for a formula and runs it.
const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

function field(cell: Cell | undefined): string {
  if (cell === null || cell === undefined) return ''
  const text = isOtherCell(cell) ? '…' : isRecordCell(cell) ? (cell.name ?? cell.id) : String(cell)
  const isNumber = /^-?\d+(\.\d+)?$/.test(text)
  const safe = !isNumber && FORMULA.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A value by its name in the card's language, where it has one. */
const named = (cell: Cell | undefined, column: CardColumn): Cell | undefined =>
  typeof cell === 'string' ? (column.values?.[cell] ?? cell) : cell

export function toCsv(table: CardTable): string {
  const lines = [
    table.columns.map(column => field(column.label)),
    ...table.rows.map(row => table.columns.map((column, at) => field(named(row[at], column)))),
  ]
  return `${lines.map(line => line.join(',')).join('\r\n')}\r\n`
}

/** Hands a file to the browser. The mark at its beginning tells spreadsheets that it is UTF-8. */
export function download(name: string, csv: string): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', csv], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** A file's name from a sentence. */
export const fileName = (words: string): string =>
  `${
    words
      .normalize('NFKD')
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60)
      .toLowerCase() || 'answer'
  }.csv`
