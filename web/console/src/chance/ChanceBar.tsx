import type { Chance } from '../api/chance'

/** A probability with its interval; the words beside it say the same. */
export function ChanceBar({ chance }: { chance: Chance }) {
  const at = (share: number) => Math.min(Math.max(share, 0), 1) * 200
  return (
    <svg className="chance-bar" viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">
      <rect className="bar-track" y="4" width="200" height="4" />
      <rect
        className="chance-range"
        x={at(chance.low)}
        y="3"
        width={Math.max(at(chance.high) - at(chance.low), 1)}
        height="6"
      />
      <rect className="chance-point" x={Math.min(at(chance.probability), 197)} width="3" height="12" />
    </svg>
  )
}
