import { Info } from 'lucide-react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { AnswerCard, Choice } from '../api/card'
import { Actions } from './Actions'
import { BigNumber, isOneNumber } from './BigNumber'
import { How } from './How'
import { Views } from './Views'

interface Props {
  card: AnswerCard
  run: string | null
  onChoose: (choice: Choice) => void
  onAsk: (words: string) => void
  onSave: () => void
}

/** An answer: what it says, what it shows, and how it came about. */
export function CardView({ card, run, onChoose, onAsk, onSave }: Props) {
  const { t } = useTranslation()
  return (
    <article className={`card ${card.kind}`} aria-label={t('card.label')}>
      <p className="sentence" lang={card.language}>
        {card.sentence}
      </p>
      {card.table && isOneNumber(card.table) && <BigNumber card={card} table={card.table} />}
      {card.notes.length > 0 && (
        <ul className="notes" aria-label={t('card.notes')} lang={card.language}>
          {card.notes.map(note => (
            <li key={note}>
              <Info aria-hidden size={14} />
              {note}
            </li>
          ))}
        </ul>
      )}
      {card.choices.length > 0 && (
        <div>
          <h3 className="eyebrow">{t('card.choices')}</h3>
          <ul className="choices" aria-label={t('card.choices')} lang={card.language}>
            {card.choices.map(choice => (
              <li key={choice.label}>
                <Button className="choice" onPress={() => onChoose(choice)}>
                  {choice.label}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {card.kind === 'answer' && <Views card={card} />}
      {card.suggestions.length > 0 && (
        <div>
          <h3 className="eyebrow">{t('card.suggestions')}</h3>
          <ul className="samples" aria-label={t('card.suggestions')} lang={card.language}>
            {card.suggestions.map(words => (
              <li key={words}>
                <Button className="sample" onPress={() => onAsk(words)}>
                  {words}
                </Button>
              </li>
            ))}
          </ul>
        </div>
      )}
      {card.kind === 'answer' && <How card={card} />}
      <Actions card={card} run={run} onSave={onSave} />
    </article>
  )
}
