import '../styles/predictions.css'
import '../styles/deals.css'

import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { TrendingDown, TrendingUp } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { type DealRecord, latestChances, listMovers, listOpenDeals, type PastWin } from '../api/win'
import { useMe } from '../auth/useSession'
import { addWords } from '../i18n'
import { useTitle } from '../shell/useTitle'
import { Pick } from '../ui/Pick'
import { ProblemNote } from '../ui/ProblemNote'
import { ChanceBar } from './ChanceBar'
import de from './de.json'
import en from './en.json'
import { useNumbers } from './useNumbers'

addWords({ en, de })

type Order = 'likely' | 'unlikely' | 'amount' | 'close'
const ORDERS: readonly Order[] = ['likely', 'unlikely', 'amount', 'close']

interface Ranked {
  deal: DealRecord
  /** Null before the first score. */
  score: PastWin | null
}

/** In the order that was chosen; deals without what it goes by come last. */
export function ranked(deals: readonly Ranked[], order: Order): Ranked[] {
  const nothing = Number.POSITIVE_INFINITY
  const rank = ({ deal, score }: Ranked): number => {
    if (order === 'close') return deal.close_date ? Date.parse(deal.close_date) : nothing
    // Deals come with the largest amount first, whatever their currency is worth.
    if (order === 'amount' || !score) return order === 'amount' ? 0 : nothing
    return order === 'likely' ? -score.probability : score.probability
  }
  return [...deals].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)]
    return left === right ? 0 : left - right
  })
}

/** Open deals by how likely they are won. */
export default function DealsPage() {
  const { t } = useTranslation()
  const me = useMe().data
  const [whose, setWhose] = useState<'all' | 'mine'>('all')
  const [order, setOrder] = useState<Order>('likely')
  useTitle(t('deals.title'))
  const owner = whose === 'mine' ? (me?.actor.id ?? null) : null
  const list = useInfiniteQuery({
    queryKey: ['deals', 'open', owner],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }) => {
      const page = await listOpenDeals(owner, pageParam, signal)
      const chances = await latestChances(
        page.data.map(({ id }) => id),
        signal,
      )
      return { ...page, deals: page.data.map(deal => ({ deal, score: chances[deal.id] ?? null })) }
    },
    getNextPageParam: page => page.next_cursor,
  })
  const deals = list.data?.pages.flatMap(page => page.deals) ?? []
  const hasPrior = deals.some(({ score }) => score?.state === 'prior')
  return (
    <div className="page">
      <h1>{t('deals.title')}</h1>
      <Movers />
      <div className="filters">
        <Pick
          label={t('deals.whose')}
          options={[
            { id: 'all', words: t('deals.all') },
            { id: 'mine', words: t('deals.mine') },
          ]}
          value={whose}
          onChange={setWhose}
        />
        <Pick
          label={t('deals.order')}
          options={ORDERS.map(id => ({ id, words: t(`deals.order_${id}`) }))}
          value={order}
          onChange={setOrder}
        />
      </div>
      {list.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {list.isError && <ProblemNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.isSuccess && deals.length === 0 && (
        <div className="nothing">
          <h2>{t('deals.empty')}</h2>
          <p>{t('deals.empty_hint')}</p>
        </div>
      )}
      {hasPrior && <p className="note">{t('deals.prior_list')}</p>}
      {deals.length > 0 && (
        <>
          <h2 className="visually-hidden">{t('deals.list')}</h2>
          <ul className="question-list">
            {ranked(deals, order).map(({ deal, score }) => (
              <Row key={deal.id} deal={deal} score={score} />
            ))}
          </ul>
          <p className="fine" role="status">
            {t(list.hasNextPage ? 'deals.some' : 'deals.every', { count: deals.length })}
          </p>
        </>
      )}
      {list.hasNextPage && (
        <div className="buttons start">
          <Button
            className="button"
            onPress={() => void list.fetchNextPage()}
            isPending={list.isFetchingNextPage}
          >
            {t('deals.more')}
          </Button>
        </div>
      )}
    </div>
  )
}

function Row({ deal, score }: Ranked) {
  const { t } = useTranslation()
  const { percent, value, interval } = useNumbers()
  const parts = [
    deal.account?.name,
    deal.stage,
    deal.close_date ? t('deals.closes', { day: value(deal.close_date) }) : null,
    deal.owner?.name,
  ].filter(Boolean)
  return (
    <li className="deal">
      <div className="question-words">
        <Link to={`/deals/${deal.id}`}>{deal.name ?? t('deals.unnamed')}</Link>
        <span className="fine">{parts.join(' · ')}</span>
      </div>
      <span className="deal-amount">{deal.amount ? value(deal.amount) : ''}</span>
      <div className="deal-chance">
        {score ? (
          <>
            <span className="deal-percent">{percent(score.probability)}</span>
            <ChanceBar chance={score} />
            <span className="fine">{interval(score)}</span>
          </>
        ) : (
          <span className="fine">{t('deals.unscored')}</span>
        )}
      </div>
    </li>
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
