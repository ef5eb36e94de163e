import { LoaderCircle, WifiOff } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Choice } from '../api/card'
import { CardView } from '../card/CardView'
import { ProblemNote } from '../ui/ProblemNote'
import type { Turn } from './thread'

interface Props {
  turn: Turn
  onChoose: (choice: Choice) => void
  onAsk: (words: string) => void
  onRetry: () => void
  onSave: () => void
}

/** A question and what came of it. */
export function TurnView({ turn, onChoose, onAsk, onRetry, onSave }: Props) {
  const { t } = useTranslation()
  return (
    <li className="turn" id={`turn-${turn.id}`}>
      <h2 className="asked">
        <span className="visually-hidden">{t('ask.you_asked')}: </span>
        {turn.label}
      </h2>
      {turn.state === 'asking' && <Waiting turn={turn} />}
      {turn.state === 'stopped' && <p className="fine">{t('ask.stopped')}</p>}
      {turn.state === 'failed' && <ProblemNote error={turn.error} onRetry={onRetry} />}
      {turn.state === 'answered' && turn.card && (
        <CardView card={turn.card} run={turn.run} onChoose={onChoose} onAsk={onAsk} onSave={onSave} />
      )}
    </li>
  )
}

function Waiting({ turn }: { turn: Turn }) {
  const { t } = useTranslation()
  return (
    <div className="card waiting" aria-busy="true">
      {turn.text ? (
        <p className="sentence">{turn.text}</p>
      ) : (
        <>
          <div className="skeleton line wide" />
          <div className="skeleton line" />
          <div className="skeleton block" />
        </>
      )}
      <p className="fine working">
        {turn.isLost ? (
          <WifiOff aria-hidden size={14} />
        ) : (
          <LoaderCircle aria-hidden size={14} className="spin" />
        )}
        {turn.isLost ? t('ask.reconnecting') : turn.isCounting ? t('ask.counting') : t('ask.thinking')}
      </p>
    </div>
  )
}
