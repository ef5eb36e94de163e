import '../styles/predictions.css'
import '../styles/deals.css'

import { useQuery } from '@tanstack/react-query'
import { TrendingDown, TrendingUp } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Whose } from '../api/chance'
import { type DealOrder, listMovers, listOpenDeals, type OpenDeal } from '../api/win'
import { ChanceCell } from '../chance/ChanceCell'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import { EndlessList } from '../list/EndlessList'
import type { ListColumn } from '../list/EndlessTable'
import { useEndless } from '../list/useEndless'
import { WhosePick } from '../list/WhosePick'
import { useTitle } from '../shell/useTitle'
import { Pick } from '../ui/Pick'
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
  const endless = useEndless({
    key: ['deals', 'open', whose, order],
    read: (cursor, signal) => listOpenDeals(whose, ORDERS[order], cursor, signal),
    isWaiting: ({ score }) => score === null,
  })
  const deals = endless.rows
  const columns = useColumns(order)
  const hasPrior = deals.some(({ score }) => score?.state === 'prior')
  return (
    <div className="page wide">
      <h1>{t('deals.title')}</h1>
      <Movers />
      <div className="filters">
        <WhosePick value={whose} onChange={setWhose} />
        <Pick
          label={t('chance.order')}
          options={(Object.keys(ORDERS) as Order[]).map(id => ({ id, words: t(`deals.order_${id}`) }))}
          value={order}
          onChange={setOrder}
        />
      </div>
      <EndlessList
        endless={endless}
        words={{
          label: t('deals.list'),
          empty: t('deals.empty'),
          emptyHint: t('deals.empty_hint'),
          every: t('deals.every', { count: deals.length }),
        }}
        note={hasPrior && t('deals.prior_list')}
        idOf={deal => deal.opportunity_id}
        columns={columns}
      />
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

/** How far a probability moved, in points; a dash where nothing was said before that it could be compared with. */
function Change({ change }: { change: OpenDeal['change'] }) {
  const { t } = useTranslation()
  const { percent, points } = useNumbers()
  if (!change) return '–'
  if (Math.abs(change.points) < 0.05) return <span className="fine">{t('deals.same')}</span>
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
