import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'

import { type CaseAccuracy, type CaseVolume, getCaseForecast } from '../api/cases'
import { Plot } from '../card/Plot'
import { FigureTable } from '../ui/FigureTable'
import { Pick } from '../ui/Pick'
import { PlotFigures } from '../ui/PlotFigures'
import { ProblemNote } from '../ui/ProblemNote'
import { casesPlot, pastWeeks } from './cases-plot'
import { useWords } from './useWords'

/** How many cases are to be expected, week by week and queue by queue. */
export function Cases() {
  const { t } = useTranslation()
  const { time } = useWords()
  const [queue, setQueue] = useState('all')
  const read = useQuery({
    queryKey: ['forecast', 'cases'],
    queryFn: ({ signal }) => getCaseForecast(signal),
  })
  if (read.isPending) return <div className="skeleton block" role="status" aria-label={t('common.loading')} />
  if (read.isError) return <ProblemNote error={read.error} onRetry={() => void read.refetch()} />
  const { total, queues, known_weeks: known, is_seasonal: isSeasonal, as_of } = read.data
  const keyOf = (volume: CaseVolume) => volume.queue_id ?? 'none'
  const shown = queues.find(volume => keyOf(volume) === queue) ?? total
  return (
    <>
      {queues.length > 1 && (
        <div className="filters">
          <Pick
            label={t('forecast.queue')}
            options={[
              { id: 'all', words: t('forecast.all_queues') },
              ...queues.map(volume => ({
                id: keyOf(volume),
                words: volume.queue_id ? volume.name : t('forecast.no_queue'),
              })),
            ]}
            value={queue}
            onChange={setQueue}
          />
        </div>
      )}
      {shown.history.length === 0 ? (
        <div className="nothing">
          <h2>{t('forecast.cases_none')}</h2>
          <p>{t('forecast.cases_none_hint')}</p>
        </div>
      ) : (
        <Volume key={queue} volume={shown} />
      )}
      <p className="fine">
        {t(isSeasonal ? 'forecast.seasonal' : 'forecast.not_seasonal')}{' '}
        {t('forecast.cases_basis', { count: known, when: time(as_of) })}
      </p>
    </>
  )
}

function Volume({ volume }: { volume: CaseVolume }) {
  const { t } = useTranslation()
  const { whole, dayMonth } = useWords()
  const spec = useMemo(
    () =>
      casesPlot(volume, {
        came: t('forecast.came'),
        expected: t('forecast.expected'),
        low: t('forecast.low'),
        high: t('forecast.high'),
      }),
    [volume, t],
  )
  const past = pastWeeks(volume)
  return (
    <section className="card" aria-labelledby="cases">
      <h2 id="cases" className="card-title">
        {t('forecast.cases_title', { count: volume.weeks.length })}
      </h2>
      <Plot spec={spec} label={t('forecast.cases_title', { count: volume.weeks.length })} />
      <FigureTable
        labelledBy="cases"
        rows={volume.weeks}
        idOf={week => week.from}
        head={{ words: t('forecast.week'), isWhole: true, cell: week => dayMonth(week.from) }}
        columns={[
          {
            words: t('forecast.expected'),
            cell: week => <strong>{whole(Math.round(week.expected))}</strong>,
          },
          { words: t('forecast.low'), cell: week => whole(week.low) },
          { words: t('forecast.high'), cell: week => whole(week.high) },
          {
            words: t('forecast.so_far'),
            cell: week => (week.so_far === null ? '–' : whole(week.so_far)),
          },
        ]}
      />
      <PlotFigures
        words={t('forecast.cases_past', { count: past.length })}
        label={t('forecast.of_cases')}
        rows={past}
        idOf={week => week.from}
        head={{ words: t('forecast.week'), isWhole: true, cell: week => dayMonth(week.from) }}
        columns={[{ words: t('forecast.came'), cell: week => whole(week.count) }]}
      />
      <HowGood accuracy={volume.accuracy} />
    </section>
  )
}

/** How good such forecasts would have been, against the simple guess. */
function HowGood({ accuracy }: { accuracy: CaseAccuracy }) {
  const { t } = useTranslation()
  const { one, percent } = useWords()
  const { origins, mae, naive_mae: naive, mase, coverage, against } = accuracy
  if (origins === 0 || mae === null) return <p>{t('forecast.cases_untested')}</p>
  const guess = t(against === 'the last week' ? 'forecast.against_week' : 'forecast.against_year')
  return (
    <p>
      {t('forecast.cases_off', { cases: one(mae), count: origins })}{' '}
      {naive !== null &&
        mase !== null &&
        t(mase < 1 ? 'forecast.cases_better' : 'forecast.cases_worse', {
          guess,
          cases: one(naive),
          share: percent(Math.abs(1 - mase)),
        })}{' '}
      {coverage !== null && t('forecast.cases_coverage', { share: percent(coverage) })}
    </p>
  )
}
