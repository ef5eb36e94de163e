import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'

import type { Json } from '../api/card'
import { Boundary } from '../ui/Boundary'

// The chart library is bigger than all the rest and comes when the first chart is shown.
const Chart = lazy(() => import('./Chart'))

/**
 * A picture that a page makes itself. Whoever shows one puts all its points beside it as text: in a list or table, or behind a
 * button (`PlotFigures`).
 */
export function Plot({ spec, label }: { spec: Record<string, Json>; label: string }) {
  const { t } = useTranslation()
  return (
    <Boundary fallback={<p className="note">{t('card.chart_failed')}</p>}>
      <Suspense
        fallback={<div className="skeleton chart" role="status" aria-label={t('card.chart_loading')} />}
      >
        <Chart spec={spec} label={label} />
      </Suspense>
    </Boundary>
  )
}
