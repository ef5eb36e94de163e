import { Copy } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { PipelineQuery } from '../api/card'
import { copy } from '../ui/clipboard'
import { IconButton } from '../ui/IconButton'
import { useTell } from '../ui/Notices'

/** The typed query that was run. */
export function QueryView({ query }: { query: PipelineQuery }) {
  const { t } = useTranslation()
  const tell = useTell()
  const text = JSON.stringify(query, null, 2)
  const copyIt = async () => {
    if (await copy(text)) tell(t('card.copied'))
  }
  return (
    <div className="query">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className="query-text" tabIndex={0}>
        <pre>{text}</pre>
      </div>
      <IconButton icon={Copy} label={t('card.copy')} onPress={() => void copyIt()} />
    </div>
  )
}
