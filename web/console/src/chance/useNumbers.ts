import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { Chance } from '../api/chance'
import { useMe } from '../auth/useSession'
import { formatTime } from '../card/format'
import { localeOf } from '../i18n'
import { formatValue } from '../records/fields'

/** Chances, points, amounts and days as the page's language writes them. */
export function useNumbers() {
  const { t, i18n } = useTranslation()
  const zone = useMe().data?.tenant.timezone ?? 'UTC'
  const locale = localeOf(i18n.language)
  return useMemo(() => {
    const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
    const points = new Intl.NumberFormat(locale, {
      minimumFractionDigits: 1,
      maximumFractionDigits: 1,
      signDisplay: 'exceptZero',
    })
    const odds = new Intl.NumberFormat(locale, {
      minimumFractionDigits: 3,
      maximumFractionDigits: 3,
      signDisplay: 'exceptZero',
    })
    const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0, signDisplay: 'negative' })
    const words = { yes: '', no: '' }
    return {
      percent: (share: number) => percent.format(share),
      whole: (value: number) => whole.format(value),
      points: (value: number) => points.format(value),
      odds: (value: number) => odds.format(value),
      value: (value: unknown) => formatValue(value, locale, zone, words),
      time: (instant: string) => formatTime(instant, locale, zone),
      interval: ({ low, high }: Chance) =>
        t('chance.interval', { low: percent.format(low), high: percent.format(high) }),
    }
  }, [locale, zone, t])
}
