// Cells as people read them. Numbers come as decimal strings and stay exact: Intl formats the string itself.
import { type CardColumn, type CardTable, type Cell, isOtherCell, isRecordCell } from '../api/card'

export interface FormatContext {
  locale: string
  currency: string | null
  timezone: string
  yes: string
  no: string
  none: string
  other: string
}

const kept = new Map<string, Intl.NumberFormat>()
function numbers(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale}|${JSON.stringify(options)}`
  let format = kept.get(key)
  if (!format) {
    format = new Intl.NumberFormat(locale, options)
    kept.set(key, format)
  }
  return format
}

const exact = (format: Intl.NumberFormat, value: string | number): string =>
  format.format(value as Intl.StringNumericLiteral)

const isNumeric = (value: Cell): value is string | number =>
  typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))

/** Whether the amounts of a column are shown with their cents: not when all are whole, nor beside large ones. */
export function showsCents(cells: readonly (Cell | undefined)[]): boolean {
  const amounts = cells.filter(cell => cell !== undefined && isNumeric(cell)).map(Number)
  return (
    amounts.some(amount => !Number.isInteger(amount)) && amounts.every(amount => Math.abs(amount) < 100_000)
  )
}

function optionsOf(
  column: CardColumn,
  currency: string | null,
  withCents: boolean,
): Intl.NumberFormatOptions {
  const unit = column.role === 'share' ? 'percent' : column.unit
  switch (unit) {
    case 'money': {
      const digits = withCents ? {} : { maximumFractionDigits: 0 }
      return currency ? { style: 'currency', currency, ...digits } : { maximumFractionDigits: 2 }
    }
    case 'usd':
      return { style: 'currency', currency: 'USD', ...(withCents ? {} : { maximumFractionDigits: 0 }) }
    case 'percent':
      return { style: 'percent', maximumFractionDigits: 1 }
    case 'count':
      return { maximumFractionDigits: 0 }
    case 'hours':
      return { style: 'unit', unit: 'hour', unitDisplay: 'short', maximumFractionDigits: 1 }
    case 'days':
      return { style: 'unit', unit: 'day', unitDisplay: 'short', maximumFractionDigits: 1 }
    case 'minutes':
      return { style: 'unit', unit: 'minute', unitDisplay: 'short', maximumFractionDigits: 1 }
    default:
      return { maximumFractionDigits: 2 }
  }
}

export const isNumberColumn = (column: CardColumn): boolean =>
  column.role !== 'dimension' ||
  ['count', 'number', 'money', 'percent', 'hours', 'days'].includes(column.unit)

function formatDay(day: string, grain: CardColumn['grain'], locale: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  const at = new Date(Date.UTC(year, month - 1, date))
  const options: Intl.DateTimeFormatOptions =
    grain === 'month'
      ? { year: 'numeric', month: 'short' }
      : { year: 'numeric', month: 'short', day: 'numeric' }
  return new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' }).format(at)
}

export function formatTime(instant: string, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone }).format(
    new Date(instant),
  )
}

/** A cell as text; amounts with their cents unless the column goes without. */
export function formatCell(
  cell: Cell | undefined,
  column: CardColumn,
  context: FormatContext,
  withCents = showsCents([cell]),
): string {
  if (cell === null || cell === undefined) return context.none
  if (isOtherCell(cell)) return context.other
  if (isRecordCell(cell)) return cell.name ?? cell.id
  const named = column.values?.[String(cell)]
  if (named !== undefined) return named
  if (typeof cell === 'boolean') return cell ? context.yes : context.no
  if (isNumberColumn(column) && isNumeric(cell)) {
    return exact(numbers(context.locale, optionsOf(column, context.currency, withCents)), cell)
  }
  if (typeof cell === 'string') {
    if (/^\d{4}-\d\d-\d\d$/.test(cell)) return formatDay(cell, column.grain, context.locale)
    if (column.unit === 'time' && !Number.isNaN(Date.parse(cell))) {
      return formatTime(cell, context.locale, context.timezone)
    }
  }
  return String(cell)
}

/** What a row is called: the values of its dimensions. */
export const rowName = (row: readonly Cell[], table: CardTable, context: FormatContext): string =>
  table.columns
    .flatMap((column, at) => (column.role === 'dimension' ? [formatCell(row[at], column, context)] : []))
    .join(' · ')

/** Compares cells of one column: numbers by size, texts by the language's order, nothing last. */
export function compareCells(a: Cell | undefined, b: Cell | undefined, locale: string): number {
  // The rest stays below what it is the rest of.
  if (isOtherCell(a) || isOtherCell(b)) return Number(isOtherCell(a)) - Number(isOtherCell(b))
  const left = isRecordCell(a) ? a.name : (a ?? null)
  const right = isRecordCell(b) ? b.name : (b ?? null)
  if (left === null || right === null) return Number(left === null) - Number(right === null)
  if (isNumeric(left) && isNumeric(right)) return Number(left) - Number(right)
  return String(left).localeCompare(String(right), locale, { numeric: true })
}
