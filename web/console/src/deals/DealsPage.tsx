import '../styles/predictions.css'
import '../styles/deals.css'
import '../styles/list.css'

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { TrendingDown, TrendingUp } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { LOOK_AGAIN_MS, WHOSE, type Whose } from '../api/chance'
import { type DealOrder, listMovers, listOpenDeals, type OpenDeal } from '../api/win'
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

addWords({ en, de })

const ORDERS = {
  likely: '-probability',
  unlikely: 'probability',
  amount: '-amount',
  close: 'close_date',
} as const satisfies Record<string, DealOrder>
type Order = keyof typeof ORDERS

/** Open deals by how likely they are won. */
export default function DealsPage() {
  const { t } = useTranslation()
  const [whose, setWhose] = useState<Whose>('all')
  const [order, setOrder] = useState<Order>('likely')
  useTitle(t('deals.title'))
  const list = useInfiniteQuery({
    queryKey: ['deals', 'open', whose, order],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listOpenDeals(whose, ORDERS[order], pageParam, signal),
    getNextPageParam: page => page.next_cursor,
    refetchInterval: query => {
      const rows = query.state.data?.pages[0]?.data ?? []
      return rows.length > 0 && rows.every(({ score }) => score === null) ? LOOK_AGAIN_MS : false
    },
  })
  const deals = list.data?.pages.flatMap(page => page.data) ?? []
  const columns = useColumns(order)
  const hasPrior = deals.some(({ score }) => score?.state === 'prior')
  return (
    <div className="page wide">
      <h1>{t('deals.title')}</h1>
      <Movers />
      <div className="filters">
        <Pick
          label={t('chance.whose')}
          options={WHOSE.map(id => ({ id, words: t(`chance.${id}`) }))}
          value={whose}
          onChange={setWhose}
        />
        <Pick
          label={t('chance.order')}
          options={(Object.keys(ORDERS) as Order[]).map(id => ({ id, words: t(`deals.order_${id}`) }))}
          value={order}
          onChange={setOrder}
        />
      </div>
      {list.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {list.isError && deals.length === 0 && (
        <ProblemNote error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.isSuccess && deals.length === 0 && (
        <div className="nothing">
          <h2>{t('deals.empty')}</h2>
          <p>{t('deals.empty_hint')}</p>
        </div>
      )}
      {hasPrior && <p className="note">{t('deals.prior_list')}</p>}
      {deals.length > 0 && (
        <EndlessTable
          key={`${whose} ${order}`}
          label={t('deals.list')}
          rows={deals}
          idOf={deal => deal.opportunity_id}
          columns={columns}
          hasMore={list.hasNextPage}
          isLoadingMore={list.isFetchingNextPage}
          error={list.error}
          onMore={() => void list.fetchNextPage()}
          every={t('deals.every', { count: deals.length })}
        />
      )}
    </div>
  )
}

function useColumns(order: Order): ListColumn<OpenDeal>[] {
  const { t } = useTranslation()
  const { value } = useNumbers()
  return [
    {
      key: 'name',
      words: t('deals.deal'),
      cell: ({ opportunity_id: id, opportunity: { name, stage, account, owner } }) => (
        <>
          <Link to={`/deals/${id}`}>{name ?? t('deals.unnamed')}</Link>
          <span className="fine">{[account?.name, stage, owner?.name].filter(Boolean).join(' · ')}</span>
        </>
      ),
    },
    {
      key: 'amount',
      words: t('deals.amount'),
      isNumber: true,
      sorted: order === 'amount' ? 'descending' : undefined,
      cell: ({ opportunity }) => value(opportunity.amount),
    },
    {
      key: 'close',
      words: t('deals.close'),
      sorted: order === 'close' ? 'ascending' : undefined,
      cell: ({ opportunity }) => value(opportunity.close_date),
    },
    {
      key: 'chance',
      words: t('deals.chance'),
      sorted: order === 'likely' ? 'descending' : order === 'unlikely' ? 'ascending' : undefined,
      cell: ({ score }) => <ChanceCell chance={score} />,
    },
    {
      key: 'week',
      words: t('deals.week'),
      cell: ({ change }) => <Change change={change} />,
    },
    {
      key: 'why',
      words: t('deals.why'),
      cell: ({ reason }) => reason?.sentence ?? '–',
    },
  ]
}

/** How far a probability moved, in points. */
function Change({ change }: { change: OpenDeal['change'] }) {
  const { t } = useTranslation()
  const { percent, points } = useNumbers()
  if (!change || Math.abs(change.points) < 0.05) return <span className="fine">{t('deals.same')}</span>
  const Icon = change.points > 0 ? TrendingUp : TrendingDown
  return (
    <span className="moved">
      <span className="change">
        <Icon aria-hidden size={14} />
        {t('chance.points', { points: points(change.points) })}
      </span>
      <span className="fine">{t('deals.was', { from: percent(change.from) })}</span>
    </span>
  )
}

/** The deals whose chance moved most this week; nothing when none did. */
function Movers() {
  const { t } = useTranslation()
  const { percent } = useNumbers()
  const movers = useQuery({
    queryKey: ['deals', 'movers'],
    queryFn: ({ signal }) => listMovers(signal),
  })
  const data = movers.data?.data ?? []
  if (data.length === 0) return null
  return (
    <section className="card" aria-labelledby="movers">
      <h2 id="movers" className="card-title">
        {t('deals.movers')}
      </h2>
      <ul className="lines">
        {data.map(({ opportunity_id: id, opportunity, from, to, cause }) => {
          const Icon = to > from ? TrendingUp : TrendingDown
          return (
            <li key={id}>
              <span>
                <Link to={`/deals/${id}`}>{opportunity.name ?? t('deals.unnamed')}</Link>{' '}
                <span className="fine">{cause}</span>
              </span>
              <span className="change">
                <Icon aria-hidden size={14} />
                {t('deals.from_to', { from: percent(from), to: percent(to) })}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
