import { useVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { ProblemNote } from '../ui/ProblemNote'

export interface ListColumn<T> {
  key: string
  words: string
  isNumber?: boolean
  /** The direction that the service sorted it in, if it did. */
  sorted?: 'ascending' | 'descending' | undefined
  cell: (row: T) => ReactNode
}

interface Props<T> {
  label: string
  rows: readonly T[]
  idOf: (row: T) => string
  /** The first one names the row. */
  columns: readonly ListColumn<T>[]
  hasMore: boolean
  isLoadingMore: boolean
  /** Why the last page did not come. */
  error: unknown
  onMore: () => void
  /** How many there are, in words, once all are loaded. */
  every: string
}

const ROW_PX = 76
/** So many rows before the end the next page is asked for. */
const AHEAD = 12

/** How far the table is below the top of what scrolls, also when something above it comes or goes. */
function useMargin(table: React.RefObject<HTMLElement | null>) {
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    const page = table.current?.closest('.page')
    if (!page) return
    const look = () => setMargin(table.current?.offsetTop ?? 0)
    look()
    const observer = new ResizeObserver(look)
    for (const part of page.children) observer.observe(part)
    return () => observer.disconnect()
  }, [table])
  return margin
}

/** A table of any length: pages come as one scrolls, and only the rows in view are in the document. */
export default function EndlessTable<T>({
  label,
  rows,
  idOf,
  columns,
  hasMore,
  isLoadingMore,
  error,
  onMore,
  every,
}: Props<T>) {
  const { t } = useTranslation()
  const table = useRef<HTMLTableElement>(null)
  const margin = useMargin(table)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => document.getElementById('content'),
    estimateSize: () => ROW_PX,
    getItemKey: at => {
      const row = rows[at]
      return row === undefined ? at : idOf(row)
    },
    overscan: 10,
    scrollMargin: margin,
    initialRect: { width: 800, height: 800 },
  })
  const items = virtual.getVirtualItems()
  const first = items[0]
  const last = items.at(-1)
  const before = first ? first.start - margin : 0
  const after = last ? virtual.getTotalSize() - (last.end - margin) : 0
  const isNearEnd = last === undefined ? rows.length === 0 : last.index >= rows.length - AHEAD
  const shouldLoad = isNearEnd && hasMore && !isLoadingMore && !error
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same page is asked for once, whoever asks
  useEffect(() => {
    if (shouldLoad) onMore()
  }, [shouldLoad, rows.length])

  const count = hasMore ? -1 : rows.length + 1
  return (
    <>
      <table className="endless" aria-label={label} aria-rowcount={count} ref={table}>
        <thead>
          <tr aria-rowindex={1}>
            {columns.map(({ key, words, isNumber, sorted }) => (
              <th
                key={key}
                scope="col"
                className={isNumber ? `number of-${key}` : `of-${key}`}
                aria-sort={sorted}
              >
                {words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <Gap height={before} columns={columns.length} />}
          {items.map(item => {
            const row = rows[item.index]
            if (row === undefined) return null
            return (
              <tr
                key={item.key}
                data-index={item.index}
                ref={virtual.measureElement}
                aria-rowindex={item.index + 2}
              >
                {columns.map(({ key, words, isNumber, cell }, at) => {
                  const classes = isNumber ? `number of-${key}` : `of-${key}`
                  return at === 0 ? (
                    <th key={key} scope="row" className={classes}>
                      {cell(row)}
                    </th>
                  ) : (
                    <td key={key} className={classes} data-words={words}>
                      {cell(row)}
                    </td>
                  )
                })}
              </tr>
            )
          })}
          {after > 0 && <Gap height={after} columns={columns.length} />}
        </tbody>
      </table>
      {Boolean(error) && <ProblemNote error={error} onRetry={onMore} />}
      <div className="endless-foot">
        <p className="fine" role="status">
          {hasMore ? t('chance.loaded', { count: rows.length }) : every}
        </p>
        {hasMore && !error && (
          <Button className="button" onPress={onMore} isPending={isLoadingMore}>
            {t(isLoadingMore ? 'chance.loading_more' : 'chance.more')}
          </Button>
        )}
      </div>
    </>
  )
}

/** The room of the rows that are not in the document. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr className="gap">
      <td colSpan={columns} style={{ height }} />
    </tr>
  )
}
