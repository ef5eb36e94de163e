import '../styles/predictions.css'
import '../styles/deals.css'

import { useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { type AccountHealth, getHealth, type PastHealth } from '../api/accounts'
import { request } from '../api/client'
import { Plot } from '../card/Plot'
import { ChanceBar } from '../chance/ChanceBar'
import { Reasons } from '../chance/Reasons'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import { RecordLink } from '../records/RecordLink'
import { useTitle } from '../shell/useTitle'
import { PlotFigures } from '../ui/PlotFigures'
import { ProblemNote } from '../ui/ProblemNote'
import { BandBadge } from './BandBadge'
import de from './de.json'
import en from './en.json'
import { healthPlot } from './health-plot'

addWords({ en, de })

/** One customer: how likely they leave, why, and what was said before. */
export default function AccountPage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const account = useQuery({
    queryKey: ['record', 'accounts', id, 'name'],
    queryFn: ({ signal }) =>
      request<{ name?: string | null }>(`/v1/accounts/${encodeURIComponent(id)}?fields=name`, { signal }),
  })
  const read = useQuery({
    queryKey: ['accounts', 'health', id],
    queryFn: ({ signal }) => getHealth(id, signal),
  })
  const name = account.data?.name ?? t('accounts.unnamed')
  useTitle(name)
  return (
    <div className="page">
      <Link to="/accounts" className="back">
        <ArrowLeft aria-hidden size={16} />
        {t('accounts.title')}
      </Link>
      <h1>{name}</h1>
      {read.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {read.isError && <ProblemNote error={read.error} onRetry={() => void read.refetch()} />}
      {read.data && <Shown of={read.data} name={name} />}
    </div>
  )
}

function Shown({ of, name }: { of: AccountHealth; name: string }) {
  const { t } = useTranslation()
  const { percent, interval, time } = useNumbers()
  const { health, score, history } = of
  if (!health) {
    const is = history.length > 0 ? 'left' : 'none'
    return (
      <>
        <div className="nothing">
          <h2>{t(`accounts.${is}`)}</h2>
          <p>{t(`accounts.${is}_hint`)}</p>
        </div>
        <Before past={history} />
      </>
    )
  }
  const risk = { ...health, probability: health.risk }
  return (
    <>
      <section className="card" aria-label={t('accounts.health')}>
        {health.state === 'prior' && (
          <p className="note">
            <strong>{t('accounts.prior_title')}</strong> {t('accounts.prior_hint')}{' '}
            {score?.missing && t('chance.because', { why: score.missing })}
          </p>
        )}
        <div className="chance">
          <span className="chance-big">{health.score}</span>
          <div className="chance-beside">
            <span>
              <BandBadge band={health.band} />
            </span>
            <span>{t('accounts.risk_value', { risk: percent(health.risk), days: health.horizon_days })}</span>
            {health.low < health.high && (
              <>
                <ChanceBar chance={risk} />
                <span className="fine">{t('chance.interval_90', { interval: interval(risk) })}</span>
              </>
            )}
          </div>
        </div>
        <p className="sentence">{health.words}</p>
        <p className="fine facts">
          <span>{t('chance.scored', { when: time(health.scored_at) })}</span>
          {score?.model && (
            <Link to={`/models?kind=churn&model=${score.model.id}`}>
              {t('chance.model', { number: score.model.number })}
            </Link>
          )}
          {score?.model?.rests_on_few && <span>{score.model.rests_on_few}</span>}
          <RecordLink path="accounts" id={of.account_id} name={name}>
            {t('chance.open_record')}
          </RecordLink>
        </p>
      </section>
      {score && <Reasons reasons={score.reasons} of="churn" self={of.account_id} />}
      <Before past={history} />
    </>
  )
}

/** How many changes are told beside the picture. */
const MOST = 8

function Before({ past }: { past: readonly PastHealth[] }) {
  const { t } = useTranslation()
  const { percent, time } = useNumbers()
  const spec = useMemo(() => healthPlot(past, { health: t('accounts.health') }), [past, t])
  if (past.length === 0) return null
  return (
    <section className="card" aria-labelledby="history">
      <h2 id="history" className="card-title">
        {t('chance.history')}
      </h2>
      {past.length > 1 && <Plot spec={spec} label={t('chance.history')} />}
      <ul className="lines">
        {past.slice(0, MOST).map(one => (
          <li key={one.scored_at}>
            <span>
              <strong>{one.score}</strong> <BandBadge band={one.band} />{' '}
              {t('accounts.risk_then', { risk: percent(one.risk) })}
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
          idOf={one => one.scored_at}
          head={{ words: t('chance.when'), isWhole: true, cell: one => time(one.scored_at) }}
          columns={[
            { words: t('accounts.health'), cell: one => one.score },
            { words: t('accounts.risk'), cell: one => percent(one.risk) },
          ]}
        />
      )}
    </section>
  )
}
