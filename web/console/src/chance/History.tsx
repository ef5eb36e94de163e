import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { Moved, PastChance } from '../api/chance'
import { Plot } from '../card/Plot'
import { historyPlot } from './history-plot'
import { useNumbers } from './useNumbers'

/** How many changes are told beside the picture. */
const MOST = 8

/** What was said of a record before, latest first, as a picture and in words. */
export function History({
  past,
  moved,
  axis,
}: {
  past: readonly PastChance[]
  moved: Moved | null
  axis: string
}) {
  const { t } = useTranslation()
  const { percent, time } = useNumbers()
  const spec = useMemo(() => historyPlot(past, { chance: axis }), [past, axis])
  if (past.length === 0) return null
  return (
    <section className="card" aria-labelledby="history">
      <h2 id="history" className="card-title">
        {t('chance.history')}
      </h2>
      {moved && <p>{moved.sentence}</p>}
      {past.length > 1 && <Plot spec={spec} label={t('chance.history')} />}
      <ul className="lines">
        {past.slice(0, MOST).map((one, at) => (
          <li key={one.id} className="reason">
            <span>
              <strong>{percent(one.probability)}</strong>{' '}
              {one.moved?.sentence ?? (at === past.length - 1 ? t('chance.first_score') : '')}
            </span>
            <span className="fine">{time(one.scored_at)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
