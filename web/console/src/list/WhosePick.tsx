import { useTranslation } from 'react-i18next'

import { WHOSE, type Whose } from '../api/chance'
import { Pick } from '../ui/Pick'

interface Props {
  value: Whose
  onChange: (value: Whose) => void
}

/** Whose records a list shows. */
export function WhosePick({ value, onChange }: Props) {
  const { t } = useTranslation()
  return (
    <Pick
      label={t('chance.whose')}
      options={WHOSE.map(id => ({ id, words: t(`chance.${id}`) }))}
      value={value}
      onChange={onChange}
    />
  )
}
