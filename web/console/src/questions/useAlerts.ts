import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { useTranslation } from 'react-i18next'

import { followFeed } from '../api/feed'
import { getQuestion } from '../api/pipeline'
import { humanize } from '../records/fields'
import { useTell } from '../ui/Notices'
import { openPath } from './openPath'

/** Tells of alerts on the person's saved questions as they happen, with a way to the question. */
export function useAlerts(): void {
  const { t } = useTranslation()
  const tell = useTell()
  const cache = useQueryClient()
  // What is told changes with the language; the stream stays.
  const told = useRef((_id: string, _hasFailed: boolean) => Promise.resolve())
  told.current = async (id, hasFailed) => {
    const saved = await getQuestion(id)
    void cache.invalidateQueries({ queryKey: ['questions'] })
    if (!saved.alert) return
    const way = { to: openPath(saved), words: t('alert.open') }
    const failure = saved.alert_state?.failure
    if (hasFailed) {
      if (failure) tell(t('alert.told', { name: saved.name, words: t(`alert.failed_${failure}`) }), way)
      return
    }
    const { measure, op, value } = saved.alert
    const words = t('alert.said', { measure: humanize(measure), op: t(`alert.${op}`), value })
    tell(t('alert.told', { name: saved.name, words }), way)
  }
  useEffect(
    () =>
      followFeed(event => {
        // A question that went meanwhile has nothing to tell.
        const hasFailed = event.type === 'pipeline.alert_failed'
        if ((hasFailed || event.type === 'pipeline.alert') && event.id) {
          told.current(event.id, hasFailed).catch(() => undefined)
        }
      }),
    [],
  )
}
