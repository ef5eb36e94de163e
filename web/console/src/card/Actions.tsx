import { Bookmark, Link2, ThumbsDown } from 'lucide-react'
import { lazy, useState } from 'react'
import { Toolbar } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { AnswerCard } from '../api/card'
import type { Judged } from '../api/pipeline'
import { replayPath } from '../ask/replay'
import { copy } from '../ui/clipboard'
import { IconButton } from '../ui/IconButton'
import { Later } from '../ui/Later'
import { useTell } from '../ui/Notices'
import { FileButton } from './FileButton'

const FeedbackSheet = lazy(() => import('./FeedbackSheet'))

interface Props {
  card: AnswerCard
  run: string | null
  onSave: () => void
}

/** What one can do with an answer. */
export function Actions({ card, run, onSave }: Props) {
  const { t } = useTranslation()
  const tell = useTell()
  const [isJudging, setJudging] = useState(false)
  const { query, table } = card
  const copyLink = async () => {
    if (!query) return
    const link = new URL(`/console${replayPath(query)}`, location.origin).href
    if (await copy(link)) tell(t('card.link_copied'))
  }
  const isAnswer = card.kind === 'answer'
  const judged: Judged | null = card.id ? { card_id: card.id } : run ? { run_id: run } : null
  if (!query && !judged) return null
  return (
    <Toolbar className="actions" aria-label={t('card.label')}>
      {isAnswer && query && <IconButton icon={Bookmark} label={t('card.save')} onPress={onSave} isWide />}
      {query && table && table.rows.length > 0 && (
        <FileButton
          asked={{ query, language: card.language }}
          name={card.question ?? card.sentence}
          label={t('card.csv')}
        />
      )}
      {query && <IconButton icon={Link2} label={t('card.link')} onPress={() => void copyLink()} />}
      {judged && <IconButton icon={ThumbsDown} label={t('card.wrong')} onPress={() => setJudging(true)} />}
      {judged && (
        <Later when={isJudging}>
          <FeedbackSheet judged={judged} isOpen={isJudging} onClose={() => setJudging(false)} />
        </Later>
      )}
    </Toolbar>
  )
}
