import { lazy, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { RestsOnRecord } from '../api/chance'
import { pathOfObject } from '../records/objects'
import { Later } from '../ui/Later'

const RecordSheet = lazy(() => import('../records/RecordSheet'))

/** The records that a reason rests on; each opens beside the page. */
export function RestsOn({ records }: { records: readonly RestsOnRecord[] }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<{ object: string; record: { id: string; name: string | null } } | null>(
    null,
  )
  const told = records.flatMap(record => {
    const path = pathOfObject(record.object)
    const kind = t(`chance.object.${record.object}`, { defaultValue: '' })
    return path && kind ? [{ ...record, path, kind }] : []
  })
  if (told.length === 0) return null
  return (
    <span className="rests-on fine">
      {t('chance.rests_on')}{' '}
      {told.map(({ id, path, kind, title }, at) => {
        const name = title ? `${kind} “${title}”` : kind
        return (
          <span key={`${path}/${id}`}>
            {at > 0 && ', '}
            <Button
              className="link"
              aria-label={t('records.open', { name: told.length > 1 && !title ? `${name} ${at + 1}` : name })}
              onPress={() => setOpen({ object: path, record: { id, name: title ?? kind } })}
            >
              {name}
            </Button>
          </span>
        )
      })}
      <Later when={open !== null}>
        <RecordSheet open={open} onClose={() => setOpen(null)} />
      </Later>
    </span>
  )
}
