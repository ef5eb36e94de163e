import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { overrideScore, type Said } from '../api/leads'
import { Field } from '../ui/Field'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'
import { readPercent } from './percent'

interface Props {
  id: string
  /** What was said before. */
  now: Said | null
  isOpen: boolean
  onClose: () => void
}

/** Says in one's own name how likely a lead converts, and why. */
export function OverrideSheet({ id, now, isOpen, onClose }: Props) {
  const { t } = useTranslation()
  const tell = useTell()
  const cache = useQueryClient()
  const [share, setShare] = useState(
    typeof now?.probability === 'number' ? String(Math.round(now.probability * 1000) / 10) : '',
  )
  const [reason, setReason] = useState(now?.reason ?? '')
  const [isChecked, setChecked] = useState(false)
  const probability = readPercent(share)
  const send = useMutation({
    mutationFn: (probability: number) => overrideScore(id, { probability, reason: reason.trim() }),
    onSuccess: () => {
      tell(t('leads.said'))
      void cache.invalidateQueries({ queryKey: ['leads'] })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (probability !== null && reason.trim()) send.mutate(probability)
  }
  return (
    <Sheet title={t('leads.say')} isOpen={isOpen} onClose={onClose}>
      <Form onSubmit={submit}>
        <p>{t('leads.say_hint')}</p>
        <Field
          label={t('leads.share')}
          inputMode="decimal"
          autoFocus
          value={share}
          onChange={setShare}
          error={isChecked && probability === null ? t('leads.share_bad') : undefined}
        />
        <Field
          label={t('leads.reason')}
          isLong
          value={reason}
          onChange={setReason}
          maxLength={4000}
          error={isChecked && !reason.trim() ? t('leads.reason_missing') : undefined}
        />
        {send.isError && <ProblemNote error={send.error} />}
        <div className="buttons">
          <Button className="button" onPress={onClose}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" className="button primary" isPending={send.isPending}>
            {t('common.save')}
          </Button>
        </div>
      </Form>
    </Sheet>
  )
}
