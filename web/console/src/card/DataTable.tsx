import {
  type ColumnDef,
  flexRender,
  getCoreRowModel,
  getSortedRowModel,
  type SortingState,
  useReactTable,
} from '@tanstack/react-table'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp, ChevronsUpDown } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { type AnswerCard, type CardTable, type Cell, isRecordCell, type RecordCell } from '../api/card'
import { compareCells, formatCell, isNumberColumn, rowName, showsCents } from './format'
import { useFormat } from './useFormat'

const ROW_PX = 36

interface Meta {
  withCents: boolean
}

interface Props {
  card: AnswerCard
  table: CardTable
  label: string
  /** Opens the record that a cell of this column names. */
  onOpen?: ((record: RecordCell, column: string) => void) | undefined
  canOpen?: (column: string) => boolean
  /** Shows the records behind a row, where its table says that there is a list of them. */
  onRow?: ((at: number) => void) | undefined
}

/** Rows of any number: only those in view are in the page. */
export default function DataTable({ card, table, label, onOpen, canOpen, onRow }: Props) {
  const { t } = useTranslation()
  const format = useFormat(card)
  const [sorting, setSorting] = useState<SortingState>([])
  const frame = useRef<HTMLDivElement>(null)

  const columns = useMemo<ColumnDef<Cell[]>[]>(
    () =>
      table.columns.map((column, at) => ({
        id: `${at}`,
        meta: { withCents: showsCents(table.rows.map(row => row[at])) },
        header: column.label,
        accessorFn: row => row[at] ?? null,
        sortingFn: (a, b) => compareCells(a.original[at], b.original[at], format.locale),
        sortDescFirst: isNumberColumn(column),
        cell: ({ row, column: { columnDef } }) => {
          const cell = row.original[at]
          const words = formatCell(cell, column, format, (columnDef.meta as Meta).withCents)
          if (onOpen && isRecordCell(cell) && (canOpen?.(column.name) ?? true)) {
            return (
              <Button
                className="link"
                aria-label={t('records.open', { name: words })}
                onPress={() => onOpen(cell, column.name)}
              >
                {words}
              </Button>
            )
          }
          if (onRow && at === 0 && table.opens?.[row.index]) {
            return (
              <Button
                className="link"
                aria-label={t('card.records_of', { name: rowName(row.original, table, format) })}
                onPress={() => onRow(row.index)}
              >
                {words}
              </Button>
            )
          }
          return words
        },
      })),
    [table, format, onOpen, canOpen, onRow, t],
  )
  const model = useReactTable({
    data: table.rows,
    columns,
    state: { sorting },
    onSortingChange: setSorting,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  })
  const rows = model.getRowModel().rows
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    initialRect: { width: 800, height: 420 },
  })
  const items = virtual.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0)

  if (table.rows.length === 0) return <p className="fine empty">{t('card.empty')}</p>
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className="table-frame" ref={frame} tabIndex={0}>
        <table className="table" aria-label={label} aria-rowcount={rows.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              {model.getFlatHeaders().map((header, at) => {
                const column = table.columns[at]
                const sorted = header.column.getIsSorted()
                const Icon = sorted === 'asc' ? ArrowUp : sorted === 'desc' ? ArrowDown : ChevronsUpDown
                return (
                  <th
                    key={header.id}
                    scope="col"
                    className={column && isNumberColumn(column) ? 'number' : ''}
                    aria-sort={sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'}
                  >
                    <button type="button" className="sort" onClick={header.column.getToggleSortingHandler()}>
                      {flexRender(header.column.columnDef.header, header.getContext())}
                      <Icon aria-hidden size={12} className={sorted ? 'sorted' : ''} />
                    </button>
                  </th>
                )
              })}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <Gap height={before} columns={columns.length} />}
            {items.map(item => {
              const row = rows[item.index]
              return row ? (
                <tr key={row.id} aria-rowindex={item.index + 2}>
                  {row.getVisibleCells().map((cell, at) => {
                    const column = table.columns[at]
                    return (
                      <td key={cell.id} className={column && isNumberColumn(column) ? 'number' : ''}>
                        {flexRender(cell.column.columnDef.cell, cell.getContext())}
                      </td>
                    )
                  })}
                </tr>
              ) : null
            })}
            {after > 0 && <Gap height={after} columns={columns.length} />}
          </tbody>
        </table>
      </div>
      <p className="fine rows">
        {t('card.rows', {
          count: table.rows.length,
          shown: new Intl.NumberFormat(format.locale).format(table.rows.length),
        })}
      </p>
    </>
  )
}

/** The room of the rows that are not in the page. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr>
      <td colSpan={columns} style={{ height, padding: 0, border: 0 }} />
    </tr>
  )
}
