import '../styles/predictions.css'
import '../styles/deals.css'

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { type Customer, listCustomers } from '../api/accounts'
import type { Whose } from '../api/chance'
import { ChanceCell } from '../chance/ChanceCell'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import { EndlessList } from '../list/EndlessList'
import type { ListColumn } from '../list/EndlessTable'
import { useEndless } from '../list/useEndless'
import { WhosePick } from '../list/WhosePick'
import { useTitle } from '../shell/useTitle'
import { BandBadge } from './BandBadge'
import de from './de.json'
import en from './en.json'

addWords({ en, de })

/** Customers by their health, the worst first. */
export default function AccountsPage() {
  const { t } = useTranslation()
  const [whose, setWhose] = useState<Whose>('all')
  useTitle(t('accounts.title'))
  const endless = useEndless({
    key: ['accounts', 'health', whose],
    read: (cursor, signal) => listCustomers(whose, cursor, signal),
    isWaiting: ({ health }) => health === null,
  })
  const columns = useColumns()
  const customers = endless.rows
  const hasPrior = customers.some(({ health }) => health?.state === 'prior')
  return (
    <div className="page wide">
      <h1>{t('accounts.title')}</h1>
      <p className="fine">{t('accounts.hint')}</p>
      <div className="filters">
        <WhosePick value={whose} onChange={setWhose} />
      </div>
      <EndlessList
        endless={endless}
        words={{
          label: t('accounts.list'),
          empty: t('accounts.empty'),
          emptyHint: t('accounts.empty_hint'),
          every: t('accounts.every', { count: customers.length }),
        }}
        note={hasPrior && t('accounts.prior')}
        idOf={({ account_id }) => account_id}
        columns={columns}
      />
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
