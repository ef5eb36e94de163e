import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Switch } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { RecordCell } from '../api/card'
import { request } from '../api/client'
import { useMe } from '../auth/useSession'
import { localeOf } from '../i18n'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'
import { type FieldRow, formatValue, humanize, isShown, type RecordBody, rowsOf } from './fields'
import { relationsOf } from './objects'

interface Props {
  open: { object: string; record: RecordCell } | null
  onClose: () => void
}

/** A record with its fields, as the reader may see them. */
export default function RecordSheet({ open, onClose }: Props) {
  const { t } = useTranslation()
  return (
    <Sheet
      title={open?.record.name ?? t('records.panel')}
      isOpen={open !== null}
      onClose={onClose}
      place="right"
    >
      {open && <Body object={open.object} id={open.record.id} />}
    </Sheet>
  )
}

function Body({ object, id }: { object: string; id: string }) {
  const { t, i18n } = useTranslation()
  const [withEmpty, setWithEmpty] = useState(false)
  const zone = useMe().data?.tenant.timezone ?? 'UTC'
  const relations = relationsOf(object)
  const include = relations.length > 0 ? `?include=${relations.join(',')}` : ''
  const record = useQuery({
    queryKey: ['record', object, id],
    queryFn: ({ signal }) =>
      request<RecordBody>(`/v1/${object}/${encodeURIComponent(id)}${include}`, { signal }),
  })
  if (record.isPending)
    return <div className="skeleton block" role="status" aria-label={t('common.loading')} />
  if (record.isError) return <ProblemNote error={record.error} onRetry={() => void record.refetch()} />
  const { main, custom, times } = rowsOf(record.data)
  const words = { yes: t('card.yes'), no: t('card.no') }
  const groups: [string, FieldRow[]][] = [
    ['main', main],
    ['custom', custom],
    ['system', times],
  ]
  const told = (row: FieldRow) =>
    row.isMasked ? (
      <em className="fine">{t('records.masked')}</em>
    ) : (
      formatValue(row.value, localeOf(i18n.language), zone, words)
    )
  return (
    <>
      {groups.map(([group, rows]) => {
        const shown = rows.filter(row => isShown(row, withEmpty))
        return shown.length === 0 ? null : (
          <section key={group}>
            <h3 className="eyebrow">{t(`records.groups.${group}`)}</h3>
            <dl className="fields">
              {shown.map(row => (
                <div key={row.name}>
                  <dt>{t(`fields.${row.name}`, { defaultValue: humanize(row.name) })}</dt>
                  <dd>{told(row)}</dd>
                </div>
              ))}
            </dl>
          </section>
        )
      })}
      <Switch className="switch" isSelected={withEmpty} onChange={setWithEmpty}>
        <span className="track" aria-hidden />
        {t('records.empty_fields')}
      </Switch>
    </>
  )
}
