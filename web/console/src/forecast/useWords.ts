import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { Amount, PastQuarter } from '../api/forecast'
import { useMe } from '../auth/useSession'
import { formatTime } from '../card/format'
import { localeOf } from '../i18n'

/** Amounts and days as the page's language writes them. */
export function useWords() {
  const { i18n } = useTranslation()
  const zone = useMe().data?.tenant.timezone ?? 'UTC'
  const locale = localeOf(i18n.language)
  return useMemo(() => {
    const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
    const whole = new Intl.NumberFormat(locale)
    const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' })
    const dayMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' })
    const one = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 })
    const month = new Intl.DateTimeFormat(locale, { month: 'short', year: '2-digit', timeZone: 'UTC' })
    return {
      money: ({ amount, currency }: Amount) =>
        new Intl.NumberFormat(locale, { style: 'currency', currency, maximumFractionDigits: 0 }).format(
          amount as Intl.StringNumericLiteral,
        ),
      percent: (share: number) => percent.format(share),
      whole: (count: number) => whole.format(count),
      one: (number: number) => one.format(number),
      dayMonth: (date: string) => dayMonth.format(new Date(date)),
      day: (date: string) => day.format(new Date(date)),
      quarter: ({ from, to }: PastQuarter) => `${month.format(new Date(from))}–${month.format(new Date(to))}`,
      time: (instant: string) => formatTime(instant, locale, zone),
    }
  }, [locale, zone])
}
