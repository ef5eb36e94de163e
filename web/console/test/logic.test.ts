import { describe, expect, it } from 'vitest'

import type { CardColumn } from '../src/api/card'
import { decodeQuery, encodeQuery } from '../src/ask/replay'
import { fileName } from '../src/card/csv'
import { compareCells, type FormatContext, formatCell, showsCents } from '../src/card/format'
import de from '../src/i18n/de.json'
import en from '../src/i18n/en.json'
import { objectOfColumn } from '../src/records/objects'

const column = (part: Partial<CardColumn>): CardColumn => ({
  name: 'x',
  label: 'X',
  role: 'measure',
  unit: 'number',
  grain: null,
  ...part,
})
const context = (locale: string): FormatContext => ({
  locale,
  currency: 'EUR',
  timezone: 'Europe/Berlin',
  yes: 'Yes',
  no: 'No',
  none: '–',
  other: 'Other',
})
// Intl parts numbers and units with spaces that do not break.
const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ')

describe('cells', () => {
  it.each([
    [column({ unit: 'money' }), '1234.5', 'en', '€1,234.50'],
    [column({ unit: 'money' }), '1234.5', 'de', '1.234,50 €'],
    [column({ unit: 'money' }), '9007199254740993', 'en', '€9,007,199,254,740,993'],
    [column({ unit: 'percent' }), '0.256', 'en', '25.6%'],
    [column({ unit: 'count' }), '12000', 'de', '12.000'],
    [column({ unit: 'days' }), '12.34', 'en', '12.3 days'],
    [column({ role: 'share', unit: 'money' }), '0.5', 'en', '50%'],
    [column({ role: 'dimension', unit: 'date', grain: 'month' }), '2026-11-01', 'en', 'Nov 2026'],
    [column({ role: 'dimension', unit: 'boolean' }), true, 'en', 'Yes'],
    [column({ role: 'dimension', unit: 'text' }), '007', 'en', '007'],
    [column({ unit: 'money' }), null, 'en', '–'],
    [column({ role: 'dimension', values: { best_case: 'Best case' } }), 'best_case', 'en', 'Best case'],
    [column({ role: 'dimension' }), { other: true as const }, 'en', 'Other'],
    [column({ unit: 'usd' }), '1.5', 'en', '$1.50'],
    [column({ unit: 'minutes' }), '90', 'en', '90 min'],
  ])('%o of %s in %s is %s', (of, cell, locale, wanted) => {
    expect(plain(formatCell(cell, of, context(locale)))).toBe(wanted)
  })

  it('shows cents for the whole column or not at all', () => {
    expect(showsCents(['12', '13.5', null])).toBe(true)
    expect(showsCents(['12', '13'])).toBe(false)
    expect(showsCents(['0.5', '100000'])).toBe(false)
  })

  it('sorts numbers by size, words by the language, nothing last', () => {
    const sorted = ['9', '10', null, '-1'].toSorted((a, b) => compareCells(a, b, 'en'))
    expect(sorted).toEqual(['-1', '9', '10', null])
    expect(['Zoe', 'Ärger', 'Bell'].toSorted((a, b) => compareCells(a, b, 'de'))).toEqual([
      'Ärger',
      'Bell',
      'Zoe',
    ])
  })
})

describe('a file', () => {
  it('names the file by the question', () => {
    expect(fileName('Gewonnen: 2026 / Müller?')).toBe('gewonnen-2026-mu-ller.csv')
    expect(fileName('???')).toBe('answer.csv')
  })
})

describe('links', () => {
  it('hold the query, whatever its letters', () => {
    const query = { entity: 'opportunities', filters: [{ dimension: 'account', value: 'Æthel & Söhne 🏊' }] }
    const link = encodeQuery(query)
    expect(link).toMatch(/^[\w-]+$/)
    expect(decodeQuery(link)).toEqual(query)
  })

  it.each(['', '%%%', 'bm90IGpzb24', encodeURIComponent('{}'), btoa('[1]'), btoa('null')])(
    '%s is none',
    link => {
      expect(decodeQuery(link)).toBeNull()
    },
  )
})

describe('objects', () => {
  it.each([
    ['opportunities', 'name', 'opportunities'],
    ['opportunities', 'account', 'accounts'],
    ['cases', 'owner', null],
    ['usage', 'name', null],
  ])('%s.%s is in %s', (entity, name, object) => {
    expect(objectOfColumn(entity, name)).toBe(object)
  })
})

const keysOf = (words: object, at = ''): string[] =>
  Object.entries(words).flatMap(([key, value]) =>
    typeof value === 'object' && !Array.isArray(value) ? keysOf(value, `${at}${key}.`) : [`${at}${key}`],
  )

const WORDS = import.meta.glob<object>('../src/**/{en,de}.json', { eager: true, import: 'default' })

it.each(Object.keys(WORDS).filter(path => path.endsWith('/en.json')))(
  '%s has the same words in the other language',
  path => {
    expect(keysOf(WORDS[path.replace(/en\.json$/, 'de.json')] ?? {})).toEqual(keysOf(WORDS[path] ?? {}))
  },
)

it('as many samples are offered in both languages', () => {
  expect(de.ask.samples.length).toBe(en.ask.samples.length)
})
