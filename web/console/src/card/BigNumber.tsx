import { TrendingDown, TrendingUp } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { AnswerCard, CardTable } from '../api/card'
import { formatCell } from './format'
import { useFormat } from './useFormat'

/** Whether a table says one thing: a row whose columns are all measures. */
export const isOneNumber = (table: CardTable): boolean =>
  table.rows.length === 1 &&
  table.columns.length > 0 &&
  table.columns.every(column => column.role !== 'dimension')

/** The measures of a single row, large, with what they were before. */
export function BigNumber({ card, table }: { card: AnswerCard; table: CardTable }) {
  const { t } = useTranslation()
  const format = useFormat(card)
  const row = table.rows[0] ?? []
  return (
    <dl className="figures">
      {table.columns.map((column, at) => {
        if (column.role !== 'measure') return null
        const earlierAt = table.columns.findIndex(
          other =>
            other.role === 'earlier' &&
            (other.name === column.name || other.name.startsWith(`${column.name}_`)),
        )
        const earlierColumn = table.columns[earlierAt]
        return (
          <div key={column.name} className="figure">
            <dt>{column.label}</dt>
            <dd>
              <span className="big">{formatCell(row[at], column, format)}</span>
              {earlierColumn && (
                <span className="delta">
                  <Change now={row[at]} before={row[earlierAt]} locale={format.locale} />
                  {t('card.earlier', { value: formatCell(row[earlierAt], earlierColumn, format) })}
                </span>
              )}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}

function Change({ now, before, locale }: { now: unknown; before: unknown; locale: string }) {
  const from = Number(before)
  const to = Number(now)
  const isKnown =
    before !== null && now !== null && Number.isFinite(from) && Number.isFinite(to) && from !== 0
  if (!isKnown) return null
  const share = (to - from) / Math.abs(from)
  const words = new Intl.NumberFormat(locale, {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  }).format(share)
  const Icon = share < 0 ? TrendingDown : TrendingUp
  return (
    <span className="change">
      {share !== 0 && <Icon aria-hidden size={14} />}
      {words}
    </span>
  )
}
