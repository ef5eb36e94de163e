import { useQuery } from '@tanstack/react-query'
import { lazy, useState } from 'react'
import { useTranslation } from 'react-i18next'

import type { PipelineQuery, RecordCell } from '../api/card'
import { ask } from '../api/pipeline'
import { objectOfColumn } from '../records/objects'
import { Later } from '../ui/Later'
import { ProblemNote } from '../ui/ProblemNote'
import { LazyTable } from './LazyTable'

const RecordSheet = lazy(() => import('../records/RecordSheet'))

/** The records behind the numbers, each of which can be opened. */
export function DrillDown({ query, language }: { query: PipelineQuery; language: string }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState<{ object: string; record: RecordCell } | null>(null)
  const records = useQuery({
    queryKey: ['drill-down', query, language],
    queryFn: ({ signal }) => ask({ query, language }, signal),
    staleTime: 60_000,
  })
  if (records.isPending) {
    return <div className="skeleton block" role="status" aria-label={t('common.loading')} />
  }
  if (records.isError) return <ProblemNote error={records.error} onRetry={() => void records.refetch()} />
  const card = records.data
  if (!card.table) return <p className="fine">{card.sentence}</p>
  const openOne = (record: RecordCell, column: string) => {
    const object = objectOfColumn(query.entity, column)
    if (object) setOpen({ object, record })
  }
  return (
    <>
      {card.notes.map(note => (
        <p key={note} className="fine" lang={card.language}>
          {note}
        </p>
      ))}
      <LazyTable
        card={card}
        table={card.table}
        label={t('card.records')}
        onOpen={openOne}
        canOpen={column => objectOfColumn(query.entity, column) !== null}
      />
      <Later when={open !== null}>
        <RecordSheet open={open} onClose={() => setOpen(null)} />
      </Later>
    </>
  )
}
