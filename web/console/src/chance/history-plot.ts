import type { Json } from '../api/card'
import type { PastChance } from '../api/chance'

/** The chance of a deal over time with its interval. */
export function historyPlot(past: readonly PastChance[], words: { chance: string }): Record<string, Json> {
  const values = [...past].reverse().map(({ scored_at, probability, low, high, moved }) => ({
    at: scored_at,
    probability,
    low,
    high,
    why: moved?.sentence ?? '',
  }))
  const scale = { domain: [0, 1] }
  const axis = { format: '.0%', title: words.chance, tickCount: 5 }
  return {
    height: 220,
    data: { values },
    encoding: { x: { field: 'at', type: 'temporal', axis: { title: null, tickCount: 6 } } },
    layer: [
      {
        mark: { type: 'area', line: false, opacity: 0.2 },
        encoding: {
          y: { field: 'low', type: 'quantitative', scale, axis },
          y2: { field: 'high' },
        },
      },
      {
        mark: { type: 'line', point: true, interpolate: 'step-after' },
        encoding: {
          y: { field: 'probability', type: 'quantitative', scale, axis },
          tooltip: [
            { field: 'at', type: 'temporal', title: ' ' },
            { field: 'probability', type: 'quantitative', format: '.0%', title: words.chance },
            { field: 'why', type: 'nominal', title: ' ' },
          ],
        },
      },
    ],
  }
}
