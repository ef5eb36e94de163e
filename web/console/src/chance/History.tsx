import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { Moved, PastChance } from '../api/chance'
import { Plot } from '../card/Plot'
import { PlotFigures } from '../ui/PlotFigures'
import { historyPlot } from './history-plot'
import { useNumbers } from './useNumbers'

/** How many changes are told beside the picture. */
const MOST = 8

/** What was said of a record before, latest first: as a picture, the last in words, and all of it as a table. */
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
  const { percent, interval, time } = useNumbers()
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
      {past.length > 1 && (
        <PlotFigures
          words={t('chance.all_past', { count: past.length })}
          label={t('chance.history')}
          rows={past}
          idOf={one => one.id}
          head={{ words: t('chance.when'), isWhole: true, cell: one => time(one.scored_at) }}
          columns={[
            { words: axis, cell: one => percent(one.probability) },
            { words: t('chance.within'), cell: one => interval(one) },
            { words: t('chance.why_moved'), isWords: true, cell: one => one.moved?.sentence ?? '–' },
          ]}
        />
      )}
    </section>
  )
}
