import { ArrowUp, CornerDownRight, Square, X } from 'lucide-react'
import { type KeyboardEvent, type RefObject, useLayoutEffect, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

/** As many characters as are read as a question; with fewer a card may still say that it has too many words. */
export const LONGEST = 1_000

interface Props {
  box: RefObject<HTMLTextAreaElement | null>
  /** What a follow-up follows. */
  follows: string | null
  onUnfollow: () => void
  isBusy: boolean
  onStop: () => void
  lastAsked: string | null
  onAsk: (words: string) => void
}

export function Composer({ box, follows, onUnfollow, isBusy, onStop, lastAsked, onAsk }: Props) {
  const { t } = useTranslation()
  const [words, setWords] = useState('')
  // Characters, as the service counts them, and not halves of them.
  const length = [...words].length
  const isTooLong = length > LONGEST
  const canAsk = words.trim().length > 0 && !isTooLong && !isBusy

  // The box grows with its words.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the words decide the height
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, 180)}px`
  }, [box, words])

  const askNow = () => {
    if (!canAsk) return
    onAsk(words.trim())
    setWords('')
  }
  const press = (event: KeyboardEvent) => {
    // Enter also ends the composition of a character.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault()
      askNow()
    }
    if (event.key === 'ArrowUp' && words === '' && lastAsked) {
      event.preventDefault()
      setWords(lastAsked)
    }
  }

  return (
    <form
      className="composer"
      onSubmit={event => {
        event.preventDefault()
        askNow()
      }}
    >
      {follows !== null && (
        <div className="follows">
          <CornerDownRight aria-hidden size={14} />
          <span>{t('ask.follows', { label: follows })}</span>
          <Button className="button quiet icon small" aria-label={t('ask.unfollow')} onPress={onUnfollow}>
            <X aria-hidden size={14} />
          </Button>
        </div>
      )}
      <div className="composer-box">
        <textarea
          ref={box}
          rows={1}
          value={words}
          onChange={event => setWords(event.target.value)}
          onKeyDown={press}
          aria-label={t('ask.label')}
          aria-invalid={isTooLong}
          aria-describedby={isTooLong ? 'too-long' : undefined}
          placeholder={follows === null ? t('ask.placeholder') : t('ask.placeholder_follow')}
          enterKeyHint="send"
        />
        {isBusy ? (
          <Button className="button primary icon" aria-label={t('ask.stop')} onPress={onStop}>
            <Square aria-hidden size={14} fill="currentColor" />
          </Button>
        ) : (
          <Button
            type="submit"
            className="button primary icon"
            aria-label={t('ask.send')}
            isDisabled={!canAsk}
          >
            <ArrowUp aria-hidden size={18} />
          </Button>
        )}
      </div>
      {isTooLong && (
        <p id="too-long" className="field-error" role="alert">
          {t('ask.too_long', { max: LONGEST, count: length })}
        </p>
      )}
    </form>
  )
}
