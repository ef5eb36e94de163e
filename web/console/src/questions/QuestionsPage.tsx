import { Bell, BellOff, BellRing, Pencil, Pin, PinOff, Share2, Trash2, Users } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { SavedQuestion } from '../api/pipeline'
import { humanize } from '../records/fields'
import { useTitle } from '../shell/useTitle'
import { IconButton } from '../ui/IconButton'
import { ProblemNote } from '../ui/ProblemNote'
import { AlertSheet } from './AlertSheet'
import { DeleteSheet, RenameSheet, ShareSheet } from './EditSheets'
import { openPath } from './openPath'
import { useChange, useQuestions } from './useQuestions'

type What = 'alert' | 'rename' | 'share' | 'delete'

export default function QuestionsPage() {
  const { t } = useTranslation()
  const questions = useQuestions()
  const change = useChange()
  const [doing, setDoing] = useState<{ what: What; saved: SavedQuestion } | null>(null)
  useTitle(t('questions.title'))
  const close = () => setDoing(null)
  const saved = (what: What) => (doing?.what === what ? doing.saved : null)
  const own = questions.data?.filter(question => question.mine) ?? []
  const shared = questions.data?.filter(question => !question.mine) ?? []
  const row = (question: SavedQuestion) => (
    <Row
      key={question.id}
      question={question}
      onPin={() => change.mutate({ saved: question, patch: { pinned: !question.pinned } })}
      onDo={what => setDoing({ what, saved: question })}
    />
  )

  return (
    <div className="page">
      <h1>{t('questions.title')}</h1>
      {questions.isPending && (
        <div className="skeleton block" role="status" aria-label={t('common.loading')} />
      )}
      {questions.isError && <ProblemNote error={questions.error} onRetry={() => void questions.refetch()} />}
      {change.isError && <ProblemNote error={change.error} />}
      {questions.data?.length === 0 && (
        <div className="nothing">
          <h2>{t('questions.empty')}</h2>
          <p>{t('questions.empty_hint')}</p>
          <Link className="button primary" to="/ask">
            {t('questions.ask_now')}
          </Link>
        </div>
      )}
      {own.length > 0 && shared.length > 0 && <h2 className="eyebrow">{t('questions.yours')}</h2>}
      {own.length > 0 && <ul className="question-list">{own.map(row)}</ul>}
      {shared.length > 0 && (
        <>
          <h2 className="eyebrow">{t('share.of_others')}</h2>
          <ul className="question-list">{shared.map(row)}</ul>
        </>
      )}
      <AlertSheet saved={saved('alert')} onClose={close} />
      <RenameSheet saved={saved('rename')} onClose={close} />
      <ShareSheet saved={saved('share')} onClose={close} />
      <DeleteSheet saved={saved('delete')} onClose={close} />
    </div>
  )
}

interface RowProps {
  question: SavedQuestion
  onPin: () => void
  onDo: (what: What) => void
}

/** A question with what one may do to it: pin, alert and sharing are its owner's. */
function Row({ question, onPin, onDo }: RowProps) {
  const { t } = useTranslation()
  const { name, alert, mine } = question
  const failure = question.alert_state?.failure ?? null
  // What was beyond when it could still be read says nothing of now.
  const isBeyond = failure === null && question.alert_state?.beyond === true
  return (
    <li>
      <div className="question-words">
        <Link to={openPath(question)}>{name}</Link>
        {question.question && question.question !== name && <span className="fine">{question.question}</span>}
        {!mine && (
          <span className="fine">
            {question.owner.name ? t('share.by', { name: question.owner.name }) : t('share.by_somebody')}
          </span>
        )}
        {mine && question.visibility !== 'private' && (
          <span className="badge">
            <Users aria-hidden size={12} />
            {t(`share.badge_${question.visibility}`)}
          </span>
        )}
        {alert && (
          <span className={isBeyond ? 'badge warn' : 'badge'}>
            <BellRing aria-hidden size={12} />
            {isBeyond ? `${t('questions.beyond')} ` : ''}
            {t('alert.said', {
              measure: humanize(alert.measure),
              op: t(`alert.${alert.op}`),
              value: alert.value,
            })}
          </span>
        )}
        {alert && failure && (
          <span className="badge warn">
            <BellOff aria-hidden size={12} />
            {t(`alert.failed_${failure}`)}
          </span>
        )}
      </div>
      <div className="question-actions">
        {mine && (
          <>
            <IconButton
              icon={question.pinned ? PinOff : Pin}
              label={t(question.pinned ? 'questions.unpin_name' : 'questions.pin_name', { name })}
              onPress={onPin}
            />
            <IconButton
              icon={alert ? BellRing : Bell}
              label={t('questions.alert_name', { name })}
              onPress={() => onDo('alert')}
            />
            <IconButton icon={Share2} label={t('questions.share', { name })} onPress={() => onDo('share')} />
          </>
        )}
        {question.can_edit && (
          <>
            <IconButton
              icon={Pencil}
              label={t('questions.rename', { name })}
              onPress={() => onDo('rename')}
            />
            <IconButton
              icon={Trash2}
              label={t('questions.delete', { name })}
              onPress={() => onDo('delete')}
            />
          </>
        )}
      </div>
    </li>
  )
}
