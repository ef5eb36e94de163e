import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import embed, { type VisualizationSpec } from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'

import type { Json } from '../api/card'
import { localeOf } from '../i18n'
import { useIsDark } from '../shell/theme'
import { chartConfig, formatLocale } from './chart-config'

interface Props {
  spec: Record<string, Json>
  label: string
}

/** A Vega-Lite chart. Expressions are interpreted: the page's policy lets nothing be compiled. */
export default function Chart({ spec, label }: Props) {
  const { t, i18n } = useTranslation()
  const isDark = useIsDark()
  const place = useRef<HTMLDivElement>(null)
  const [hasFailed, setFailed] = useState(false)

  // biome-ignore lint/correctness/useExhaustiveDependencies: dark or light decides the colours that are read
  useEffect(() => {
    const element = place.current
    if (!element) return
    let isGone = false
    let stop = () => undefined as unknown
    // Bars carry their numbers, and the longest bar's needs room beyond the axis.
    const padding = { left: 5, top: 5, bottom: 5, right: 'layer' in spec ? 60 : 5 }
    const whole = {
      padding,
      width: 'container',
      height: 260,
      autosize: { type: 'fit-x', contains: 'padding' },
      ...spec,
    }
    embed(element, whole as unknown as VisualizationSpec, {
      mode: 'vega-lite',
      ast: true,
      expr: expressionInterpreter,
      renderer: 'svg',
      actions: false,
      defaultStyle: false,
      tooltip: { theme: 'custom', disableDefaultStyle: true },
      config: chartConfig(getComputedStyle(element)),
      ...formatLocale(localeOf(i18n.language)),
    })
      .then(result => {
        stop = () => result.finalize()
        if (isGone) stop()
      })
      .catch(() => {
        if (!isGone) setFailed(true)
      })
    return () => {
      isGone = true
      stop()
    }
  }, [spec, isDark, i18n.language])

  if (hasFailed) return <p className="note">{t('card.chart_failed')}</p>
  // The table beside it has every number; readers of screens hear what it shows as one picture.
  return (
    <div className="chart-frame" role="img" aria-label={label}>
      <div ref={place} className="chart" aria-hidden="true" />
    </div>
  )
}
