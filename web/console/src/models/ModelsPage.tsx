import '../styles/predictions.css'

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { Button, Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { useSearchParams } from 'react-router'

import {
  listModels,
  type Model,
  type ModelKind,
  mayManageModels,
  trainModel,
  type Work,
} from '../api/predictions'
import { useMe } from '../auth/useSession'
import { formatTime } from '../card/format'
import { addWords, localeOf } from '../i18n'
import { useTitle } from '../shell/useTitle'
import { IconButton } from '../ui/IconButton'
import { useTell } from '../ui/Notices'
import { ProblemNote } from '../ui/ProblemNote'
import { ActivateSheet } from './ActivateSheet'
import { Calibration } from './Calibration'
import de from './de.json'
import en from './en.json'

addWords({ en, de })

const KINDS: readonly ModelKind[] = ['win', 'lead', 'churn']
/** What the address says of a kind: nothing of the first one. */
const said = (kind: ModelKind): { kind?: string } => (kind === 'win' ? {} : { kind })
/** How often the page looks how far training is, and whether the first model has come. */
const LOOK_MS = 2_000
const FIRST_MS = 5_000

/** What was learned from closed deals and ended leads, and how well it holds. */
export default function ModelsPage() {
  const { t } = useTranslation()
  const [params, setParams] = useSearchParams()
  const kind = KINDS.find(each => each === params.get('kind')) ?? 'win'
  useTitle(t('models.title'))
  return (
    <div className="page">
      <h1>{t('models.title')}</h1>
      <p className="fine">{t('models.hint')}</p>
      <Tabs
        className="views"
        selectedKey={kind}
        onSelectionChange={key => setParams(said(key as ModelKind), { replace: true })}
        keyboardActivation="manual"
      >
        <TabList className="tabs" aria-label={t('models.kinds')}>
          {KINDS.map(each => (
            <Tab key={each} id={each} className="tab">
              {t('models.kind', { context: each })}
            </Tab>
          ))}
        </TabList>
        {KINDS.map(each => (
          <TabPanel key={each} id={each} className="view stack">
            <OfKind kind={each} />
          </TabPanel>
        ))}
      </Tabs>
    </div>
  )
}

const isBusy = (work: Work | undefined): boolean =>
  work !== undefined && (work.state === 'running' || work.state === 'waiting')

function OfKind({ kind }: { kind: ModelKind }) {
  const { t } = useTranslation()
  const tell = useTell()
  const cache = useQueryClient()
  const me = useMe().data
  const mayManage = mayManageModels(me)
  const [params, setParams] = useSearchParams()
  const [doubted, setDoubted] = useState<Model | null>(null)
  // When the training before it ended: until that changes, the one that was asked for is not done.
  const [asked, setAsked] = useState<{ after: string | null } | null>(null)
  const list = useQuery({
    queryKey: ['models', kind],
    queryFn: ({ signal }) => listModels(kind, signal),
    refetchInterval: query => {
      const { data = [], work = [] } = query.state.data ?? {}
      if (asked || work.some(isBusy)) return LOOK_MS
      return data.length === 0 ? FIRST_MS : false
    },
  })
  const models = list.data?.data ?? []
  const training = list.data?.work.find(work => work.task === 'train')
  const scoring = list.data?.work.find(work => work.task === 'score')
  const isDone = asked !== null && !isBusy(training) && (training?.finished_at ?? null) !== asked.after
  if (isDone) setAsked(null)
  const isWaiting = asked !== null && !isDone
  const train = useMutation({
    mutationFn: () => trainModel(kind),
    onSuccess: () => {
      setAsked({ after: training?.finished_at ?? null })
      tell(t('models.asked'))
      void cache.invalidateQueries({ queryKey: ['models', kind] })
    },
  })
  const chosen = models.find(({ id }) => id === params.get('model'))
  const shown = chosen ?? models.find(({ state }) => state === 'active') ?? models[0]

  if (list.isPending) return <div className="skeleton block" role="status" aria-label={t('common.loading')} />
  if (list.isError) return <ProblemNote error={list.error} onRetry={() => void list.refetch()} />
  return (
    <>
      <Progress work={training} isWaiting={isWaiting} />
      <Progress work={scoring} isWaiting={false} />
      {/* What a model says of itself stands in the list. */}
      {!isBusy(training) && training?.problem && !models.some(({ why }) => why === training.problem) && (
        <p className="note">{training.problem}</p>
      )}
      {train.isError && <ProblemNote error={train.error} />}
      {mayManage && (
        <div className="buttons start">
          <IconButton
            icon={RefreshCw}
            label={t('models.train')}
            isWide
            className="bordered"
            onPress={() => train.mutate()}
            isDisabled={isWaiting || isBusy(training) || train.isPending}
          />
        </div>
      )}
      {models.length === 0 ? (
        <div className="nothing">
          <h2>{t('models.empty')}</h2>
          <p>{t('models.empty_hint', { context: kind })}</p>
        </div>
      ) : (
        <section className="stack" aria-labelledby={`versions-${kind}`}>
          <h2 id={`versions-${kind}`} className="section-title">
            {t('models.versions')}
          </h2>
          <ul className="question-list">
            {models.map(model => (
              <Version
                key={model.id}
                model={model}
                isShown={model.id === shown?.id}
                mayManage={mayManage}
                onShow={() => setParams({ ...said(kind), model: model.id }, { replace: true })}
                onActivate={() => setDoubted(model)}
              />
            ))}
          </ul>
        </section>
      )}
      {shown && shown.state !== 'failed' && (
        <section className="stack" aria-labelledby={`card-${kind}`}>
          <h2 id={`card-${kind}`} className="section-title">
            {t('models.card', { number: shown.number })}
          </h2>
          <Calibration model={shown} />
        </section>
      )}
      <ActivateSheet model={doubted} onClose={() => setDoubted(null)} />
    </>
  )
}

/** How far a job is; nothing when none runs. */
function Progress({ work, isWaiting }: { work: Work | undefined; isWaiting: boolean }) {
  const { t } = useTranslation()
  if (!isWaiting && !isBusy(work)) return null
  const isRunning = work?.state === 'running'
  const words = t(isRunning ? `models.running_${work.task}` : 'models.waiting')
  const isCounted = isRunning && work.total > 0
  return (
    <div className="working-on" role="status">
      <span>
        {words}
        {isRunning && work.phase ? ` ${work.phase}` : ''}
      </span>
      <progress aria-label={words} {...(isCounted ? { value: work.done, max: work.total } : {})} />
    </div>
  )
}

interface VersionProps {
  model: Model
  isShown: boolean
  mayManage: boolean
  onShow: () => void
  onActivate: () => void
}

function Version({ model, isShown, mayManage, onShow, onActivate }: VersionProps) {
  const { t, i18n } = useTranslation()
  const zone = useMe().data?.tenant.timezone ?? 'UTC'
  const name = t('models.version', { number: model.number })
  const action = t(model.state === 'retired' ? 'models.go_back' : 'models.activate')
  return (
    <li>
      <div className="question-words">
        <Button className="link strong" onPress={onShow} aria-pressed={isShown}>
          {name}
        </Button>
        <span className={model.state === 'active' ? 'badge' : 'badge plain'}>
          {t(`models.state_${model.state}`)}
        </span>
        <span>{model.why}</span>
        <span className="fine">
          {t('models.learned', {
            when: formatTime(model.trained_at, localeOf(i18n.language), zone),
            context: model.kind,
            examples: new Intl.NumberFormat(localeOf(i18n.language)).format(model.examples),
            positives: new Intl.NumberFormat(localeOf(i18n.language)).format(model.positives),
          })}
        </span>
      </div>
      {mayManage && model.state !== 'active' && model.state !== 'failed' && (
        <div className="question-actions">
          <Button className="button" onPress={onActivate} aria-label={`${action}: ${name}`}>
            {action}
          </Button>
        </div>
      )}
    </li>
  )
}
