import { useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { Forecast, SaidForecast } from '../api/forecast'
import { FigureTable } from '../ui/FigureTable'
import { Pick } from '../ui/Pick'
import { useWords } from './useWords'

/** No key of an owner or a team. */
const EVERYBODY = 'all'

/** Whose deals a kept forecast is of, as a key. */
const whose = ({ scope, owner_id, name }: SaidForecast) =>
  scope === 'all' ? EVERYBODY : `${scope}/${owner_id ?? name}`

/** What was really told of periods, as it was kept, and what came: of all deals, else of whose deals the reader sees. */
export function Kept({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation()
  const { money, percent, day, time } = useWords()
  const [picked, setPicked] = useState(EVERYBODY)
  const { said } = forecast
  const names = new Map(
    said.filter(({ scope }) => scope !== 'all').map(one => [whose(one), one.name] as const),
  )
  // Another split has other parts.
  const of = names.has(picked) ? picked : EVERYBODY
  const hasWhole = said.some(({ scope }) => scope === 'all')
  const rows = of === EVERYBODY && !hasWhole ? said : said.filter(one => whose(one) === of)
  const everybody = t(hasWhole ? 'forecast.said_all' : 'forecast.said_everybody')
  const isPart = rows.some(({ scope }) => scope !== 'all')
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
          {names.size > (hasWhole ? 0 : 1) && (
            <div className="filters">
              <Pick
                label={t('forecast.said_whose')}
                options={[
                  { id: EVERYBODY, words: everybody },
                  ...[...names].map(([id, words]) => ({ id, words })),
                ]}
                value={of}
                onChange={setPicked}
              />
            </div>
          )}
          {of === EVERYBODY &&
            (periods > 0 ? (
              <p>
                {wape !== null &&
                  t(isPart ? 'forecast.said_parts_wape' : 'forecast.said_wape', {
                    share: percent(wape),
                    count: periods,
                  })}{' '}
                {bias !== null &&
                  t(bias > 0 ? 'forecast.bias_over' : 'forecast.bias_under', {
                    share: percent(Math.abs(bias)),
                  })}{' '}
                {coverage !== null &&
                  t(isPart ? 'forecast.said_coverage' : 'forecast.coverage', {
                    share: percent(coverage),
                    count: periods,
                  })}
              </p>
            ) : (
              <p>{t('forecast.said_open')}</p>
            ))}
          <FigureTable
            labelledBy="said"
            rows={rows}
            idOf={one => `${one.from}/${one.to}/${whose(one)}`}
            head={{
              words: t('forecast.period'),
              isWhole: true,
              cell: one => `${day(one.from)} – ${day(one.to)}`,
            }}
            columns={[
              ...(isPart
                ? [{ words: t('forecast.said_whose'), isWords: true, cell: (one: SaidForecast) => one.name }]
                : []),
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
