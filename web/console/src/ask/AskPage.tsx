import { lazy, useCallback, useEffect, useRef, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { useLocation, useSearchParams } from 'react-router'

import type { PipelineQuery } from '../api/card'
import type { ToSave } from '../questions/SaveSheet'
import { useShortcut } from '../shell/shortcuts'
import { useTitle } from '../shell/useTitle'
import { Later } from '../ui/Later'
import { Composer } from './Composer'
import { decodeQuery } from './replay'
import { TurnView } from './TurnView'
import { type Turn, useThread } from './thread'

const SaveSheet = lazy(() => import('../questions/SaveSheet'))

/** What the next question follows: the last answer that has a query. */
function lastQuery(turns: Turn[]): { query: PipelineQuery; label: string } | null {
  const turn = turns.findLast(({ card }) => card?.kind === 'answer' && card.query)
  return turn?.card?.query ? { query: turn.card.query, label: turn.label } : null
}

export function AskPage() {
  const { t, i18n } = useTranslation()
  const thread = useThread()
  const { turns, askQuery, askWords, clear } = thread
  const [params, setParams] = useSearchParams()
  const { key: visit } = useLocation()
  const visited = useRef('')
  const [isLoose, setLoose] = useState(false)
  const [hasBadLink, setBadLink] = useState(false)
  const [toSave, setToSave] = useState<ToSave | null>(null)
  const box = useRef<HTMLTextAreaElement>(null)
  useTitle(t('ask.title'))

  // A link or a saved question asks once, and then its query leaves the address.
  useEffect(() => {
    const link = params.get('q')
    // The address changes later than the thread does: each visit asks once.
    if (link === null || visited.current === visit) return
    visited.current = visit
    const query = decodeQuery(link)
    const label = params.get('name') ?? t('ask.opened_link')
    setBadLink(query === null)
    setParams({}, { replace: true })
    if (query) askQuery(query, label, i18n.language)
  }, [params, visit, setParams, askQuery, t, i18n.language])

  const last = turns.at(-1)
  // What comes is brought into view, when it is asked and when it is there: the question at the top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the state is the reason to look again
  useEffect(() => {
    if (last?.id) document.getElementById(`turn-${last.id}`)?.scrollIntoView({ block: 'start' })
  }, [last?.id, last?.state])
  // Where a keyboard is at hand it can write at once.
  useEffect(() => {
    if (matchMedia('(pointer: fine)').matches) box.current?.focus({ preventScroll: true })
  }, [])

  const previous = isLoose ? null : lastQuery(turns)
  const askNow = useCallback(
    (words: string) => {
      askWords(words, previous?.query ?? null)
      setLoose(false)
      setBadLink(false)
    },
    [askWords, previous],
  )
  const save = useCallback((turn: Turn | undefined) => {
    const query = turn?.card?.query
    if (turn && query) setToSave({ name: turn.label, question: turn.card?.question ?? null, query })
  }, [])

  useShortcut('focus', () => box.current?.focus())
  useShortcut('new', () => {
    clear()
    box.current?.focus()
  })
  useShortcut('save', () => save(turns.findLast(({ card }) => card?.query)))

  const isBusy = last?.state === 'asking'
  const said =
    last?.state === 'answered' && last.card ? t('ask.answered', { sentence: last.card.sentence }) : ''
  return (
    <div className="ask">
      <h1 className="visually-hidden">{t('ask.title')}</h1>
      <div className="visually-hidden" role="status">
        {isBusy ? t('ask.thinking') : said}
      </div>
      <div className="thread">
        {hasBadLink && (
          <p className="note" role="alert">
            {t('ask.bad_link')}
          </p>
        )}
        {turns.length === 0 ? (
          <Welcome onAsk={askNow} />
        ) : (
          <ol className="turns" aria-label={t('ask.conversation')}>
            {turns.map(turn => (
              <TurnView
                key={turn.id}
                turn={turn}
                onChoose={choice =>
                  askQuery(choice.query, choice.label, turn.card?.language ?? i18n.language)
                }
                onAsk={askNow}
                onRetry={() => thread.retry(turn)}
                onSave={() => save(turn)}
              />
            ))}
          </ol>
        )}
      </div>
      <Composer
        box={box}
        follows={previous?.label ?? null}
        onUnfollow={() => setLoose(true)}
        isBusy={isBusy}
        onStop={() => last && thread.stop(last)}
        lastAsked={last?.label ?? null}
        onAsk={askNow}
      />
      <Later when={toSave !== null}>
        <SaveSheet toSave={toSave} onClose={() => setToSave(null)} />
      </Later>
    </div>
  )
}

function Welcome({ onAsk }: { onAsk: (words: string) => void }) {
  const { t } = useTranslation()
  const samples = t('ask.samples', { returnObjects: true }) as string[]
  return (
    <section className="welcome">
      <h2>{t('ask.hello')}</h2>
      <p>{t('ask.hello_hint')}</p>
      <h3 className="eyebrow">{t('ask.try')}</h3>
      <ul className="samples">
        {samples.map(sample => (
          <li key={sample}>
            <Button className="sample" onPress={() => onAsk(sample)}>
              {sample}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
