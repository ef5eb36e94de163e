import { useTranslation } from 'react-i18next'

import type { Forecast } from '../api/forecast'
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
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
          <div className="table-frame" tabIndex={0}>
            <table className="table plain">
              <thead>
                <tr>
                  <th scope="col">{t('forecast.period')}</th>
                  <th scope="col">{t('forecast.said_at')}</th>
                  {(['actual', 'expected', 'low', 'high', 'commit', 'best_case'] as const).map(column => (
                    <th key={column} scope="col" className="number">
                      {t(`forecast.${column}`)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {said.map(one => (
                  <tr key={`${one.from}/${one.to}`}>
                    <th scope="row">{`${day(one.from)} – ${day(one.to)}`}</th>
                    <td>{time(one.as_of)}</td>
                    <td className="number">
                      {one.actual ? <strong>{money(one.actual)}</strong> : t('forecast.not_over')}
                    </td>
                    <td className="number">{money(one.expected)}</td>
                    <td className="number">{money(one.low)}</td>
                    <td className="number">{money(one.high)}</td>
                    <td className="number">{money(one.commit)}</td>
                    <td className="number">{money(one.best_case)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  )
}
