import '../styles/predictions.css'
import '../styles/deals.css'
import '../styles/list.css'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { LOOK_AGAIN_MS, WHOSE, type Whose } from '../api/chance'
import { LEAD_ORDERS, type LeadOrder, listLeads, type RankedLead } from '../api/leads'
import { ChanceCell } from '../chance/ChanceCell'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import EndlessTable, { type ListColumn } from '../list/EndlessTable'
import { useTitle } from '../shell/useTitle'
import { Pick } from '../ui/Pick'
import { ProblemNote } from '../ui/ProblemNote'
import de from './de.json'
import en from './en.json'
import { HeatBadge } from './HeatBadge'

addWords({ en, de })

/** Leads that may still be converted, the best first. */
export default function LeadsPage() {
  const { t } = useTranslation()
  const [whose, setWhose] = useState<Whose>('all')
  const [chosen, setChosen] = useState<LeadOrder | null>(null)
  // Before a model speaks all leads have the same chance, and points tell them apart.
  const [isByPoints, setByPoints] = useState(false)
  const order = chosen ?? (isByPoints ? 'points' : 'probability')
  useTitle(t('leads.title'))
  const list = useInfiniteQuery({
    queryKey: ['leads', 'ranked', whose, order],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listLeads(whose, order, pageParam, signal),
    getNextPageParam: page => page.next_cursor,
    refetchInterval: query => {
      const rows = query.state.data?.pages[0]?.data ?? []
      return rows.length > 0 && rows.every(({ state }) => state === 'unscored') ? LOOK_AGAIN_MS : false
    },
  })
  const columns = useColumns(order)
  const leads = list.data?.pages.flatMap(page => page.data) ?? []
  const hasPoints = leads.some(({ state }) => state === 'points')
  if (hasPoints && !isByPoints && leads.every(({ state }) => state !== 'model')) setByPoints(true)
  return (
    <div className="page wide">
      <h1>{t('leads.title')}</h1>
      <div className="filters">
        <Pick
          label={t('chance.whose')}
          options={WHOSE.map(id => ({ id, words: t(`chance.${id}`) }))}
          value={whose}
          onChange={setWhose}
        />
        <Pick
          label={t('chance.order')}
          options={LEAD_ORDERS.map(id => ({ id, words: t(`leads.order_${id}`) }))}
          value={order}
          onChange={setChosen}
        />
      </div>
      {list.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {list.isError && leads.length === 0 && (
        <ProblemNote error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.isSuccess && leads.length === 0 && (
        <div className="nothing">
          <h2>{t('leads.empty')}</h2>
          <p>{t('leads.empty_hint')}</p>
        </div>
      )}
      {hasPoints && <p className="note">{t('leads.points_list')}</p>}
      {leads.length > 0 && (
        <EndlessTable
          key={`${whose} ${order}`}
          label={t('leads.list')}
          rows={leads}
          idOf={({ lead_id }) => lead_id}
          columns={columns}
          hasMore={list.hasNextPage}
          isLoadingMore={list.isFetchingNextPage}
          error={list.error}
          onMore={() => void list.fetchNextPage()}
          every={t('leads.every', { count: leads.length })}
        />
      )}
    </div>
  )
}

function useColumns(order: LeadOrder): ListColumn<RankedLead>[] {
  const { t } = useTranslation()
  const { percent, whole, value } = useNumbers()
  return [
    {
      key: 'name',
      words: t('leads.lead'),
      cell: ({ lead_id: id, lead: { name, company, status, owner } }) => (
        <>
          <Link to={`/leads/${id}`}>{name ?? company ?? t('leads.unnamed')}</Link>
          <span className="fine">
            {[name && company, status && value(status), owner?.name].filter(Boolean).join(' · ')}
          </span>
        </>
      ),
    },
    {
      key: 'chance',
      words: t('leads.chance'),
      sorted: order === 'probability' ? 'descending' : undefined,
      cell: ({ state, score }) =>
        state === 'points' && score ? (
          <span className="fine">{t('leads.usual', { share: percent(score.probability) })}</span>
        ) : (
          <ChanceCell chance={score} />
        ),
    },
    {
      key: 'points',
      words: t('leads.points'),
      isNumber: true,
      sorted: order === 'points' ? 'descending' : undefined,
      cell: ({ points }) => (points === null ? '–' : whole(points)),
    },
    {
      key: 'band',
      words: t('leads.band'),
      cell: ({ band }) => (band ? <HeatBadge band={band} /> : '–'),
    },
    {
      key: 'voices',
      words: t('leads.others_say'),
      cell: ({ override: said, qualification: asked }) => (
        <>
          {said && (
            <span className="line">{t('leads.said_short', { share: percent(said.probability) })}</span>
          )}
          {asked && <span className="line">{t('leads.asked_short', { score: whole(asked.score) })}</span>}
          {!said && !asked && '–'}
        </>
      ),
    },
    {
      key: 'why',
      words: t('leads.why'),
      cell: ({ reason }) => reason?.sentence ?? '–',
    },
  ]
}
