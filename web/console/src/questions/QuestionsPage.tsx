import { Bell, BellRing, Pencil, Pin, PinOff, Trash2 } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import type { SavedQuestion } from '../api/pipeline'
import { humanize } from '../records/fields'
import { useTitle } from '../shell/useTitle'
import { Field } from '../ui/Field'
import { IconButton } from '../ui/IconButton'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'
import { AlertSheet } from './AlertSheet'
import { openPath } from './openPath'
import { useChange, useDelete, useQuestions } from './useQuestions'

type Doing = { what: 'alert' | 'rename' | 'delete'; saved: SavedQuestion }

export default function QuestionsPage() {
  const { t } = useTranslation()
  const questions = useQuestions()
  const change = useChange()
  const [doing, setDoing] = useState<Doing | null>(null)
  useTitle(t('questions.title'))
  const close = () => setDoing(null)
  const saved = (what: Doing['what']) => (doing?.what === what ? doing.saved : null)

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
      <ul className="question-list">
        {questions.data?.map(question => (
          <li key={question.id}>
            <div className="question-words">
              <Link to={openPath(question)}>{question.name}</Link>
              {question.question && question.question !== question.name && (
                <span className="fine">{question.question}</span>
              )}
              {question.alert && (
                <span className="badge">
                  <BellRing aria-hidden size={12} />
                  {t('alert.said', {
                    measure: humanize(question.alert.measure),
                    op: t(`alert.${question.alert.op}`),
                    value: question.alert.value,
                  })}
                </span>
              )}
            </div>
            <div className="question-actions">
              <IconButton
                icon={question.pinned ? PinOff : Pin}
                label={t(question.pinned ? 'questions.unpin_name' : 'questions.pin_name', {
                  name: question.name,
                })}
                onPress={() => change.mutate({ saved: question, patch: { pinned: !question.pinned } })}
              />
              <IconButton
                icon={question.alert ? BellRing : Bell}
                label={t('questions.alert_name', { name: question.name })}
                onPress={() => setDoing({ what: 'alert', saved: question })}
              />
              <IconButton
                icon={Pencil}
                label={t('questions.rename', { name: question.name })}
                onPress={() => setDoing({ what: 'rename', saved: question })}
              />
              <IconButton
                icon={Trash2}
                label={t('questions.delete', { name: question.name })}
                onPress={() => setDoing({ what: 'delete', saved: question })}
              />
            </div>
          </li>
        ))}
      </ul>
      <AlertSheet saved={saved('alert')} onClose={close} />
      <RenameSheet saved={saved('rename')} onClose={close} />
      <DeleteSheet saved={saved('delete')} onClose={close} />
    </div>
  )
}

interface SheetProps {
  saved: SavedQuestion | null
  onClose: () => void
}

function RenameSheet({ saved, onClose }: SheetProps) {
  const { t } = useTranslation()
  return (
    <Sheet
      title={t('questions.rename', { name: saved?.name ?? '' })}
      isOpen={saved !== null}
      onClose={onClose}
    >
      {saved && <RenameForm saved={saved} onClose={onClose} />}
    </Sheet>
  )
}

function RenameForm({ saved, onClose }: { saved: SavedQuestion; onClose: () => void }) {
  const { t } = useTranslation()
  const change = useChange()
  const [name, setName] = useState(saved.name)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim()) change.mutate({ saved, patch: { name: name.trim() } }, { onSuccess: onClose })
  }
  return (
    <Form onSubmit={submit}>
      <Field
        label={t('save.name')}
        value={name}
        onChange={setName}
        maxLength={120}
        autoFocus
        error={name.trim() ? undefined : t('save.name_missing')}
      />
      {change.isError && <ProblemNote error={change.error} />}
      <div className="buttons">
        <Button className="button" onPress={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" className="button primary" isPending={change.isPending}>
          {t('common.save')}
        </Button>
      </div>
    </Form>
  )
}

function DeleteSheet({ saved, onClose }: SheetProps) {
  const { t } = useTranslation()
  const tell = useTell()
  const remove = useDelete()
  const go = () => {
    if (!saved) return
    remove.mutate(saved, {
      onSuccess: () => {
        tell(t('questions.deleted', { name: saved.name }))
        onClose()
      },
    })
  }
  return (
    <Sheet
      title={t('questions.delete_title', { name: saved?.name ?? '' })}
      isOpen={saved !== null}
      onClose={onClose}
    >
      <p>{t('questions.delete_hint')}</p>
      {remove.isError && <ProblemNote error={remove.error} />}
      <div className="buttons">
        <Button className="button" onPress={onClose} autoFocus>
          {t('common.cancel')}
        </Button>
        <Button className="button danger" onPress={go} isPending={remove.isPending}>
          {t('questions.delete_submit')}
        </Button>
      </div>
    </Sheet>
  )
}
