import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import embed, { type VisualizationSpec } from 'vega-embed'
import { expressionInterpreter } from 'vega-interpreter'

import type { Json } from '../api/card'
import { localeOf } from '../i18n'
import { useIsDark } from '../shell/theme'
import { chartConfig, formatLocale } from './chart-config'
import { fitInto } from './chart-fit'

interface Props {
  spec: Record<string, Json>
  label: string
  /** Shows the records behind a row of the table: what one presses in the picture says which. */
  onRow?: ((at: number) => void) | undefined
}

/** A Vega-Lite chart. Expressions are interpreted: the page's policy lets nothing be compiled. */
export default function Chart({ spec, label, onRow }: Props) {
  const { t, i18n } = useTranslation()
  const isDark = useIsDark()
  const place = useRef<HTMLDivElement>(null)
  const [hasFailed, setFailed] = useState(false)
  const width = useWidth(place)
  // Another way to go is no reason to draw anew.
  const go = useRef(onRow)
  go.current = onRow

  // biome-ignore lint/correctness/useExhaustiveDependencies: dark or light decides the colours that are read
  useEffect(() => {
    const element = place.current
    if (!element || width === 0) return
    let isGone = false
    let stop = () => undefined as unknown
    const style = getComputedStyle(element)
    const fitted = fitInto(spec, width, measurer(`12px ${style.fontFamily}`))
    const whole = {
      padding: { left: 5, top: 5, bottom: 5, right: fitted.right },
      height: 260,
      ...fitted.spec,
      width,
      autosize: { type: 'fit-x', contains: 'padding' },
    }
    embed(element, whole as unknown as VisualizationSpec, {
      mode: 'vega-lite',
      ast: true,
      expr: expressionInterpreter,
      renderer: 'svg',
      actions: false,
      defaultStyle: false,
      tooltip: { theme: 'custom', disableDefaultStyle: true },
      config: chartConfig(style, fitted),
      ...formatLocale(localeOf(i18n.language)),
    })
      .then(result => {
        stop = () => result.finalize()
        result.view.addEventListener('click', (_, item) => {
          const row: unknown = item?.datum?.row
          // A line is drawn from all of its rows, and would lead to the first.
          if (typeof row === 'number' && item?.mark?.marktype !== 'line') go.current?.(row)
        })
        if (isGone) stop()
      })
      .catch(() => {
        if (!isGone) setFailed(true)
      })
    return () => {
      isGone = true
      stop()
    }
  }, [spec, isDark, i18n.language, width])

  if (hasFailed) return <p className="note">{t('card.chart_failed')}</p>
  // The table beside it has every number; readers of screens hear what it shows as one picture.
  return (
    <div className="chart-frame" role="img" aria-label={label}>
      <div ref={place} className={onRow ? 'chart opens' : 'chart'} aria-hidden="true" />
    </div>
  )
}

/** How wide words are in a font. */
function measurer(font: string): (words: string) => number {
  const context = document.createElement('canvas').getContext('2d')
  if (!context) return words => words.length * 7
  context.font = font
  return words => context.measureText(words).width
}

/** The width of an element in whole pixels, also when the window changes. */
function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const watched = element.current
    if (!watched) return
    const look = () => setWidth(Math.floor(watched.getBoundingClientRect().width))
    look()
    const observer = new ResizeObserver(look)
    observer.observe(watched)
    return () => observer.disconnect()
  }, [element])
  return width
}
