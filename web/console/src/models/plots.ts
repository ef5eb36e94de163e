// The pictures of a calibration card, in the colours of the page: the first for what happened, the second for what was said.
import type { Json } from '../api/card'
import type { Bin, Quarter } from '../api/predictions'

type Spec = Record<string, Json>

const PERCENT = '.0%'
const scale = { domain: [0, 1] }

export interface PlotWords {
  said: string
  happened: string
  /** How many records a point stands for. */
  count: string
  low: string
  high: string
  period: string
}

/** What was said against what happened; a point on the dashed line is a probability that held. */
export function reliabilityPlot(bins: readonly Bin[], words: PlotWords): Spec {
  const colors = { scale: { domain: [words.happened, words.said] }, legend: null }
  const x = (field: string) => ({
    field,
    type: 'quantitative',
    scale,
    axis: { format: PERCENT, title: words.said, tickCount: 6 },
  })
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    scale,
    axis: { format: PERCENT, title: words.happened, tickCount: 6 },
  })
  return {
    height: 320,
    layer: [
      {
        data: { values: [0, 1].map(at => ({ at })) },
        mark: { type: 'line', strokeDash: [6, 5], strokeWidth: 1.5, point: false },
        encoding: { x: x('at'), y: y('at'), color: { datum: words.said, ...colors } },
      },
      {
        data: { values: bins.map(bin => ({ ...bin })) },
        encoding: { x: x('predicted'), color: { datum: words.happened, ...colors } },
        layer: [
          {
            mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.6 },
            encoding: { y: y('observed_low'), y2: { field: 'observed_high' } },
          },
          {
            mark: { type: 'point', filled: true, opacity: 1 },
            encoding: {
              y: y('observed'),
              size: { field: 'n', type: 'quantitative', scale: { range: [50, 260] }, legend: null },
              tooltip: [
                { field: 'predicted', type: 'quantitative', format: PERCENT, title: words.said },
                { field: 'observed', type: 'quantitative', format: PERCENT, title: words.happened },
                { field: 'observed_low', type: 'quantitative', format: PERCENT, title: words.low },
                { field: 'observed_high', type: 'quantitative', format: PERCENT, title: words.high },
                { field: 'n', type: 'quantitative', title: words.count },
              ],
            },
          },
        ],
      },
    ],
  }
}

/** What was said and what happened, quarter by quarter. */
export function backtestPlot(quarters: readonly Quarter[], words: PlotWords): Spec {
  const values = quarters.flatMap(({ period, observed, predicted, n }) => [
    { period, what: words.happened, share: observed, n },
    { period, what: words.said, share: predicted, n },
  ])
  return {
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'period', type: 'ordinal', axis: { title: null, labelAngle: 0, labelFlush: false } },
      y: {
        field: 'share',
        type: 'quantitative',
        axis: { format: PERCENT, title: null },
        scale: { zero: true },
      },
      color: {
        field: 'what',
        type: 'nominal',
        scale: { domain: [words.happened, words.said] },
        legend: { title: null, symbolType: 'stroke', symbolSize: 300 },
      },
      strokeDash: {
        field: 'what',
        type: 'nominal',
        scale: {
          domain: [words.happened, words.said],
          range: [
            [1, 0],
            [6, 4],
          ],
        },
        legend: { title: null, symbolType: 'stroke', symbolSize: 300 },
      },
      tooltip: [
        { field: 'period', type: 'ordinal', title: words.period },
        { field: 'what', type: 'nominal', title: ' ' },
        { field: 'share', type: 'quantitative', format: '.1%', title: '%' },
        { field: 'n', type: 'quantitative', title: words.count },
      ],
    },
  }
}
