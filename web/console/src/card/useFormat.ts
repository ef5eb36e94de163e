import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'

import type { AnswerCard } from '../api/card'
import { localeOf } from '../i18n'
import type { FormatContext } from './format'

/** How this card's cells are written in the language of the page. */
export function useFormat(card: Pick<AnswerCard, 'currency' | 'timezone'>): FormatContext {
  const { t, i18n } = useTranslation()
  return useMemo(
    () => ({
      locale: localeOf(i18n.language),
      currency: card.currency?.code ?? null,
      timezone: card.timezone,
      yes: t('card.yes'),
      no: t('card.no'),
      none: t('card.none'),
      other: t('card.other'),
    }),
    [card, t, i18n.language],
  )
}
