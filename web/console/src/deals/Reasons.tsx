import { ChevronRight } from 'lucide-react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { Reason, WinCard } from '../api/win'
import { useNumbers } from './useNumbers'

/** What speaks for a deal and against it, and how that adds up. */
export function Reasons({ reasons }: { reasons: NonNullable<WinCard['reasons']> }) {
  const { t } = useTranslation()
  const { odds } = useNumbers()
  const { up, down, rest } = reasons
  const lines = [
    { name: t('deals.base'), value: reasons.base },
    ...[...up, ...down].map(({ sentence, log_odds }) => ({ name: sentence, value: log_odds })),
    { name: t('deals.rest', { count: rest.count }), value: rest.log_odds },
    { name: t('deals.prior_term'), value: reasons.prior },
  ]
  return (
    <section className="card" aria-labelledby="reasons">
      <h2 id="reasons" className="card-title">
        {t('deals.reasons')}
      </h2>
      <div className="both-sides">
        <Side title={t('deals.up')} reasons={up} />
        <Side title={t('deals.down')} reasons={down} />
      </div>
      <Disclosure className="disclosure">
        <Heading level={3}>
          <Button slot="trigger" className="button quiet small">
            <ChevronRight aria-hidden size={14} className="chevron" />
            {t('deals.adds_up')}
          </Button>
        </Heading>
        <DisclosurePanel>
          <p className="fine">{t('deals.adds_up_hint')}</p>
          <ul className="lines">
            {lines.map(({ name, value }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: hidden reasons have the same words
              <li key={at}>
                <span>{name}</span>
                <span>{odds(value)}</span>
              </li>
            ))}
            <li>
              <strong>{t('deals.sum')}</strong>
              <strong>{odds(reasons.log_odds)}</strong>
            </li>
          </ul>
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}

function Side({ title, reasons }: { title: string; reasons: readonly Reason[] }) {
  const { t } = useTranslation()
  const { points } = useNumbers()
  return (
    <div>
      <h3 className="eyebrow">{title}</h3>
      {reasons.length === 0 ? (
        <p className="fine">{t('deals.nothing')}</p>
      ) : (
        <ul className="lines">
          {reasons.map((reason, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: hidden reasons have the same words
            <li key={at} className="reason">
              <span>{reason.sentence}</span>
              <span className="reason-points">{t('deals.points', { points: points(reason.points) })}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
