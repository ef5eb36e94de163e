import { type FormEvent, useEffect, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { Alert, SavedQuestion } from '../api/pipeline'
import { localeOf } from '../i18n'
import { humanize } from '../records/fields'
import { Field } from '../ui/Field'
import { useTell } from '../ui/Notices'
import { Pick } from '../ui/Pick'
import { ProblemNote } from '../ui/ProblemNote'
import { Sheet } from '../ui/Sheet'
import { readNumber, showNumber, writeNumber } from './number'
import { useChange } from './useQuestions'

const OPS = ['gt', 'gte', 'lt', 'lte'] as const

/** Sets when a saved question's number is out of bounds. */
export function AlertSheet({ saved, onClose }: { saved: SavedQuestion | null; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Sheet title={t('alert.title', { name: saved?.name ?? '' })} isOpen={saved !== null} onClose={onClose}>
      {saved && <AlertForm saved={saved} onClose={onClose} />}
    </Sheet>
  )
}

function AlertForm({ saved, onClose }: { saved: SavedQuestion; onClose: () => void }) {
  const { t, i18n } = useTranslation()
  const locale = localeOf(i18n.language)
  const tell = useTell()
  const change = useChange()
  // Only one number can be out of bounds: a question without groups.
  const isOne =
    !saved.query.form && !(Array.isArray(saved.query.dimensions) && saved.query.dimensions.length > 0)
  const measures = isOne ? (saved.query.measures ?? []) : []
  const [measure, setMeasure] = useState(saved.alert?.measure ?? measures[0] ?? '')
  const [op, setOp] = useState<Alert['op']>(saved.alert?.op ?? 'lt')
  const [value, setValue] = useState(saved.alert ? writeNumber(saved.alert.value, locale) : '')
  const [isTried, setTried] = useState(false)
  const number = readNumber(value, locale)
  const understood = number !== null && number !== 'twice' ? number.value : null
  const { reset } = change
  useEffect(() => reset, [reset])

  const put = (alert: Alert | null) =>
    change.mutate(
      { saved, patch: { alert } },
      {
        onSuccess: () => {
          tell(t('questions.changed'))
          onClose()
        },
      },
    )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (understood !== null) put({ measure, op, value: understood })
  }
  if (measures.length === 0) return <p>{t('alert.none')}</p>
  return (
    <Form onSubmit={submit}>
      <p>{t('alert.hint')}</p>
      <Pick
        label={t('alert.measure')}
        options={measures.map(id => ({ id, words: humanize(id) }))}
        value={measure}
        onChange={setMeasure}
      />
      <Pick
        label={t('alert.op')}
        options={OPS.map(id => ({ id, words: t(`alert.${id}`) }))}
        value={op}
        onChange={setOp}
      />
      <Field
        label={t('alert.value')}
        hint={
          understood === null
            ? t('alert.value_percent')
            : t('alert.value_understood', { value: showNumber(understood, locale) })
        }
        value={value}
        onChange={setValue}
        inputMode="decimal"
        error={
          isTried && understood === null
            ? t(number === 'twice' ? 'alert.value_twice' : 'alert.value_bad')
            : undefined
        }
      />
      {change.isError && <ProblemNote error={change.error} />}
      <div className="buttons">
        {saved.alert && (
          <Button className="button danger" onPress={() => put(null)}>
            {t('alert.remove')}
          </Button>
        )}
        <Button type="submit" className="button primary" isPending={change.isPending}>
          {t('alert.submit')}
        </Button>
      </div>
    </Form>
  )
}
