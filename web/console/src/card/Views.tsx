import { ChevronRight } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import {
  Button,
  Disclosure,
  DisclosurePanel,
  Heading,
  Tab,
  TabList,
  TabPanel,
  Tabs,
} from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { AnswerCard } from '../api/card'
import { Boundary } from '../ui/Boundary'
import { isOneNumber } from './BigNumber'
import { DrillDown } from './DrillDown'
import { rowName } from './format'
import { LazyTable } from './LazyTable'
import { QueryView } from './QueryView'
import { useFormat } from './useFormat'

// The chart library is bigger than all the rest and comes when the first chart is shown.
const Chart = lazy(() => import('./Chart'))

/** The answer's pictures and tables, one at a time. */
export function Views({ card }: { card: AnswerCard }) {
  const { t } = useTranslation()
  const { table, chart } = card
  const format = useFormat(card)
  const [view, setView] = useState<string | null>(null)
  const [row, setRow] = useState<number | null>(null)
  const hasTable = table !== null && !(isOneNumber(table) && !chart)
  const views = [
    chart ? 'chart' : null,
    hasTable ? 'table' : null,
    card.drill_down || row !== null ? 'records' : null,
    card.query ? 'query' : null,
  ].filter(view => view !== null)
  const [first] = views
  if (!first) return null
  // From a row, or from what stands for it in the picture, to its records.
  const openRow = (at: number) => {
    if (!table?.opens?.[at]) return
    setRow(at)
    setView('records')
  }
  const onRow = card.query && table?.opens?.includes(true) ? openRow : undefined
  const cells = row === null ? undefined : table?.rows[row]
  const list =
    card.query && table && cells
      ? { query: card.query, row: { cells, name: rowName(cells, table, format) } }
      : card.drill_down && { query: card.drill_down, row: null }
  const tabs = (
    <Tabs
      className="views"
      keyboardActivation="manual"
      selectedKey={view ?? first}
      onSelectionChange={key => setView(String(key))}
    >
      <TabList className="tabs" aria-label={t('card.views')}>
        {views.map(view => (
          <Tab key={view} id={view} className="tab">
            {t(`card.${view}`)}
          </Tab>
        ))}
      </TabList>
      {chart && (
        <TabPanel id="chart" className="view">
          <Boundary fallback={<p className="note">{t('card.chart_failed')}</p>}>
            <Suspense
              fallback={<div className="skeleton chart" role="status" aria-label={t('card.chart_loading')} />}
            >
              <Chart spec={chart} label={card.sentence} onRow={onRow} />
            </Suspense>
          </Boundary>
        </TabPanel>
      )}
      {hasTable && (
        <TabPanel id="table" className="view">
          <LazyTable card={card} table={table} label={card.sentence} onRow={onRow} />
        </TabPanel>
      )}
      {list && (
        <TabPanel id="records" className="view">
          <DrillDown
            {...list}
            language={card.language}
            onAll={card.drill_down ? () => setRow(null) : undefined}
          />
        </TabPanel>
      )}
      {card.query && (
        <TabPanel id="query" className="view">
          <QueryView query={card.query} />
        </TabPanel>
      )}
    </Tabs>
  )
  if (chart || hasTable) return tabs
  // One number says it all: where it comes from is a press away.
  return (
    <Disclosure className="disclosure">
      <Heading>
        <Button slot="trigger" className="button quiet small">
          <ChevronRight aria-hidden size={14} className="chevron" />
          {t(card.drill_down ? 'card.behind' : 'card.query')}
        </Button>
      </Heading>
      <DisclosurePanel>{tabs}</DisclosurePanel>
    </Disclosure>
  )
}
