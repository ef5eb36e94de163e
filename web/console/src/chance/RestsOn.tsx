import { Link2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { RestsOnRecord } from '../api/chance'
import { pathOfObject } from '../records/objects'
import { RecordLink } from '../records/RecordLink'

/** The records that a reason rests on; each opens beside the page. */
export function RestsOn({ records }: { records: readonly RestsOnRecord[] }) {
  const { t } = useTranslation()
  const told = records.flatMap(record => {
    const path = pathOfObject(record.object)
    return path ? [{ ...record, path, kind: t(`chance.object.${record.object}`) }] : []
  })
  if (told.length === 0) return null
  return (
    <ul className="rests-on" aria-label={t('chance.rests_on')}>
      {told.map(({ id, path, kind, title }, at) => {
        const words = title ? t('chance.named', { kind, title }) : kind
        return (
          <li key={`${path}/${id}`}>
            <Link2 aria-hidden size={12} />
            <RecordLink
              path={path}
              id={id}
              name={title ?? kind}
              said={told.length > 1 && !title ? `${kind} ${at + 1}` : words}
            >
              {words}
            </RecordLink>
          </li>
        )
      })}
    </ul>
  )
}
