import '../styles/predictions.css'
import '../styles/deals.css'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import {
  type Amount,
  type Forecast,
  getForecast,
  type Line,
  type PastQuarter,
  PERIODS,
  type Period,
  type Split,
} from '../api/forecast'
import { Plot } from '../card/Plot'
import { addWords } from '../i18n'
import { useTitle } from '../shell/useTitle'
import { FigureTable } from '../ui/FigureTable'
import { Pick } from '../ui/Pick'
import { ProblemNote } from '../ui/ProblemNote'
import { Cases } from './Cases'
import de from './de.json'
import en from './en.json'
import { Kept } from './Kept'
import { pastPlot } from './past-plot'
import { useWords } from './useWords'

addWords({ en, de })

const SPLITS = ['none', 'owner', 'team'] as const

const OF = ['revenue', 'cases'] as const

/** What a period is likely to bring, how many cases come, and how good such forecasts were. */
export default function ForecastPage() {
  const { t } = useTranslation()
  const [params, setParams] = useSearchParams()
  const of = OF.find(each => each === params.get('of')) ?? 'revenue'
  useTitle(t('forecast.title'))
  return (
    <div className="page">
      <h1>{t('forecast.title')}</h1>
      <Tabs
        className="views"
        selectedKey={of}
        onSelectionChange={key => setParams(key === 'revenue' ? {} : { of: String(key) }, { replace: true })}
        keyboardActivation="manual"
      >
        <TabList className="tabs" aria-label={t('forecast.of')}>
          {OF.map(each => (
            <Tab key={each} id={each} className="tab">
              {t(`forecast.of_${each}`)}
            </Tab>
          ))}
        </TabList>
        <TabPanel id="revenue" className="view stack">
          <Revenue />
        </TabPanel>
        <TabPanel id="cases" className="view stack">
          <Cases />
        </TabPanel>
      </Tabs>
    </div>
  )
}

/** Expected revenue of a period. */
function Revenue() {
  const { t } = useTranslation()
  const [period, setPeriod] = useState<Period>('this_quarter')
  const [split, setSplit] = useState<(typeof SPLITS)[number]>('owner')
  const by: Split | null = split === 'none' ? null : split
  const read = useQuery({
    queryKey: ['forecast', period, by],
    queryFn: ({ signal }) => getForecast(period, by, signal),
    placeholderData: keepPreviousData,
  })
  return (
    <>
      <div className="filters">
        <Pick
          label={t('forecast.period')}
          options={PERIODS.map(id => ({ id, words: t(`forecast.${id}`) }))}
          value={period}
          onChange={setPeriod}
        />
        <Pick
          label={t('forecast.split')}
          options={SPLITS.map(id => ({ id, words: t(`forecast.split_${id}`) }))}
          value={split}
          onChange={setSplit}
        />
      </div>
      {read.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {read.isError && <ProblemNote error={read.error} onRetry={() => void read.refetch()} />}
      {read.isPlaceholderData && (
        <p className="fine" role="status">
          {t('forecast.working')}
        </p>
      )}
      {read.data && (
        <div
          className={read.isPlaceholderData ? 'stack outdated' : 'stack'}
          aria-busy={read.isPlaceholderData}
        >
          <Shown forecast={read.data} />
        </div>
      )}
    </>
  )
}

function Shown({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation()
  const { money, whole, day, time } = useWords()
  const { total, basis } = forecast
  return (
    <>
      <section className="card" aria-labelledby="expected">
        <h2 id="expected" className="card-title">
          {t('forecast.from_to', { from: day(forecast.from), to: day(forecast.to) })}
        </h2>
        <div className="chance">
          <span className="chance-big">{money(total.expected)}</span>
          <div className="chance-beside">
            <RangeBar line={total} />
            <span className="fine">
              {t('forecast.interval', { low: money(total.low), high: money(total.high) })}
            </span>
          </div>
        </div>
        <dl className="meanings">
          <Part name="closed" value={money(total.closed)} count={total.won_deals} />
          <Part name="open" value={money(total.open)} count={total.open_deals} />
          <Part name="new" value={money(total.new)} />
        </dl>
        <h3 className="eyebrow">{t('forecast.owners_say')}</h3>
        <dl className="meanings">
          <Part name="commit" value={money(total.commit)} />
          <Part name="best_case" value={money(total.best_case)} />
          <Part name="pipeline" value={money(total.pipeline)} />
        </dl>
        <p className="fine">
          {t('forecast.basis', {
            scored: whole(basis.scored),
            slips: whole(basis.slips),
            throws: whole(basis.throws),
            when: time(forecast.as_of),
          })}{' '}
          {basis.without_amount > 0 && t('forecast.without_amount', { count: basis.without_amount })}{' '}
          {basis.won_without_amount > 0 &&
            t('forecast.won_without_amount', { count: basis.won_without_amount })}{' '}
          {basis.cut && t('forecast.cut')}
        </p>
      </section>
      {forecast.groups.length > 0 && <Groups forecast={forecast} />}
      <Kept forecast={forecast} />
      <Past forecast={forecast} />
    </>
  )
}

function Part({ name, value, count }: { name: string; value: string; count?: number }) {
  const { t } = useTranslation()
  return (
    <div>
      <dt>{t(`forecast.${name}`)}</dt>
      <dd className="big">{value}</dd>
      <dd className="fine">{t(`forecast.${name}_hint`, { count: count ?? 0 })}</dd>
    </div>
  )
}

/** What is closed, the interval, and what is expected on one line; the words beside it say the same. */
function RangeBar({ line }: { line: Line }) {
  const most = Math.max(Number(line.high.amount), Number(line.expected.amount), 1)
  const at = ({ amount }: Amount) => (Math.max(Number(amount), 0) / most) * 196
  return (
    <svg className="chance-bar" viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">
      <rect className="bar-track" y="4" width="200" height="4" />
      <rect className="bar-fill" y="4" width={at(line.closed)} height="4" />
      <rect
        className="chance-range"
        x={at(line.low)}
        y="2"
        width={Math.max(at(line.high) - at(line.low), 1)}
        height="8"
      />
      <rect className="chance-point" x={at(line.expected)} width="3" height="12" />
    </svg>
  )
}

function Groups({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation()
  const { money } = useWords()
  return (
    <section className="card" aria-labelledby="groups">
      <h2 id="groups" className="card-title">
        {t('forecast.groups')}
      </h2>
      <p className="fine">{t('forecast.groups_hint')}</p>
      <FigureTable
        labelledBy="groups"
        rows={forecast.groups}
        idOf={group => group.owner_id ?? group.name}
        head={{ words: t('forecast.name'), cell: group => group.name }}
        columns={[
          { words: t('forecast.closed'), cell: group => money(group.closed) },
          { words: t('forecast.expected'), cell: group => <strong>{money(group.expected)}</strong> },
          ...(['low', 'high', 'new', 'commit', 'best_case'] as const).map(column => ({
            words: t(`forecast.${column}`),
            cell: (group: Line) => money(group[column]),
          })),
        ]}
      />
    </section>
  )
}

/** How good such forecasts would have been. */
function Past({ forecast }: { forecast: Forecast }) {
  const { t } = useTranslation()
  const { money, percent, quarter } = useWords()
  const { past, accuracy, basis } = forecast
  const spec = useMemo(
    () =>
      pastPlot(
        past,
        {
          expected: t('forecast.expected'),
          actual: t('forecast.actual'),
          low: t('forecast.low'),
          high: t('forecast.high'),
        },
        quarter,
      ),
    [past, t, quarter],
  )
  const { wape, bias, coverage } = accuracy
  return (
    <section className="card" aria-labelledby="past">
      <h2 id="past" className="card-title">
        {t('forecast.past')}
      </h2>
      {past.length === 0 ? (
        <p>{t('forecast.past_none')}</p>
      ) : (
        <>
          <p>
            {typeof wape === 'number' && t('forecast.wape', { share: percent(wape) })}{' '}
            {typeof bias === 'number' &&
              t(bias > 0 ? 'forecast.bias_over' : 'forecast.bias_under', {
                share: percent(Math.abs(bias)),
              })}{' '}
            {typeof coverage === 'number' &&
              t('forecast.coverage', { share: percent(coverage), count: accuracy.periods })}{' '}
            {basis.past_without_amount > 0 &&
              t('forecast.past_without_amount', { count: basis.past_without_amount })}
          </p>
          <Plot spec={spec} label={t('forecast.past')} />
          <FigureTable
            labelledBy="past"
            rows={past}
            idOf={one => one.from}
            head={{ words: t('forecast.quarter'), cell: quarter }}
            columns={[
              { words: t('forecast.actual'), cell: one => <strong>{money(one.actual)}</strong> },
              ...(['expected', 'low', 'high'] as const).map(column => ({
                words: t(`forecast.${column}`),
                cell: (one: PastQuarter) => money(one[column]),
              })),
            ]}
          />
        </>
      )}
    </section>
  )
}
