import '../styles/predictions.css'
import '../styles/deals.css'

import { useQuery } from '@tanstack/react-query'
import { ArrowLeft } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { request } from '../api/client'
import { getLeadScore, getPastLeads, type LeadCard } from '../api/leads'
import { Reasons } from '../chance/Reasons'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import { useTitle } from '../shell/useTitle'
import { ProblemNote } from '../ui/ProblemNote'
import de from './de.json'
import { Enrichment } from './Enrichment'
import en from './en.json'
import { Voices } from './Voices'

addWords({ en, de })

/** One lead: what the model, its points, people and the qualification say of it, and what was found out. */
export default function LeadPage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const lead = useQuery({
    queryKey: ['record', 'leads', id, 'name'],
    queryFn: ({ signal }) =>
      request<{ name?: string | null; company?: string | null }>(
        `/v1/leads/${encodeURIComponent(id)}?fields=name,company`,
        { signal },
      ),
  })
  const read = useQuery({
    queryKey: ['leads', 'score', id],
    queryFn: ({ signal }) => getLeadScore(id, signal),
  })
  const name = lead.data?.name ?? lead.data?.company ?? t('leads.unnamed')
  useTitle(name)
  return (
    <div className="page">
      <Link to="/leads" className="back">
        <ArrowLeft aria-hidden size={16} />
        {t('leads.title')}
      </Link>
      <h1>{name}</h1>
      {read.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {read.isError && <ProblemNote error={read.error} onRetry={() => void read.refetch()} />}
      {read.data && (
        <>
          <Voices id={id} name={name} card={read.data} />
          <Points card={read.data} />
          {read.data.state === 'model' && read.data.score && (
            <Reasons reasons={read.data.score.reasons} of="lead" self={id} />
          )}
          <Enrichment id={id} />
          <Similar id={id} />
        </>
      )}
    </div>
  )
}

/** What the lead did, counted; never a probability. */
function Points({ card: { points } }: { card: LeadCard }) {
  const { t } = useTranslation()
  const { whole } = useNumbers()
  if (!points) return null
  return (
    <section className="card" aria-labelledby="points">
      <h2 id="points" className="card-title">
        {t('leads.points_title', { points: whole(points.total) })}
      </h2>
      <p className="fine">
        {t('leads.points_hint', { cap: whole(points.cap), days: whole(points.half_life_days) })}
      </p>
      {points.parts.length === 0 ? (
        <p>{t('leads.did_nothing')}</p>
      ) : (
        <ul className="lines">
          {points.parts.map(part => (
            <li key={part.event}>{part.sentence}</li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** Leads of the past that were alike, and how they ended. */
function Similar({ id }: { id: string }) {
  const { t } = useTranslation()
  const { value } = useNumbers()
  const read = useQuery({
    queryKey: ['leads', 'similar', id],
    queryFn: ({ signal }) => getPastLeads(id, signal),
  })
  if (read.isError) return <ProblemNote error={read.error} onRetry={() => void read.refetch()} />
  if (!read.data || read.data.leads.length === 0) return null
  const { leads, sentence, note } = read.data
  return (
    <section className="card" aria-labelledby="similar">
      <h2 id="similar" className="card-title">
        {t('leads.similar')}
      </h2>
      <p>{sentence}</p>
      <ul className="lines">
        {leads.map(lead => (
          <li key={lead.id}>
            <span>
              <Link to={`/leads/${lead.id}`}>{lead.name ?? lead.company ?? t('leads.unnamed')}</Link>{' '}
              <span className="fine">
                {[lead.name && lead.company, lead.unqualified_reason && value(lead.unqualified_reason)]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
            <span className="fine">
              {lead.converted !== null && (
                <span className={lead.converted ? 'badge' : 'badge plain'}>
                  {t(lead.converted ? 'leads.converted' : 'leads.not_converted')}
                </span>
              )}{' '}
              {lead.converted_at && value(lead.converted_at.slice(0, 10))}{' '}
              {lead.opportunity_id && <Link to={`/deals/${lead.opportunity_id}`}>{t('leads.its_deal')}</Link>}
            </span>
          </li>
        ))}
      </ul>
      {note && <p className="fine">{note}</p>}
    </section>
  )
}
