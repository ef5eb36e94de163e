// Charts in the page's colours, letters and language.
import type { Config } from 'vega-embed'

import type { Fit } from './chart-fit'

/** Reads the colours of the page where the chart stands; names of groups have so many pixels, legends so many columns. */
export function chartConfig(
  style: CSSStyleDeclaration,
  { names, columns }: Pick<Fit, 'names' | 'columns'>,
): Config {
  const color = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const font = style.fontFamily
  const category = [1, 2, 3, 4, 5, 6, 7, 8].map(number => color(`chart-${number}`))
  const axis = {
    labelColor: color('muted'),
    titleColor: color('muted'),
    gridColor: color('line'),
    domainColor: color('line-strong'),
    tickColor: color('line-strong'),
    labelFont: font,
    titleFont: font,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    titlePadding: 10,
    labelPadding: 6,
    labelLimit: 160,
    labelOverlap: true,
  } as const
  const legend = { labelColor: color('text'), titleColor: color('muted'), labelFont: font, titleFont: font }
  return {
    background: 'transparent',
    font,
    view: { stroke: 'transparent' },
    axis,
    axisX: { grid: false, labelFlush: true, labelBound: true },
    axisY: { labelLimit: names },
    legend: { ...legend, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 500, orient: 'top', columns },
    title: { color: color('text'), font, fontSize: 13, fontWeight: 600, anchor: 'start' },
    range: { category },
    mark: { color: category[0] ?? 'teal' },
    bar: { cornerRadiusEnd: 3, discreteBandSize: { band: 0.7 } },
    line: { strokeWidth: 2.5, point: { size: 45 } },
    area: { opacity: 0.35, line: true },
    text: { color: color('text'), font },
  } as Config
}

/** How numbers and days are written on axes: d3's description of a language, from what Intl knows. */
export function formatLocale(locale: string) {
  const parts = new Intl.NumberFormat(locale).formatToParts(-1234567.8)
  const part = (type: string, other: string) => parts.find(piece => piece.type === type)?.value ?? other
  const names = (options: Intl.DateTimeFormatOptions, count: number, at: (number: number) => Date) => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' })
    return Array.from({ length: count }, (_, number) => format.format(at(number)))
  }
  const month = (number: number) => new Date(Date.UTC(2023, number, 1))
  // The first of January 2023 was a Sunday.
  const day = (number: number) => new Date(Date.UTC(2023, 0, number + 1))
  return {
    formatLocale: {
      decimal: part('decimal', '.'),
      thousands: part('group', ','),
      grouping: [3],
      currency: ['', ''] as [string, string],
    },
    timeFormatLocale: {
      dateTime: '%x, %X',
      date: '%d.%m.%Y',
      time: '%H:%M:%S',
      periods: ['AM', 'PM'] as [string, string],
      days: names({ weekday: 'long' }, 7, day),
      shortDays: names({ weekday: 'short' }, 7, day),
      months: names({ month: 'long' }, 12, month),
      shortMonths: names({ month: 'short' }, 12, month),
    },
  }
}
