import { useTranslation } from 'react-i18next'

import type { Chance } from '../api/chance'
import { ChanceBar } from './ChanceBar'
import { useNumbers } from './useNumbers'

/** A probability in a list: the number, its interval as a bar and in words; or that there is none yet. */
export function ChanceCell({ chance }: { chance: Chance | null }) {
  const { t } = useTranslation()
  const { percent, interval } = useNumbers()
  if (!chance) return <span className="fine">{t('chance.unscored')}</span>
  // What is the same for all has no interval.
  if (chance.low === chance.high) return <span className="deal-percent">{percent(chance.probability)}</span>
  return (
    <span className="chance-cell">
      <span className="deal-percent">{percent(chance.probability)}</span>
      <ChanceBar chance={chance} />
      <span className="fine">{interval(chance)}</span>
    </span>
  )
}
