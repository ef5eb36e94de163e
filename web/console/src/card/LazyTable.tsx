import { type ComponentProps, lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'

// Sorting and virtual rows come with the first table, not with the page.
const DataTable = lazy(() => import('./DataTable'))

export function LazyTable(props: ComponentProps<typeof DataTable>) {
  const { t } = useTranslation()
  return (
    <Suspense fallback={<div className="skeleton block" role="status" aria-label={t('common.loading')} />}>
      <DataTable {...props} />
    </Suspense>
  )
}
