import type { PastHealth } from '../api/accounts'
import type { Json } from '../api/card'

/** The health of a customer over time. */
export function healthPlot(past: readonly PastHealth[], words: { health: string }): Record<string, Json> {
  const values = [...past].reverse().map(({ scored_at, score }) => ({ at: scored_at, score }))
  return {
    height: 220,
    data: { values },
    mark: { type: 'line', point: true, interpolate: 'step-after' },
    encoding: {
      x: { field: 'at', type: 'temporal', axis: { title: null, tickCount: 6 } },
      y: {
        field: 'score',
        type: 'quantitative',
        scale: { domain: [0, 100] },
        axis: { title: words.health, tickCount: 5 },
      },
      tooltip: [
        { field: 'at', type: 'temporal', title: ' ' },
        { field: 'score', type: 'quantitative', title: words.health },
      ],
    },
  }
}
