import { Link2 } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { RestsOnRecord } from '../api/chance'
import type { ModelKind } from '../api/predictions'
import { pathOfObject } from '../records/objects'
import { RecordLink } from '../records/RecordLink'

interface Props {
  records: readonly RestsOnRecord[]
  /** What the page is about, and which one: its own record needs no name there. */
  of: ModelKind
  self: string
}

/** The records that a reason rests on; each opens beside the page. */
export function RestsOn({ records, of, self }: Props) {
  const { t } = useTranslation()
  const told = records.flatMap(record => {
    const path = pathOfObject(record.object)
    return path ? [{ ...record, path, kind: t(`chance.object.${record.object}`) }] : []
  })
  if (told.length === 0) return null
  return (
    <ul className="rests-on" aria-label={t('chance.rests_on')}>
      {told.map(({ id, path, kind, title }, at) => {
        const isOwn = id === self
        const named = title ? t('chance.named', { kind, title }) : kind
        const words = isOwn ? t('chance.this', { context: of }) : named
        return (
          <li key={`${path}/${id}`}>
            <Link2 aria-hidden size={12} />
            <RecordLink
              path={path}
              id={id}
              name={title ?? kind}
              label={t('records.open', {
                name: told.length > 1 && !title && !isOwn ? `${kind} ${at + 1}` : words,
              })}
            >
              {words}
            </RecordLink>
          </li>
        )
      })}
    </ul>
  )
}
