// A record of the API as rows of a panel.

export interface FieldRow {
  name: string
  value: unknown
  isMasked: boolean
}

export type RecordBody = Record<string, unknown> & { id: string; masked_fields?: string[] }

const HIDDEN = new Set(['id', 'version', 'custom', 'masked_fields', 'deleted_at', 'search_text'])
const TIMES = new Set(['created_at', 'updated_at', 'stage_entered_at', 'last_activity_at', 'closed_at'])

const isEmpty = (value: unknown) =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** What a record is called. */
export function titleOf(record: Record<string, unknown>): string | null {
  for (const name of ['name', 'subject', 'title', 'full_name', 'email']) {
    const value = record[name]
    if (typeof value === 'string' && value) return value
  }
  const person = [record.first_name, record.last_name].filter(part => typeof part === 'string' && part)
  return person.length > 0 ? person.join(' ') : null
}

/** Its name first, then whom and what it belongs to, then its own fields. */
const rank = ({ name, value }: FieldRow): number =>
  ['name', 'subject', 'title'].includes(name) ? 0 : titleOf((value ?? {}) as Record<string, unknown>) ? 1 : 2

/** The fields in the order of the API: a relation stands for its id. */
export function rowsOf(record: RecordBody): { main: FieldRow[]; custom: FieldRow[]; times: FieldRow[] } {
  const masked = new Set(record.masked_fields ?? [])
  const main: FieldRow[] = []
  const times: FieldRow[] = []
  for (const [name, value] of Object.entries(record)) {
    const relation = name.endsWith('_id') ? name.slice(0, -3) : null
    const isTold = relation !== null && relation in record
    if (HIDDEN.has(name) || isTold) continue
    const row = { name, value, isMasked: masked.has(name) || masked.has(`${name}_id`) }
    if (TIMES.has(name)) times.push(row)
    else main.push(row)
  }
  const own = typeof record.custom === 'object' && record.custom !== null ? record.custom : {}
  const custom = Object.entries(own).map(([name, value]) => ({ name, value, isMasked: false }))
  main.sort((a, b) => rank(a) - rank(b))
  return { main, custom, times }
}

export const isShown = (row: FieldRow, withEmpty: boolean): boolean =>
  row.isMasked || withEmpty || !isEmpty(row.value)

/** `close_date` as `Close date`. */
export const humanize = (name: string): string => {
  const words = name.replace(/_(id|at)$/, '').replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

const hasText = (value: unknown, key: string): value is Record<string, string> =>
  typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[key] === 'string'

/** A value as people read it. */
export function formatValue(
  value: unknown,
  locale: string,
  timeZone: string,
  words: { yes: string; no: string },
): string {
  if (isEmpty(value)) return '–'
  if (typeof value === 'boolean') return value ? words.yes : words.no
  if (typeof value === 'number') return new Intl.NumberFormat(locale).format(value)
  if (hasText(value, 'amount') && hasText(value, 'currency')) {
    const format = new Intl.NumberFormat(locale, { style: 'currency', currency: value.currency ?? 'EUR' })
    return format.format(value.amount as Intl.StringNumericLiteral)
  }
  if (typeof value === 'string') {
    if (/^\d{4}-\d\d-\d\d$/.test(value)) {
      return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(value))
    }
    if (/^\d{4}-\d\d-\d\dT/.test(value)) {
      const format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone })
      return format.format(new Date(value))
    }
    // A value of a list, such as `best_case`.
    return /^[a-z]+(_[a-z]+)*$/.test(value) ? humanize(value) : value
  }
  if (Array.isArray(value)) return value.map(each => formatValue(each, locale, timeZone, words)).join(', ')
  return titleOf(value as Record<string, unknown>) ?? JSON.stringify(value)
}
