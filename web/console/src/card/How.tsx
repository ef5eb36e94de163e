import { ChevronRight } from 'lucide-react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { AnswerCard } from '../api/card'
import { localeOf } from '../i18n'
import { formatTime } from './format'

/** How the numbers came about: which records count, what the measures mean, whose eyes, when. */
export function How({ card }: { card: AnswerCard }) {
  const { t, i18n } = useTranslation()
  const locale = localeOf(i18n.language)
  const records = card.table?.behind ?? card.table?.records
  const day = (text: string) =>
    new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' }).format(
      new Date(`${text}T00:00:00Z`),
    )
  const facts = [
    records === undefined
      ? null
      : // The time in stages is that of stays: a record can have several.
        t(card.query?.form?.kind === 'stage_durations' ? 'card.based_on_stays' : 'card.based_on', {
          count: records,
          shown: new Intl.NumberFormat(locale).format(records),
        }),
    card.rights,
    card.currency &&
      (card.currency.rates_on
        ? t('card.currency_rates', { code: card.currency.code, day: day(card.currency.rates_on) })
        : t('card.currency', { code: card.currency.code })),
    t('card.as_of', { time: formatTime(card.as_of, locale, card.timezone), zone: card.timezone }),
  ].filter(fact => typeof fact === 'string')
  return (
    <div className="how">
      {card.filters.length > 0 && (
        <ul className="chips" aria-label={t('card.filters')} lang={card.language}>
          {card.filters.map(filter => (
            <li key={filter}>{filter}</li>
          ))}
        </ul>
      )}
      <p className="fine facts">
        {facts.map(fact => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
      {card.definitions.length > 0 && (
        <Disclosure className="disclosure">
          <Heading>
            <Button slot="trigger" className="button quiet small">
              <ChevronRight aria-hidden size={14} className="chevron" />
              {t('card.definitions')}
            </Button>
          </Heading>
          <DisclosurePanel>
            <dl className="definitions" lang={card.language}>
              {card.definitions.map(({ name, label, text }) => (
                <div key={name}>
                  <dt>{label}</dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          </DisclosurePanel>
        </Disclosure>
      )}
    </div>
  )
}
