import type { ReactNode } from 'react'

export interface FigureColumn<T> {
  words: string
  /** Words stand on the left, numbers on the right. */
  isWords?: boolean
  cell: (row: T) => ReactNode
}

/** Its name: words of its own, or the id of the heading that says it. */
type Named = { label: string; labelledBy?: never } | { label?: never; labelledBy: string }

export type FigureTableProps<T> = Named & {
  rows: readonly T[]
  idOf: (row: T) => string
  /** The column that names the row. */
  head: { words: string; isWhole?: boolean; cell: (row: T) => ReactNode }
  columns: readonly FigureColumn<T>[]
}

/** A small table of figures, one line for each row, which scrolls sideways where there is no room. */
export function FigureTable<T>({ label, labelledBy, rows, idOf, head, columns }: FigureTableProps<T>) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: it groups no fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className="table-frame" role="group" aria-label={label} aria-labelledby={labelledBy} tabIndex={0}>
      <table className="table plain">
        <thead>
          <tr>
            <th scope="col">{head.words}</th>
            {columns.map(({ words, isWords }) => (
              <th key={words} scope="col" className={isWords ? undefined : 'number'}>
                {words}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <tr key={idOf(row)}>
              <th scope="row" className={head.isWhole ? 'whole' : undefined}>
                {head.cell(row)}
              </th>
              {columns.map(({ words, isWords, cell }) => (
                <td key={words} className={isWords ? undefined : 'number'}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
