import '../styles/predictions.css'
import '../styles/deals.css'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ArrowLeft, Check, ListPlus, ThumbsDown, ThumbsUp } from 'lucide-react'
import { useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Link, useParams } from 'react-router'

import { getWinCard, giveOpinion, listHistory, type Step, takeStep, type WinCard } from '../api/win'
import { ChanceBar } from '../chance/ChanceBar'
import { History } from '../chance/History'
import { Reasons } from '../chance/Reasons'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import { RecordLink } from '../records/RecordLink'
import { useTitle } from '../shell/useTitle'
import { IconButton } from '../ui/IconButton'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { DisagreeSheet } from './DisagreeSheet'
import de from './de.json'
import en from './en.json'

addWords({ en, de })

/** One deal: how likely it is won, why, what would help, and what was said before. */
export default function DealPage() {
  const { t } = useTranslation()
  const { id = '' } = useParams()
  const read = useQuery({
    queryKey: ['win', id],
    queryFn: ({ signal }) => getWinCard(id, signal),
  })
  const name = read.data?.opportunity?.name ?? t('deals.unnamed')
  useTitle(name)
  return (
    <div className="page">
      <Link to="/deals" className="back">
        <ArrowLeft aria-hidden size={16} />
        {t('deals.title')}
      </Link>
      <h1>{name}</h1>
      {read.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {read.isError && <ProblemNote error={read.error} onRetry={() => void read.refetch()} />}
      {read.data && <Shown id={id} card={read.data} />}
    </div>
  )
}

function Shown({ id, card }: { id: string; card: WinCard }) {
  const { t } = useTranslation()
  const { percent, points } = useNumbers()
  const { reasons, changes, similar, next_steps: steps, moved } = card
  return (
    <>
      <Head id={id} card={card} />
      {reasons && <Reasons reasons={reasons} of="win" self={id} />}
      {changes.length > 0 && (
        <section className="card" aria-labelledby="changes">
          <h2 id="changes" className="card-title">
            {t('deals.changes')}
          </h2>
          <ul className="lines">
            {changes.map(change => (
              <li key={change.feature} className="reason">
                <span>{change.sentence}</span>
                <span className="reason-points">
                  {t('deals.would_be', {
                    to: percent(change.probability),
                    points: points(change.points),
                  })}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {steps.length > 0 && (
        <section className="card" aria-labelledby="steps">
          <h2 id="steps" className="card-title">
            {t('deals.steps')}
          </h2>
          <ul className="lines">
            {steps.map(step => (
              <NextStep key={step.key} id={id} step={step} />
            ))}
          </ul>
        </section>
      )}
      {similar && similar.deals.length > 0 && <Similar similar={similar} />}
      <Before id={id} moved={moved} />
    </>
  )
}

/** The probability, what it rests on, and whether one agrees. */
function Head({ id, card }: { id: string; card: WinCard }) {
  const { t } = useTranslation()
  const tell = useTell()
  const { percent, interval, time } = useNumbers()
  const [isDisagreeing, setDisagreeing] = useState(false)
  const { score, state, model, opportunity } = card
  const agree = useMutation({
    mutationFn: (shown: string) => giveOpinion(id, shown, { verdict: 'good' }),
    onSuccess: () => tell(t('deals.agreed')),
  })
  return (
    <section className="card" aria-label={t('deals.chance')}>
      {state === 'prior' && (
        <p className="note">
          <strong>{t('deals.prior_title')}</strong> {t('deals.prior_hint')}{' '}
          {card.missing && t('chance.because', { why: card.missing })}
        </p>
      )}
      {score && (
        <div className="chance">
          <span className="chance-big">{percent(score.probability)}</span>
          <div className="chance-beside">
            {score.low < score.high && (
              <>
                <ChanceBar chance={score} />
                <span className="fine">{t('chance.interval_90', { interval: interval(score) })}</span>
              </>
            )}
          </div>
        </div>
      )}
      <p className="sentence">{card.sentence}</p>
      <p className="fine facts">
        {opportunity?.stage && <span>{t('deals.stage', { stage: opportunity.stage })}</span>}
        {score && <span>{t('deals.scored', { when: time(score.scored_at) })}</span>}
        <RecordLink path="opportunities" id={id} name={opportunity?.name ?? t('deals.unnamed')}>
          {t('chance.open_record')}
        </RecordLink>
        {model && (
          <span>
            <Link to={`/models?model=${model.id}`}>{t('deals.model', { number: model.number })}</Link>{' '}
            {model.sentence}
          </span>
        )}
      </p>
      {card.notes.map(note => (
        <p key={note} className="fine">
          {note}
        </p>
      ))}
      {agree.isError && <ProblemNote error={agree.error} />}
      {score && card.kind === 'win' && (
        <div className="buttons start">
          <IconButton
            icon={ThumbsUp}
            label={t('deals.agree')}
            isWide
            onPress={() => agree.mutate(score.id)}
            isDisabled={agree.isPending || agree.isSuccess}
          />
          <IconButton
            icon={ThumbsDown}
            label={t('deals.disagree')}
            isWide
            onPress={() => setDisagreeing(true)}
          />
          <DisagreeSheet
            deal={id}
            score={score.id}
            isOpen={isDisagreeing}
            onClose={() => setDisagreeing(false)}
          />
        </div>
      )}
    </section>
  )
}

/** A proposed step; one press makes a task of it, which is then a link in the place of the button. */
function NextStep({ id, step }: { id: string; step: Step }) {
  const { t } = useTranslation()
  const tell = useTell()
  const cache = useQueryClient()
  const take = useMutation({
    mutationFn: () => takeStep(id, step.key),
    onSuccess: () => {
      tell(t('deals.step_taken', { task: step.task }))
      void cache.invalidateQueries({ queryKey: ['win', id] })
    },
  })
  const task = step.task_id ?? take.data?.id
  return (
    <li className="step">
      <div>
        <strong>{step.task}</strong>
        <p>{step.text}</p>
        <p className="fine">{step.why}</p>
        {take.isError && <ProblemNote error={take.error} />}
      </div>
      {task ? (
        <span className="badge">
          <Check aria-hidden size={12} />
          <RecordLink
            path="activities"
            id={task}
            name={step.task}
            label={t('deals.step_open_this', { task: step.task })}
            takesFocus={take.isSuccess}
          >
            {t('deals.step_open')}
          </RecordLink>
        </span>
      ) : (
        <Button
          className="button"
          aria-label={t('deals.step_make_this', { task: step.task })}
          onPress={() => take.mutate()}
          isPending={take.isPending}
        >
          <ListPlus aria-hidden size={16} />
          {t('deals.step_make')}
        </Button>
      )}
    </li>
  )
}

function Similar({ similar }: { similar: NonNullable<WinCard['similar']> }) {
  const { t } = useTranslation()
  const { value } = useNumbers()
  return (
    <section className="card" aria-labelledby="similar">
      <h2 id="similar" className="card-title">
        {t('deals.similar')}
      </h2>
      <p>{similar.sentence}</p>
      <ul className="lines">
        {similar.deals.map(deal => (
          <li key={deal.id}>
            <span>
              <Link to={`/deals/${deal.id}`}>{deal.name ?? t('deals.unnamed')}</Link>{' '}
              <span className="fine">
                {[deal.amount && value(deal.amount), deal.closed_reason].filter(Boolean).join(' · ')}
              </span>
            </span>
            <span className="fine">
              {deal.won !== null && (
                <span className={deal.won ? 'badge' : 'badge plain'}>
                  {t(deal.won ? 'deals.won' : 'deals.lost')}
                </span>
              )}{' '}
              {deal.closed_at && value(deal.closed_at.slice(0, 10))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Before({ id, moved }: { id: string; moved: WinCard['moved'] }) {
  const { t } = useTranslation()
  const read = useQuery({
    queryKey: ['win', id, 'history'],
    queryFn: ({ signal }) => listHistory(id, 200, signal),
  })
  if (read.isError) return <ProblemNote error={read.error} onRetry={() => void read.refetch()} />
  if (!read.data) return null
  return <History past={read.data.data} moved={moved} axis={t('deals.chance')} />
}
