import { ChevronRight } from 'lucide-react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'

import { type FigureColumn, FigureTable } from './FigureTable'

interface Props<T> {
  /** What opens the table. */
  words: string
  /** Its name: what the picture shows. */
  label: string
  rows: readonly T[]
  idOf: (row: T) => string
  head: { words: string; isWhole?: boolean; cell: (row: T) => React.ReactNode }
  columns: readonly FigureColumn<T>[]
}

/** All points of a picture as a table, for whoever cannot see them; closed until it is asked for. */
export function PlotFigures<T>({ words, ...table }: Props<T>) {
  return (
    <Disclosure className="disclosure">
      <Heading>
        <Button slot="trigger" className="button quiet small">
          <ChevronRight aria-hidden size={14} className="chevron" />
          {words}
        </Button>
      </Heading>
      <DisclosurePanel>
        <FigureTable {...table} />
      </DisclosurePanel>
    </Disclosure>
  )
}
