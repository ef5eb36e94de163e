import type { Json } from '../api/card'
import type { PastQuarter } from '../api/forecast'

export interface PastWords {
  expected: string
  actual: string
  low: string
  high: string
}

/** What would have been told of past quarters with its interval, and what came. */
export function pastPlot(
  past: readonly PastQuarter[],
  words: PastWords,
  name: (quarter: PastQuarter) => string,
): Record<string, Json> {
  const values = past.map(quarter => ({
    quarter: name(quarter),
    expected: Number(quarter.expected.amount),
    actual: Number(quarter.actual.amount),
    low: Number(quarter.low.amount),
    high: Number(quarter.high.amount),
  }))
  const domain = [words.actual, words.expected]
  const color = (words: string) => ({
    datum: words,
    type: 'nominal',
    scale: { domain },
    legend: { title: null },
  })
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    axis: { format: '~s', title: past[0]?.actual.currency ?? null, tickCount: 5 },
    scale: { zero: true },
  })
  const money = (field: string, title: string) => ({ field, type: 'quantitative', format: ',.0f', title })
  const tooltip = [
    { field: 'quarter', type: 'ordinal', title: ' ' },
    money('actual', words.actual),
    money('expected', words.expected),
    money('low', words.low),
    money('high', words.high),
  ]
  return {
    height: 240,
    data: { values },
    encoding: {
      x: {
        field: 'quarter',
        type: 'ordinal',
        sort: null,
        axis: { title: null, labelAngle: 0, labelFlush: false },
      },
    },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 3, opacity: 0.55 },
        encoding: { y: y('low'), y2: { field: 'high' }, color: color(words.expected) },
      },
      {
        mark: { type: 'point', filled: true, size: 70, opacity: 1, shape: 'diamond' },
        encoding: { y: y('expected'), color: color(words.expected), tooltip },
      },
      {
        mark: { type: 'point', filled: true, size: 90, opacity: 1 },
        encoding: { y: y('actual'), color: color(words.actual), tooltip },
      },
    ],
  }
}
