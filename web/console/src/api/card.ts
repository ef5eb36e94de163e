// Answer cards and typed queries, as tools/src/card.rs and tools/src/semantic/query.rs have them.

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

export type Grain = 'day' | 'week' | 'month' | 'quarter' | 'year'

/** A typed query. The console hands it back as it came and looks only at these parts. */
export interface PipelineQuery {
  entity: string
  form?: { kind: string } & Record<string, Json>
  measures?: string[]
  [part: string]: unknown
}

export type Unit =
  | 'text'
  | 'boolean'
  | 'count'
  | 'number'
  | 'money'
  | 'usd'
  | 'percent'
  | 'hours'
  | 'days'
  | 'minutes'
  | 'date'
  | 'time'
  | 'record'

export interface CardColumn {
  name: string
  label: string
  role: 'dimension' | 'measure' | 'earlier' | 'share'
  unit: Unit
  /** What its values are called in the card's language, by value, where they have names. */
  values?: Record<string, string>
  grain: Grain | null
}

/** A record that a cell names. */
export interface RecordCell {
  id: string
  name: string | null
}

/** What is beyond the limit, together. */
export interface OtherCell {
  other: true
}

export type Cell = null | boolean | number | string | RecordCell | OtherCell

export interface CardTable {
  columns: CardColumn[]
  rows: Cell[][]
  /** How many records the filters leave. */
  records: number
  /** How many of them the first number counts. */
  behind?: number
  /** That not all rows are there. */
  cut?: { shown: number; of: number | null }
  /** Which rows lead to a list of their records. */
  opens?: boolean[]
}

export interface Definition {
  name: string
  label: string
  text: string
}

export interface Choice {
  label: string
  query: PipelineQuery
}

export interface AnswerCard {
  /** What feedback names; the cards of runs have none, there it is the run. */
  id?: string
  kind: 'answer' | 'clarification' | 'declined'
  question: string | null
  language: string
  sentence: string
  query: PipelineQuery | null
  table: CardTable | null
  chart: Record<string, Json> | null
  definitions: Definition[]
  filters: string[]
  rights: string | null
  currency: { code: string; rates_on: string | null } | null
  as_of: string
  timezone: string
  notes: string[]
  drill_down: PipelineQuery | null
  /** Where a list of records goes on. */
  next_cursor?: string | null
  choices: Choice[]
  suggestions: string[]
  replay: string | null
}

export const isRecordCell = (cell: Cell | undefined): cell is RecordCell =>
  typeof cell === 'object' && cell !== null && 'id' in cell

export const isOtherCell = (cell: Cell | undefined): cell is OtherCell =>
  typeof cell === 'object' && cell !== null && 'other' in cell
