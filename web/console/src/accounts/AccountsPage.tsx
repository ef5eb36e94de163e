import '../styles/predictions.css'
import '../styles/deals.css'
import '../styles/list.css'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { type Customer, listCustomers } from '../api/accounts'
import { LOOK_AGAIN_MS, WHOSE, type Whose } from '../api/chance'
import { ChanceCell } from '../chance/ChanceCell'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import EndlessTable, { type ListColumn } from '../list/EndlessTable'
import { useTitle } from '../shell/useTitle'
import { Pick } from '../ui/Pick'
import { ProblemNote } from '../ui/ProblemNote'
import { BandBadge } from './BandBadge'
import de from './de.json'
import en from './en.json'

addWords({ en, de })

/** Customers by their health, the worst first. */
export default function AccountsPage() {
  const { t } = useTranslation()
  const [whose, setWhose] = useState<Whose>('all')
  useTitle(t('accounts.title'))
  const list = useInfiniteQuery({
    queryKey: ['accounts', 'health', whose],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listCustomers(whose, pageParam, signal),
    getNextPageParam: page => page.next_cursor,
    refetchInterval: query => {
      const rows = query.state.data?.pages[0]?.data ?? []
      return rows.length > 0 && rows.every(({ health }) => health === null) ? LOOK_AGAIN_MS : false
    },
  })
  const columns = useColumns()
  const customers = list.data?.pages.flatMap(page => page.data) ?? []
  const hasPrior = customers.some(({ health }) => health?.state === 'prior')
  return (
    <div className="page wide">
      <h1>{t('accounts.title')}</h1>
      <p className="fine">{t('accounts.hint')}</p>
      <div className="filters">
        <Pick
          label={t('chance.whose')}
          options={WHOSE.map(id => ({ id, words: t(`chance.${id}`) }))}
          value={whose}
          onChange={setWhose}
        />
      </div>
      {list.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {list.isError && customers.length === 0 && (
        <ProblemNote error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.isSuccess && customers.length === 0 && (
        <div className="nothing">
          <h2>{t('accounts.empty')}</h2>
          <p>{t('accounts.empty_hint')}</p>
        </div>
      )}
      {hasPrior && <p className="note">{t('accounts.prior')}</p>}
      {customers.length > 0 && (
        <EndlessTable
          key={whose}
          label={t('accounts.list')}
          rows={customers}
          idOf={({ account_id }) => account_id}
          columns={columns}
          hasMore={list.hasNextPage}
          isLoadingMore={list.isFetchingNextPage}
          error={list.error}
          onMore={() => void list.fetchNextPage()}
          every={t('accounts.every', { count: customers.length })}
        />
      )}
    </div>
  )
}

function useColumns(): ListColumn<Customer>[] {
  const { t } = useTranslation()
  const { value } = useNumbers()
  return [
    {
      key: 'name',
      words: t('accounts.account'),
      cell: ({ account_id: id, account: { name, industry, owner } }) => (
        <>
          <Link to={`/accounts/${id}`}>{name ?? t('accounts.unnamed')}</Link>
          <span className="fine">
            {[industry && value(industry), owner?.name].filter(Boolean).join(' · ')}
          </span>
        </>
      ),
    },
    {
      key: 'health',
      words: t('accounts.health'),
      sorted: 'ascending',
      cell: ({ health }) =>
        health ? (
          <span className="health">
            <strong>{health.score}</strong> <BandBadge band={health.band} />
          </span>
        ) : (
          <span className="fine">{t('chance.unscored')}</span>
        ),
    },
    {
      key: 'chance',
      words: t('accounts.risk'),
      cell: ({ health }) => <ChanceCell chance={health && { ...health, probability: health.risk }} />,
    },
    {
      key: 'before',
      words: t('accounts.month_ago'),
      cell: ({ change }) =>
        change ? (
          <span className="health">
            {change.from} <span className="fine">{t(`accounts.${change.band}`)}</span>
          </span>
        ) : (
          <span className="fine">{t('accounts.same')}</span>
        ),
    },
    {
      key: 'why',
      words: t('accounts.why'),
      cell: ({ reason }) => reason?.sentence ?? '–',
    },
  ]
}
