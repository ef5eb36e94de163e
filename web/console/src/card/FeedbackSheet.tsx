import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { giveFeedback, type Judged } from '../api/pipeline'
import { Field } from '../ui/Field'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'

/** Says that a question was read wrongly, and how it was meant. */
export default function FeedbackSheet({
  judged,
  isOpen,
  onClose,
}: {
  judged: Judged
  isOpen: boolean
  onClose: () => void
}) {
  const { t } = useTranslation()
  const tell = useTell()
  const [comment, setComment] = useState('')
  const send = useMutation({
    mutationFn: () => giveFeedback(judged, 'bad', comment.trim()),
    onSuccess: () => {
      tell(t('feedback.sent'))
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  return (
    <Sheet title={t('feedback.title')} isOpen={isOpen} onClose={onClose}>
      <Form onSubmit={submit}>
        <p>{t('feedback.hint')}</p>
        <Field
          label={t('feedback.comment')}
          isLong
          autoFocus
          value={comment}
          onChange={setComment}
          maxLength={4000}
        />
        {send.isError && <ProblemNote error={send.error} />}
        <div className="buttons">
          <Button className="button" onPress={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" className="button primary" isPending={send.isPending}>
            {t('feedback.send')}
          </Button>
        </div>
      </Form>
    </Sheet>
  )
}
