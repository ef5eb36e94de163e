import type { ReactNode } from 'react'

export interface FigureColumn<T> {
  words: string
  /** Words stand on the left, numbers on the right. */
  isWords?: boolean
  cell: (row: T) => ReactNode
}

interface Props<T> {
  /** Its name, where no heading says it. */
  label?: string
  rows: readonly T[]
  idOf: (row: T) => string
  /** The column that names the row. */
  head: { words: string; isWhole?: boolean; cell: (row: T) => ReactNode }
  columns: readonly FigureColumn<T>[]
}

/** A small table of figures, one line for each row, which scrolls sideways where there is no room. */
export function FigureTable<T>({ label, rows, idOf, head, columns }: Props<T>) {
  const Frame = label === undefined ? 'div' : 'section'
  return (
    <Frame className="table-frame" aria-label={label} tabIndex={0}>
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
    </Frame>
  )
}
