import '../styles/predictions.css'
import '../styles/deals.css'

import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { Whose } from '../api/chance'
import { LEAD_ORDERS, type LeadOrder, listLeads, type RankedLead } from '../api/leads'
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
  const endless = useEndless({
    key: ['leads', 'ranked', whose, order],
    read: (cursor, signal) => listLeads(whose, order, cursor, signal),
    isWaiting: ({ state }) => state === 'unscored',
  })
  const columns = useColumns(order)
  const leads = endless.rows
  const hasPoints = leads.some(({ state }) => state === 'points')
  if (hasPoints && !isByPoints && leads.every(({ state }) => state !== 'model')) setByPoints(true)
  return (
    <div className="page wide">
      <h1>{t('leads.title')}</h1>
      <div className="filters">
        <WhosePick value={whose} onChange={setWhose} />
        <Pick
          label={t('chance.order')}
          options={LEAD_ORDERS.map(id => ({ id, words: t(`leads.order_${id}`) }))}
          value={order}
          onChange={setChosen}
        />
      </div>
      <EndlessList
        endless={endless}
        words={{
          label: t('leads.list'),
          empty: t('leads.empty'),
          emptyHint: t('leads.empty_hint'),
          every: t('leads.every', { count: leads.length }),
        }}
        note={hasPoints && t('leads.points_list')}
        idOf={({ lead_id }) => lead_id}
        columns={columns}
      />
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
