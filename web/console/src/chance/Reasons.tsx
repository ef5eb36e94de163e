import { ChevronRight } from 'lucide-react'
import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { Reason, Reasons as Told } from '../api/chance'
import type { ModelKind } from '../api/predictions'
import { RestsOn } from './RestsOn'
import { useNumbers } from './useNumbers'

/** What speaks for a record and against it, and how that adds up. */
export function Reasons({ reasons, of, self }: { reasons: Told; of: ModelKind; self: string }) {
  const { t } = useTranslation()
  const { odds } = useNumbers()
  const { up, down, rest } = reasons
  const context = of
  const lines = [
    { name: t('chance.base', { context }), value: reasons.base },
    ...[...up, ...down].map(({ sentence, log_odds }) => ({ name: sentence, value: log_odds })),
    ...(rest.count > 0 ? [{ name: t('chance.rest', { count: rest.count }), value: rest.log_odds }] : []),
    { name: t('chance.prior_term', { context }), value: reasons.prior },
  ]
  return (
    <section className="card" aria-labelledby="reasons">
      <h2 id="reasons" className="card-title">
        {t('chance.reasons')}
      </h2>
      <div className="both-sides">
        <Side title={t('chance.up', { context })} reasons={up} of={of} self={self} />
        <Side title={t('chance.down', { context })} reasons={down} of={of} self={self} />
      </div>
      <Disclosure className="disclosure">
        <Heading level={3}>
          <Button slot="trigger" className="button quiet small">
            <ChevronRight aria-hidden size={14} className="chevron" />
            {t('chance.adds_up')}
          </Button>
        </Heading>
        <DisclosurePanel>
          <p className="fine">{t('chance.adds_up_hint', { context })}</p>
          <ul className="lines">
            {lines.map(({ name, value }, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: hidden reasons have the same words
              <li key={at}>
                <span>{name}</span>
                <span>{odds(value)}</span>
              </li>
            ))}
            <li>
              <strong>{t('chance.sum')}</strong>
              <strong>{odds(reasons.log_odds)}</strong>
            </li>
          </ul>
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}

interface SideProps {
  title: string
  reasons: readonly Reason[]
  of: ModelKind
  self: string
}

function Side({ title, reasons, of, self }: SideProps) {
  const { t } = useTranslation()
  const { points } = useNumbers()
  return (
    <div>
      <h3 className="eyebrow">{title}</h3>
      {reasons.length === 0 ? (
        <p className="fine">{t('chance.nothing')}</p>
      ) : (
        <ul className="lines">
          {reasons.map((reason, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: hidden reasons have the same words
            <li key={at} className="reason">
              <div className="reason-words">
                {reason.sentence}
                <RestsOn records={reason.records} of={of} self={self} />
              </div>
              <span className="reason-points">{t('chance.points', { points: points(reason.points) })}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
