import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import { type CalibrationCard, getCalibration, type Model } from '../api/predictions'
import { Plot } from '../card/Plot'
import { localeOf } from '../i18n'
import { humanize } from '../records/fields'
import { FigureTable } from '../ui/FigureTable'
import { ProblemNote } from '../ui/ProblemNote'
import { PeopleSay } from './PeopleSay'
import { backtestPlot, reliabilityPlot } from './plots'

/** From this stability index on, a shift is worth a word; above the second one it is large. */
const SHIFTED = 0.1
const SHIFTED_FAR = 0.25
const MOST = 6

/** Numbers as the page's language writes them. */
function useNumbers() {
  const { i18n } = useTranslation()
  const locale = localeOf(i18n.language)
  return useMemo(() => {
    const whole = new Intl.NumberFormat(locale)
    const fine = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 })
    const two = new Intl.NumberFormat(locale, { minimumFractionDigits: 2, maximumFractionDigits: 2 })
    const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
    const points = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
    return {
      whole: (value: number) => whole.format(value),
      fine: (value: number) => fine.format(value),
      two: (value: number) => two.format(value),
      percent: (value: number) => percent.format(value),
      points: (share: number) => points.format(share * 100),
    }
  }, [locale])
}

/** How well a model's probabilities held on records that it had never seen, in words and pictures. */
export function Calibration({ model }: { model: Model }) {
  const { t } = useTranslation()
  const read = useQuery({
    queryKey: ['models', 'card', model.id],
    queryFn: ({ signal }) => getCalibration(model.id, signal),
  })
  if (read.isPending) return <div className="skeleton block" role="status" aria-label={t('common.loading')} />
  if (read.isError) return <ProblemNote error={read.error} onRetry={() => void read.refetch()} />
  return (
    <>
      <Shown model={model} card={read.data.card} labels={read.data.labels} />
      {read.data.people && <PeopleSay model={model} people={read.data.people} />}
    </>
  )
}

/** What people call the features that a card names, by their names. */
type Labels = Readonly<Record<string, string>>

function Shown({ model, card, labels }: { model: Model; card: CalibrationCard; labels: Labels }) {
  const { t } = useTranslation()
  const context = model.kind
  const words = useMemo(
    () => ({
      said: t('models.said'),
      happened: t('models.happened', { context }),
      count: t('models.looks'),
      low: t('models.at_least'),
      high: t('models.at_most'),
      period: t('models.quarter'),
    }),
    [t, context],
  )
  const reliability = useMemo(() => reliabilityPlot(card.reliability ?? [], words), [card, words])
  const backtest = useMemo(() => backtestPlot(card.backtest ?? [], words), [card, words])
  return (
    <>
      <InWords model={model} card={card} />
      {(card.warnings ?? []).length > 0 && (
        <ul className="notes">
          {card.warnings.map(warning => (
            <li key={warning} className="from-capital">
              {warning}
            </li>
          ))}
        </ul>
      )}
      {(card.reliability ?? []).length > 0 && (
        <section className="card" aria-labelledby="reliability">
          <h3 id="reliability" className="card-title">
            {t('models.reliability')}
          </h3>
          <p className="fine">{t('models.reliability_hint', { context })}</p>
          <Plot spec={reliability} label={t('models.reliability')} />
          <Bins model={model} card={card} />
        </section>
      )}
      {(card.backtest ?? []).length > 0 && (
        <section className="card" aria-labelledby="backtest">
          <h3 id="backtest" className="card-title">
            {t('models.backtest')}
          </h3>
          <p className="fine">{t('models.backtest_hint')}</p>
          <Plot spec={backtest} label={t('models.backtest')} />
          <Quarters model={model} card={card} />
        </section>
      )}
      <Shifts model={model} card={card} labels={labels} />
    </>
  )
}

/** The figures, each as a sentence that says what it means. */
function InWords({ model, card }: { model: Model; card: CalibrationCard }) {
  const { t } = useTranslation()
  const { whole, fine, two, percent, points } = useNumbers()
  const context = model.kind
  const { auc, auc_interval: within, brier, brier_base: base, ece, base_rate: rate } = card
  return (
    <dl className="meanings">
      {typeof ece === 'number' && (
        <div>
          <dt>{t('models.ece')}</dt>
          <dd className="big">{t('models.ece_value', { points: points(ece) })}</dd>
          <dd className="fine">{t('models.ece_words', { points: points(ece), context })}</dd>
        </div>
      )}
      {typeof auc === 'number' && (
        <div>
          <dt>{t('models.auc')}</dt>
          <dd className="big">{two(auc)}</dd>
          <dd className="fine">
            {t('models.auc_words', { times: whole(Math.round(auc * 100)), context })}{' '}
            {within && t('models.auc_within', { low: two(within[0]), high: two(within[1]) })}
          </dd>
        </div>
      )}
      {typeof brier === 'number' && typeof base === 'number' && base > 0 && (
        <div>
          <dt>{t('models.brier')}</dt>
          <dd className="big">{fine(brier)}</dd>
          <dd className="fine">
            {t(brier < base ? 'models.brier_better' : 'models.brier_worse', {
              share: percent(Math.abs(1 - brier / base)),
              base: fine(base),
            })}
          </dd>
        </div>
      )}
      {typeof rate === 'number' && (
        <div>
          <dt>{t('models.base_rate', { context })}</dt>
          <dd className="big">{percent(rate)}</dd>
          <dd className="fine">
            {t('models.base_words', {
              tested: whole(card.groups_test ?? 0),
              looks: whole(card.n_test ?? 0),
              trained: whole(card.groups_train ?? 0),
              context,
            })}{' '}
            {card.subjects &&
              t('models.subjects', {
                tested: whole(card.subjects.test),
                trained: whole(card.subjects.train),
                both: whole(card.subjects.both),
              })}
          </dd>
        </div>
      )}
    </dl>
  )
}

function Bins({ model, card }: { model: Model; card: CalibrationCard }) {
  const { t } = useTranslation()
  const { whole, percent } = useNumbers()
  const context = model.kind
  return (
    <>
      <ul className="lines">
        {card.reliability.map(bin => (
          <li key={`${bin.low}-${bin.predicted}`}>
            <span>
              {t('models.bin', {
                low: percent(bin.low),
                high: percent(bin.high),
                observed: percent(bin.observed),
                context,
              })}
            </span>
            <span className="fine">
              {t('models.bin_within', {
                low: percent(bin.observed_low),
                high: percent(bin.observed_high),
                count: bin.n,
                n: whole(bin.n),
              })}
            </span>
          </li>
        ))}
      </ul>
      <p className="fine">{t('models.looks_hint', { context })}</p>
    </>
  )
}

function Quarters({ model, card }: { model: Model; card: CalibrationCard }) {
  const { t } = useTranslation()
  const { whole, percent, two } = useNumbers()
  return (
    <FigureTable
      label={t('models.quarters')}
      rows={card.backtest}
      idOf={quarter => quarter.period}
      head={{ words: t('models.quarter'), cell: quarter => quarter.period }}
      columns={[
        { words: t('models.said'), cell: quarter => percent(quarter.predicted) },
        {
          words: t('models.happened', { context: model.kind }),
          cell: quarter => percent(quarter.observed),
        },
        { words: 'AUC', cell: quarter => (typeof quarter.auc === 'number' ? two(quarter.auc) : '–') },
        { words: t('models.looks'), cell: quarter => whole(quarter.n) },
      ]}
    />
  )
}

/** Whether the records still are what was learned from, and what moves probabilities most. */
function Shifts({ model, card, labels }: { model: Model; card: CalibrationCard; labels: Labels }) {
  const { t } = useTranslation()
  const { whole, two } = useNumbers()
  const context = model.kind
  const shifted = (card.drift ?? []).filter(({ psi }) => psi >= SHIFTED).slice(0, MOST)
  const recent = model.metrics.recent
  const factors = (card.factors ?? []).slice(0, MOST)
  const strongest = factors[0]?.strength ?? 0
  return (
    <>
      <section className="card" aria-labelledby="drift">
        <h3 id="drift" className="card-title">
          {t('models.drift')}
        </h3>
        <p className="fine">{t('models.drift_hint')}</p>
        {recent && (
          <p>
            {t(recent.psi > SHIFTED_FAR ? 'models.recent_far' : 'models.recent', {
              psi: two(recent.psi),
              records: whole(recent.records),
              ended: whole(recent.ended),
              context,
            })}
          </p>
        )}
        {shifted.length === 0 ? (
          <p>{t('models.drift_none')}</p>
        ) : (
          <ul className="lines">
            {shifted.map(({ name, psi }) => (
              <li key={name}>
                <span>{labels[name] ?? humanize(name)}</span>
                <span className="fine">
                  {t(psi > SHIFTED_FAR ? 'models.psi_far' : 'models.psi', { psi: two(psi) })}
                </span>
              </li>
            ))}
          </ul>
        )}
      </section>
      {strongest > 0 && (
        <section className="card" aria-labelledby="factors">
          <h3 id="factors" className="card-title">
            {t('models.factors')}
          </h3>
          <p className="fine">{t('models.factors_hint')}</p>
          <ul className="lines">
            {factors.map(({ name, strength }) => (
              <li key={name}>
                <span>{labels[name] ?? humanize(name)}</span>
                <span className="bar-value">
                  <svg className="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                    <rect className="bar-track" width="100" height="8" />
                    <rect className="bar-fill" width={(strength / strongest) * 100} height="8" />
                  </svg>
                  {two(strength)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
