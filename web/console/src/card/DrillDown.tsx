import { useInfiniteQuery } from '@tanstack/react-query'
import { lazy, useMemo, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { type CardTable, type Cell, isRecordCell, type PipelineQuery, type RecordCell } from '../api/card'
import { ask } from '../api/pipeline'
import { localeOf } from '../i18n'
import { objectOfColumn } from '../records/objects'
import { Later } from '../ui/Later'
import { ProblemNote } from '../ui/ProblemNote'
import { FileButton } from './FileButton'
import { LazyTable } from './LazyTable'

const RecordSheet = lazy(() => import('../records/RecordSheet'))

interface Props {
  query: PipelineQuery
  language: string
  /** The row of the query's answer whose records are shown, and what it is called; all that are behind it without one. */
  row?: { cells: Cell[]; name: string } | null
  onAll?: (() => void) | undefined
}

/** The rows of all pages, each record once: one that was made meanwhile moves the others on. */
export function together(tables: readonly CardTable[]): CardTable | null {
  const [first] = tables
  if (!first) return null
  const seen = new Set<string>()
  const rows = tables
    .flatMap(table => table.rows)
    .filter(([record]) => {
      if (!isRecordCell(record)) return true
      if (seen.has(record.id)) return false
      seen.add(record.id)
      return true
    })
  return { ...first, rows }
}

/** The records behind the numbers, page by page; each of them can be opened. */
export function DrillDown({ query, language, row = null, onAll }: Props) {
  const { t, i18n } = useTranslation()
  const [open, setOpen] = useState<{ object: string; record: RecordCell } | null>(null)
  const asked = { query, language, ...(row ? { row: row.cells } : {}) }
  const records = useInfiniteQuery({
    queryKey: ['drill-down', query, row?.cells ?? null, language],
    queryFn: ({ pageParam, signal }) =>
      ask({ ...asked, ...(pageParam ? { cursor: pageParam } : {}) }, signal),
    initialPageParam: '',
    getNextPageParam: card => card.next_cursor ?? null,
    staleTime: 60_000,
  })
  const pages = records.data?.pages
  const table = useMemo(() => together((pages ?? []).flatMap(({ table }) => table ?? [])), [pages])
  const card = pages?.[0]
  const head = row && (
    <p className="fine row-of">
      {t('card.records_of', { name: row.name })}
      {onAll && (
        <Button className="link" onPress={onAll}>
          {t('card.records_all')}
        </Button>
      )}
    </p>
  )
  if (!card) {
    return (
      <>
        {head}
        {records.isError ? (
          <ProblemNote error={records.error} onRetry={() => void records.refetch()} />
        ) : (
          <div className="skeleton block" role="status" aria-label={t('common.loading')} />
        )}
      </>
    )
  }
  if (!table) return <p className="fine">{card.sentence}</p>
  const openOne = (record: RecordCell, column: string) => {
    const object = objectOfColumn(query.entity, column)
    if (object) setOpen({ object, record })
  }
  const number = (count: number) => new Intl.NumberFormat(localeOf(i18n.language)).format(count)
  // The last note says how many are shown, which here grows.
  const notes = table.cut ? card.notes.slice(0, -1) : card.notes
  return (
    <>
      {head}
      {notes.map(note => (
        <p key={note} className="fine" lang={card.language}>
          {note}
        </p>
      ))}
      <LazyTable
        card={card}
        table={table}
        label={t('card.records')}
        onOpen={openOne}
        canOpen={column => objectOfColumn(query.entity, column) !== null}
      />
      <div className="pages">
        {table.cut && (
          <span className="fine" role="status">
            {t('card.shown_of', { shown: number(table.rows.length), all: number(table.records) })}
          </span>
        )}
        {records.hasNextPage && (
          <Button
            className="button quiet small"
            isDisabled={records.isFetchingNextPage}
            onPress={() => void records.fetchNextPage()}
          >
            {t('card.more')}
          </Button>
        )}
        {records.isFetchNextPageError && <ProblemNote error={records.error} />}
        {table.rows.length > 0 && (
          <FileButton asked={asked} name={row?.name ?? card.sentence} label={t('card.records_csv')} />
        )}
      </div>
      <Later when={open !== null}>
        <RecordSheet open={open} onClose={() => setOpen(null)} />
      </Later>
    </>
  )
}
