import { useTranslation } from 'react-i18next'

import type { Band } from '../api/accounts'

const LOOKS: Record<Band, string> = { healthy: 'badge', watch: 'badge warn', at_risk: 'badge danger' }

/** The health of a customer in a word. */
export function BandBadge({ band }: { band: Band }) {
  const { t } = useTranslation()
  return <span className={LOOKS[band]}>{t(`accounts.${band}`)}</span>
}
