import { expect, it } from 'vitest'

import { fitInto } from '../src/card/chart-fit'

const bars = {
  data: { values: [{ group: 'Proposal', label: '€1,284,500.50', value: 1284500.5 }] },
  layer: [{ mark: { type: 'bar' } }, { mark: { type: 'text', align: 'left', dx: 4 } }],
}
const measure = (words: string) => words.length * 7

it('bars leave room for the longest number behind them', () => {
  const { spec, right } = fitInto(bars, 800, measure)
  expect(spec.layer).toHaveLength(2)
  expect(right).toBeGreaterThanOrEqual(13 * 7)
})

it('where bars would be too short to compare, the numbers are left to the table', () => {
  const { spec, right } = fitInto(bars, 260, measure)
  expect(spec.layer).toEqual([{ mark: { type: 'bar' } }])
  expect(right).toBeLessThan(20)
})

it('a picture without such numbers stays as it is', () => {
  const line = { data: { values: [] }, mark: { type: 'line' } }
  expect(fitInto(line, 320, measure).spec).toBe(line)
})

it('fields carry their numbers where there is room', () => {
  const heat = {
    data: {
      values: [
        { group: 'Jan', stretch: 0, label: '27.3%' },
        { group: 'Jan', stretch: 1, label: '33%' },
      ],
    },
    layer: [{ mark: { type: 'rect' } }, { mark: { type: 'text' } }],
  }
  expect(fitInto(heat, 320, measure).spec).toBe(heat)
  expect(fitInto(heat, 100, measure).spec.layer).toEqual([{ mark: { type: 'rect' } }])
})
