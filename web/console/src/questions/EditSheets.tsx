import { type FormEvent, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { SavedQuestion } from '../api/pipeline'
import { Field } from '../ui/Field'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'
import { ShareField, sharingOf } from './ShareField'
import { useChange, useDelete } from './useQuestions'

interface SheetProps {
  saved: SavedQuestion | null
  onClose: () => void
}

export function RenameSheet({ saved, onClose }: SheetProps) {
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

export function DeleteSheet({ saved, onClose }: SheetProps) {
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

export function ShareSheet({ saved, onClose }: SheetProps) {
  const { t } = useTranslation()
  return (
    <Sheet title={t('share.title', { name: saved?.name ?? '' })} isOpen={saved !== null} onClose={onClose}>
      {saved && <ShareForm saved={saved} onClose={onClose} />}
    </Sheet>
  )
}

function ShareForm({ saved, onClose }: { saved: SavedQuestion; onClose: () => void }) {
  const { t } = useTranslation()
  const tell = useTell()
  const change = useChange()
  const [sharing, setSharing] = useState(() => sharingOf(saved))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate(
      { saved, patch: sharing },
      {
        onSuccess: () => {
          tell(t('share.done'))
          onClose()
        },
      },
    )
  }
  return (
    <Form onSubmit={submit}>
      <ShareField value={sharing} onChange={setSharing} />
      {change.isError && <ProblemNote error={change.error} />}
      <div className="buttons">
        <Button className="button" onPress={onClose}>
          {t('common.cancel')}
        </Button>
        <Button type="submit" className="button primary" isPending={change.isPending}>
          {t('share.submit')}
        </Button>
      </div>
    </Form>
  )
}
