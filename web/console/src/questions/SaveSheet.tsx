import { type FormEvent, useEffect, useState } from 'react'
import { Button, Form, Switch } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { PipelineQuery } from '../api/card'
import type { Sharing } from '../api/pipeline'
import { Field } from '../ui/Field'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'
import { ShareField } from './ShareField'
import { useSave } from './useQuestions'

export interface ToSave {
  name: string
  question: string | null
  query: PipelineQuery
}

/** Names a question and keeps it. */
export default function SaveSheet({ toSave, onClose }: { toSave: ToSave | null; onClose: () => void }) {
  const { t } = useTranslation()
  const tell = useTell()
  const save = useSave()
  const [name, setName] = useState('')
  const [isPinned, setPinned] = useState(true)
  const [sharing, setSharing] = useState<Sharing>({ visibility: 'private' })
  const { reset } = save

  useEffect(() => {
    if (!toSave) return
    setName(toSave.name.slice(0, 120))
    setPinned(true)
    setSharing({ visibility: 'private' })
    reset()
  }, [toSave, reset])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const trimmed = name.trim()
    if (!toSave || !trimmed) return
    save.mutate(
      { name: trimmed, question: toSave.question, query: toSave.query, pinned: isPinned, ...sharing },
      {
        onSuccess: () => {
          tell(t('save.saved', { name: trimmed }))
          onClose()
        },
      },
    )
  }
  return (
    <Sheet title={t('save.title')} isOpen={toSave !== null} onClose={onClose}>
      <Form onSubmit={submit}>
        <Field
          label={t('save.name')}
          value={name}
          onChange={setName}
          maxLength={120}
          autoFocus
          error={name.trim() ? undefined : t('save.name_missing')}
        />
        <Switch className="switch" isSelected={isPinned} onChange={setPinned}>
          <span className="track" aria-hidden />
          {t('save.pin')}
        </Switch>
        <ShareField value={sharing} onChange={setSharing} />
        {save.isError && <ProblemNote error={save.error} />}
        <div className="buttons">
          <Button className="button" onPress={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" className="button primary" isPending={save.isPending}>
            {t('save.submit')}
          </Button>
        </div>
      </Form>
    </Sheet>
  )
}
