import type { Json } from '../api/card'
import type { CaseVolume, PastWeek } from '../api/cases'

export interface CasesWords {
  came: string
  expected: string
  low: string
  high: string
}

/** Weeks that are over which are shown beside those ahead. */
const SHOWN = 26

/** The weeks that are over and shown, oldest first. */
export const pastWeeks = ({ history }: CaseVolume): readonly PastWeek[] => history.slice(-SHOWN)

/** The cases of each week: those that came, and those to be expected with their interval. */
export function casesPlot(volume: CaseVolume, words: CasesWords): Record<string, Json> {
  const { weeks } = volume
  const past = pastWeeks(volume)
  const last = past.at(-1)
  const domain = [words.came, words.expected]
  const color = (of: string) => ({
    datum: of,
    type: 'nominal',
    scale: { domain },
    legend: { title: null, symbolOpacity: 1 },
  })
  // Cases are counted: the axis has whole numbers, also where there are hardly any.
  const most = Math.max(5, ...past.map(({ count }) => count), ...weeks.map(({ high }) => high))
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    axis: { title: null, tickCount: 5, format: ',.0f' },
    scale: { domain: [0, most] },
  })
  const number = (field: string, title: string) => ({ field, type: 'quantitative', format: ',.0f', title })
  // The line of what is expected begins where that of what came ends.
  const ahead = [
    ...(last ? [{ week: last.from, expected: last.count, low: last.count, high: last.count }] : []),
    ...weeks.map(({ from, expected, low, high }) => ({ week: from, expected, low, high })),
  ]
  return {
    height: 260,
    encoding: { x: { field: 'week', type: 'temporal', axis: { title: null, tickCount: 8 } } },
    layer: [
      {
        data: { values: ahead },
        mark: { type: 'area', line: false, opacity: 0.22 },
        encoding: { y: y('low'), y2: { field: 'high' }, color: color(words.expected) },
      },
      {
        data: { values: past.map(({ from, count }) => ({ week: from, count })) },
        mark: { type: 'line', point: true },
        encoding: {
          y: y('count'),
          color: color(words.came),
          tooltip: [{ field: 'week', type: 'temporal', title: ' ' }, number('count', words.came)],
        },
      },
      {
        data: { values: ahead },
        mark: { type: 'line', point: true, strokeDash: [5, 4] },
        encoding: {
          y: y('expected'),
          color: color(words.expected),
          tooltip: [
            { field: 'week', type: 'temporal', title: ' ' },
            number('expected', words.expected),
            number('low', words.low),
            number('high', words.high),
          ],
        },
      },
    ],
  }
}
