import '../styles/list.css'

import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'

import { ProblemNote } from '../ui/ProblemNote'
import EndlessTable, { type ListColumn } from './EndlessTable'
import type { Endless } from './useEndless'

interface Props<T> {
  endless: Endless<T>
  /** The table's name, what is said when there is nothing, and, once all are loaded, how many there are. */
  words: { label: string; empty: string; emptyHint: string; every: string }
  /** What is to be known before the rows are read. */
  note?: ReactNode
  idOf: (row: T) => string
  /** The first one names the row. */
  columns: readonly ListColumn<T>[]
}

/** A list of any length, or why there is none. */
export function EndlessList<T>({ endless, words, note, idOf, columns }: Props<T>) {
  const { t } = useTranslation()
  const { key, rows, list } = endless
  if (list.isPending) return <div className="skeleton block" role="status" aria-label={t('common.loading')} />
  if (rows.length === 0) {
    return list.isError ? (
      <ProblemNote error={list.error} onRetry={() => void list.refetch()} />
    ) : (
      <div className="nothing">
        <h2>{words.empty}</h2>
        <p>{words.emptyHint}</p>
      </div>
    )
  }
  return (
    <>
      {note && <p className="note">{note}</p>}
      <EndlessTable
        key={key}
        label={words.label}
        rows={rows}
        idOf={idOf}
        columns={columns}
        hasMore={list.hasNextPage}
        isLoadingMore={list.isFetchingNextPage}
        error={list.error}
        onMore={() => void list.fetchNextPage()}
        every={words.every}
      />
    </>
  )
}
