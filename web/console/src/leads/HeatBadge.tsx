import { Flame } from 'lucide-react'
import { useTranslation } from 'react-i18next'

import type { Band } from '../api/leads'

const LOOKS: Record<Band, string> = { hot: 'badge danger', warm: 'badge warn', cold: 'badge plain' }

/** How much a lead is worth turning to, in a word. */
export function HeatBadge({ band }: { band: Band }) {
  const { t } = useTranslation()
  return (
    <span className={LOOKS[band]}>
      {band === 'hot' && <Flame aria-hidden size={12} />}
      {t(`leads.${band}`)}
    </span>
  )
}
