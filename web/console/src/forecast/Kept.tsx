import { useTranslation } from 'react-i18next'

import type { Forecast, SaidForecast } from '../api/forecast'
import { FigureTable } from '../ui/FigureTable'
import { useWords } from './useWords'

/** What was really told of periods, as it was kept, and what came. */
export function Kept({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation()
  const { money, percent, day, time } = useWords()
  const said = forecast.said.filter(({ owner_id, name }) => owner_id === null && name === '')
  const { wape, bias, coverage, periods } = forecast.said_accuracy
  return (
    <section className="card" aria-labelledby="said">
      <h2 id="said" className="card-title">
        {t('forecast.said')}
      </h2>
      {said.length === 0 ? (
        <p>{t('forecast.said_none')}</p>
      ) : (
        <>
          {periods > 0 ? (
            <p>
              {wape !== null && t('forecast.said_wape', { share: percent(wape), count: periods })}{' '}
              {bias !== null &&
                t(bias > 0 ? 'forecast.bias_over' : 'forecast.bias_under', {
                  share: percent(Math.abs(bias)),
                })}{' '}
              {coverage !== null && t('forecast.coverage', { share: percent(coverage), count: periods })}
            </p>
          ) : (
            <p>{t('forecast.said_open')}</p>
          )}
          <FigureTable
            rows={said}
            idOf={one => `${one.from}/${one.to}`}
            head={{
              words: t('forecast.period'),
              cell: one => `${day(one.from)} – ${day(one.to)}`,
            }}
            columns={[
              { words: t('forecast.said_at'), isWords: true, cell: one => time(one.as_of) },
              {
                words: t('forecast.actual'),
                cell: one => (one.actual ? <strong>{money(one.actual)}</strong> : t('forecast.not_over')),
              },
              ...(['expected', 'low', 'high', 'commit', 'best_case'] as const).map(column => ({
                words: t(`forecast.${column}`),
                cell: (one: SaidForecast) => money(one[column]),
              })),
            ]}
          />
        </>
      )}
    </section>
  )
}
