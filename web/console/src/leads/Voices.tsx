import { useMutation, useQueryClient } from '@tanstack/react-query'
import { PencilLine, X } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { clearOverride, type LeadCard, type Said } from '../api/leads'
import { may } from '../api/may'
import { useMe } from '../auth/useSession'
import { ChanceBar } from '../chance/ChanceBar'
import { useNumbers } from '../chance/useNumbers'
import { RecordLink } from '../records/RecordLink'
import { IconButton } from '../ui/IconButton'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { HeatBadge } from './HeatBadge'
import { OverrideSheet } from './OverrideSheet'

/** What is said of a lead, each voice apart: the model or the points, a person, and who asked it. */
export function Voices({ id, name, card }: { id: string; name: string; card: LeadCard }) {
  const { t } = useTranslation()
  const tell = useTell()
  const cache = useQueryClient()
  const me = useMe().data
  const { percent, whole, interval, time } = useNumbers()
  const [isSaying, setSaying] = useState(false)
  const { state, score, points, band, override: said, qualification: asked } = card
  const mayChange = may(me, 'lead', 'update')
  const clear = useMutation({
    mutationFn: () => clearOverride(id),
    onSuccess: () => {
      tell(t('leads.cleared'))
      void cache.invalidateQueries({ queryKey: ['leads'] })
    },
  })
  return (
    <section className="card" aria-label={t('leads.voices')}>
      {state === 'points' && (
        <p className="note">
          <strong>{t('leads.no_model')}</strong> {t('leads.no_model_hint')}{' '}
          {score?.missing && t('chance.because', { why: score.missing })}
        </p>
      )}
      {state === 'model' && score && (
        <div className="chance">
          <span className="chance-big">{percent(score.probability)}</span>
          <div className="chance-beside">
            {band && (
              <span>
                <HeatBadge band={band} />
              </span>
            )}
            <ChanceBar chance={score} />
            <span className="fine">{t('chance.interval_90', { interval: interval(score) })}</span>
          </div>
        </div>
      )}
      {state === 'points' && points && (
        <div className="chance">
          <span className="chance-big">{whole(points.total)}</span>
          <div className="chance-beside">
            {band && (
              <span>
                <HeatBadge band={band} />
              </span>
            )}
            <span>{t('leads.points_of', { cap: whole(points.cap) })}</span>
            {score && <span className="fine">{t('leads.usual', { share: percent(score.probability) })}</span>}
          </div>
        </div>
      )}
      {state === 'unscored' && <p>{t('chance.unscored')}</p>}
      <dl className="meanings">
        <div>
          <dt>{t('leads.a_person')}</dt>
          <dd className="big">{typeof said?.probability === 'number' ? percent(said.probability) : '–'}</dd>
          <dd className="fine">{said ? <Words said={said} /> : t('leads.nobody_said')}</dd>
        </div>
        <div>
          <dt>{t('leads.qualification')}</dt>
          <dd className="big">
            {typeof asked?.score === 'number' ? t('leads.of_100', { score: whole(asked.score) }) : '–'}
          </dd>
          <dd className="fine">{asked ? <Words said={asked} /> : t('leads.nobody_asked')}</dd>
        </div>
      </dl>
      <p className="fine facts">
        {score && <span>{t('chance.scored', { when: time(score.scored_at) })}</span>}
        {score?.model && (
          <Link to={`/models?kind=lead&model=${score.model.id}`}>
            {t('chance.model', { number: score.model.number })}
          </Link>
        )}
        {score?.model?.rests_on_few && <span>{score.model.rests_on_few}</span>}
        <RecordLink path="leads" id={id} name={name}>
          {t('chance.open_record')}
        </RecordLink>
      </p>
      {clear.isError && <ProblemNote error={clear.error} />}
      {mayChange && (
        <div className="buttons start">
          <IconButton
            icon={PencilLine}
            label={t(said ? 'leads.say_anew' : 'leads.say')}
            isWide
            className="bordered"
            onPress={() => setSaying(true)}
          />
          {said && (
            <IconButton
              icon={X}
              label={t('leads.clear')}
              isWide
              onPress={() => clear.mutate()}
              isDisabled={clear.isPending}
            />
          )}
          <OverrideSheet id={id} now={said} isOpen={isSaying} onClose={() => setSaying(false)} />
        </div>
      )}
    </section>
  )
}

/** Why, by whom and when. */
function Words({ said }: { said: Said }) {
  const { t } = useTranslation()
  const { time } = useNumbers()
  const by = said.by_name ?? t(`leads.by_${said.by_kind}`)
  return (
    <>
      {said.reason && <span className="said">{said.reason}</span>}
      <span>{t('leads.by', { name: by, when: time(said.said_at) })}</span>
    </>
  )
}
