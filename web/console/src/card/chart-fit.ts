// Room for the numbers that bars carry: they stand beyond the bars' ends, and a narrow card may have no place for them.
import type { Json } from '../api/card'

type Spec = Record<string, Json>

/** Between a bar and its number, and between that and the edge. */
const GAP = 8
/** Shorter bars than this are no picture: then the numbers are left to the table. */
const LEAST_BARS = 110
/** What an axis with its title needs at most beside the names of the groups. */
const AXIS = 34

const isObject = (value: Json | undefined): value is Spec =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A layer with the numbers beside the bars. */
const isBeside = (layer: Json): boolean =>
  isObject(layer) && isObject(layer.mark) && layer.mark.type === 'text' && layer.mark.align === 'left'

const words = (spec: Spec, field: string): string[] => {
  const values = isObject(spec.data) && Array.isArray(spec.data.values) ? spec.data.values : []
  return values.flatMap(datum => {
    const value = isObject(datum) ? datum[field] : null
    return typeof value === 'string' ? [value] : []
  })
}

export interface Fit {
  spec: Spec
  /** Pixels right of the plot. */
  right: number
  /** The longest name of a group in pixels; what is longer is cut with dots. */
  names: number
}

/** Fits a picture into `width` pixels; `measure` says how wide words are. */
export function fitInto(spec: Spec, width: number, measure: (words: string) => number): Fit {
  const names = width < 480 ? 92 : 150
  const layers = Array.isArray(spec.layer) ? spec.layer : []
  if (!layers.some(isBeside)) return { spec, right: GAP, names }
  const longest = (of: string[]) => Math.ceil(Math.max(0, ...of.map(measure)))
  const numbers = longest(words(spec, 'label')) + 2 * GAP
  const left = Math.min(longest(words(spec, 'group')), names) + AXIS
  if (width - left - numbers >= LEAST_BARS) return { spec, right: numbers, names }
  return { spec: { ...spec, layer: layers.filter(layer => !isBeside(layer)) }, right: GAP * 2, names }
}
