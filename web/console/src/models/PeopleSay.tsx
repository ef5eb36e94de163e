import { useTranslation } from 'react-i18next'

import type { Model, People } from '../api/predictions'

/** How people agree with a model, and who was nearer once the end was known. */
export function PeopleSay({ model, people }: { model: Model; people: People }) {
  const { t } = useTranslation()
  const context = model.kind
  const { brier_model: own, brier_people: theirs } = people
  return (
    <section className="card" aria-labelledby="people">
      <h3 id="people" className="card-title">
        {t('models.people')}
      </h3>
      <p>
        {t('models.people_said', {
          agreed: people.agreed,
          disagreed: people.disagreed,
          high: people.too_high,
          low: people.too_low,
        })}
      </p>
      {people.ended > 0 && (
        <p>
          {t('models.people_ended', { ended: people.ended, right: people.people_were_right, context })}{' '}
          {own !== null &&
            theirs !== null &&
            t('models.people_brier', { model: own.toFixed(3), people: theirs.toFixed(3) })}
        </p>
      )}
      <p className="fine">{t(`models.nearer_${people.nearer}`)}</p>
    </section>
  )
}
