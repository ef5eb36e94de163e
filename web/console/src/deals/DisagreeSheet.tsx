import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { giveOpinion } from '../api/win'
import { Field } from '../ui/Field'
import { useTell } from '../ui/Notices'
import { Pick } from '../ui/Pick'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'

interface Props {
  deal: string
  score: string
  isOpen: boolean
  onClose: () => void
}

/** Says that a probability is too high or too low, and why. */
export function DisagreeSheet({ deal, score, isOpen, onClose }: Props) {
  const { t } = useTranslation()
  const tell = useTell()
  const [direction, setDirection] = useState<'too_high' | 'too_low'>('too_high')
  const [comment, setComment] = useState('')
  const send = useMutation({
    mutationFn: () =>
      giveOpinion(deal, score, {
        verdict: 'bad',
        direction,
        ...(comment.trim() ? { comment: comment.trim() } : {}),
      }),
    onSuccess: () => {
      tell(t('deals.disagreed'))
      setComment('')
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send.mutate()
  }
  return (
    <Sheet title={t('deals.disagree')} isOpen={isOpen} onClose={onClose}>
      <Form onSubmit={submit}>
        <p>{t('deals.disagree_hint')}</p>
        <Pick
          label={t('deals.direction')}
          options={[
            { id: 'too_high', words: t('deals.too_high') },
            { id: 'too_low', words: t('deals.too_low') },
          ]}
          value={direction}
          onChange={setDirection}
        />
        <Field label={t('deals.reason')} isLong value={comment} onChange={setComment} maxLength={4000} />
        {send.isError && <ProblemNote error={send.error} />}
        <div className="buttons">
          <Button className="button" onPress={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" className="button primary" isPending={send.isPending}>
            {t('deals.send')}
          </Button>
        </div>
      </Form>
    </Sheet>
  )
}
