import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, ChevronRight, X } from 'lucide-react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { decide, getEnrichment, type Suggestion } from '../api/leads'
import { may } from '../api/may'
import { useMe } from '../auth/useSession'
import { useNumbers } from '../chance/useNumbers'
import { humanize } from '../records/fields'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'

/** What was found in the lead's address and words: taken over or turned down one by one, never by itself. */
export function Enrichment({ id }: { id: string }) {
  const { t } = useTranslation()
  const read = useQuery({
    queryKey: ['leads', 'enrichment', id],
    queryFn: ({ signal }) => getEnrichment(id, signal),
  })
  if (read.isError) return <ProblemNote error={read.error} onRetry={() => void read.refetch()} />
  if (!read.data) return null
  const { domain, suggestions: all } = read.data
  const open = all.filter(({ state }) => state === 'open')
  const decided = all.filter(({ state }) => state !== 'open')
  return (
    <section className="card" aria-labelledby="enrichment">
      <h2 id="enrichment" className="card-title">
        {t('leads.enrichment')}
      </h2>
      <p className="fine">
        {t('leads.enrichment_hint')} {domain && t(`leads.domain_${domain.kind}`, { domain: domain.name })}
      </p>
      {open.length === 0 ? (
        <p>{t(all.length === 0 ? 'leads.nothing_found' : 'leads.all_decided')}</p>
      ) : (
        <ul className="lines">
          {open.map(suggestion => (
            <Open key={suggestion.id} lead={id} suggestion={suggestion} />
          ))}
        </ul>
      )}
      {decided.length > 0 && (
        <Disclosure className="disclosure">
          <Heading level={3}>
            <Button slot="trigger" className="button quiet small">
              <ChevronRight aria-hidden size={14} className="chevron" />
              {t('leads.decided', { count: decided.length })}
            </Button>
          </Heading>
          <DisclosurePanel>
            <ul className="lines">
              {decided.map(suggestion => (
                <Decided key={suggestion.id} suggestion={suggestion} />
              ))}
            </ul>
          </DisclosurePanel>
        </Disclosure>
      )}
    </section>
  )
}

const useField = ({ field }: Suggestion): string => {
  const { t } = useTranslation()
  return t([`leads.fields.${field}`, `fields.${field}`], { defaultValue: humanize(field) })
}

/** What it should hold; an account by its name. */
function Value({ suggestion: { value, field, account_id, account_name } }: { suggestion: Suggestion }) {
  if (field === 'account' && account_id) {
    return <Link to={`/accounts/${account_id}`}>{account_name ?? value}</Link>
  }
  return <>{value}</>
}

function Open({ lead, suggestion }: { lead: string; suggestion: Suggestion }) {
  const { t } = useTranslation()
  const tell = useTell()
  const cache = useQueryClient()
  const { value } = useNumbers()
  const mayChange = may(useMe().data, 'lead', 'update')
  const field = useField(suggestion)
  const shown = suggestion.account_name ?? suggestion.value
  // What the lead holds already goes only when somebody says so.
  const now = suggestion.current ?? ''
  const accept = now === '' ? 'accept' : 'replace'
  const settle = useMutation({
    mutationFn: (how: 'accept' | 'replace' | 'decline') => decide(lead, suggestion.id, how),
    onSuccess: (enrichment, how) => {
      tell(t(how === 'decline' ? 'leads.declined_told' : 'leads.accepted_told', { field, value: shown }))
      cache.setQueryData(['leads', 'enrichment', lead], enrichment)
      void cache.invalidateQueries({ queryKey: ['record', 'leads', lead] })
    },
  })
  return (
    <li className="step">
      <div>
        <strong>{field}:</strong> <Value suggestion={suggestion} />
        <p className="fine">
          {t(`leads.source_${suggestion.source}`)}
          {suggestion.quote && <q className="quote">{suggestion.quote}</q>}
        </p>
        {accept === 'replace' && <p>{t('leads.holds', { value: value(now) })}</p>}
        {settle.isError && <ProblemNote error={settle.error} />}
      </div>
      {mayChange && (
        <div className="buttons">
          <Button
            className="button"
            aria-label={t(`leads.${accept}_this`, { field, value: shown })}
            onPress={() => settle.mutate(accept)}
            isPending={settle.isPending}
          >
            <Check aria-hidden size={16} />
            {t(`leads.${accept}`)}
          </Button>
          <Button
            className="button quiet"
            aria-label={t('leads.decline_this', { field, value: shown })}
            onPress={() => settle.mutate('decline')}
            isPending={settle.isPending}
          >
            <X aria-hidden size={16} />
            {t('leads.decline')}
          </Button>
        </div>
      )}
    </li>
  )
}

function Decided({ suggestion }: { suggestion: Suggestion }) {
  const { t } = useTranslation()
  const { time } = useNumbers()
  const field = useField(suggestion)
  return (
    <li className="reason">
      <span>
        {field}: <Value suggestion={suggestion} />{' '}
        <span className="fine">
          {[suggestion.decided_by?.name, suggestion.decided_at && time(suggestion.decided_at)]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </span>
      <span className={suggestion.state === 'accepted' ? 'badge' : 'badge plain'}>
        {t(`leads.${suggestion.state}`)}
      </span>
    </li>
  )
}
