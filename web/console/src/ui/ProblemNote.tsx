import { TriangleAlert } from 'lucide-react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { ApiProblem, NetworkProblem } from '../api/problem'

/** What went wrong, in the service's words, with the id to name when asking for help. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const { t } = useTranslation()
  const isApi = error instanceof ApiProblem
  const words = isApi ? error.message : error instanceof NetworkProblem ? t('problem.network') : String(error)
  return (
    <div className="problem" role="alert">
      <TriangleAlert aria-hidden size={18} />
      <div>
        <p>
          <strong>{t('problem.title')}</strong> {words}
        </p>
        {isApi && error.errors.length > 1 && (
          <ul>
            {error.errors.map(({ pointer, message }) => (
              <li key={pointer}>
                <code>{pointer}</code> {message}
              </li>
            ))}
          </ul>
        )}
        <p className="fine">
          {isApi && error.retryAfter ? `${t('problem.wait', { seconds: error.retryAfter })} ` : null}
          {isApi && error.requestId ? t('problem.request', { id: error.requestId }) : null}
        </p>
        {onRetry && (
          <Button className="button" onPress={onRetry}>
            {t('problem.retry')}
          </Button>
        )}
      </div>
    </div>
  )
}
