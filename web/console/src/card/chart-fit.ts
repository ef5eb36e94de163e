// Room for the numbers that bars and fields carry: beyond the bars' ends, in the middle of fields. A narrow card may have no
// place for them.
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

/** A layer of fields beside and below each other. */
const isField = (layer: Json): boolean =>
  isObject(layer) && isObject(layer.mark) && layer.mark.type === 'rect'

const values = (spec: Spec, field: string): Json[] => {
  const data = isObject(spec.data) && Array.isArray(spec.data.values) ? spec.data.values : []
  return data.map(datum => (isObject(datum) ? (datum[field] ?? null) : null))
}

const words = (spec: Spec, field: string): string[] =>
  values(spec, field).filter(value => typeof value === 'string')

export interface Fit {
  spec: Spec
  /** Pixels right of the plot. */
  right: number
  /** The longest name of a group in pixels; what is longer is cut with dots. */
  names: number
  /** The entries of a legend side by side; 0 for all. */
  columns: number
}

/** Fits a picture into `width` pixels; `measure` says how wide words are. */
export function fitInto(spec: Spec, width: number, measure: (words: string) => number): Fit {
  const isNarrow = width < 480
  const names = isNarrow ? 92 : 150
  const columns = isNarrow ? 1 : 0
  const layers = Array.isArray(spec.layer) ? spec.layer : []
  const longest = (of: string[]) => Math.ceil(Math.max(0, ...of.map(measure)))
  if (layers.some(isField)) {
    const fields = new Set(values(spec, 'stretch')).size
    const field = (width - Math.min(longest(words(spec, 'group')), names) - AXIS) / fields
    const isRoom = longest(words(spec, 'label')) + 4 <= field
    const fitted = isRoom ? spec : { ...spec, layer: layers.filter(isField) }
    return { spec: fitted, right: GAP, names, columns }
  }
  if (!layers.some(isBeside)) return { spec, right: GAP, names, columns }
  const numbers = longest(words(spec, 'label')) + 2 * GAP
  const left = Math.min(longest(words(spec, 'group')), names) + AXIS
  if (width - left - numbers >= LEAST_BARS) return { spec, right: numbers, names, columns }
  return {
    spec: { ...spec, layer: layers.filter(layer => !isBeside(layer)) },
    right: GAP * 2,
    names,
    columns,
  }
}
