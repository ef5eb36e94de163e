// How many cases are to be expected, as api/src/routes/forecast/cases.rs answers.
import { request } from './client'

export interface PastWeek {
  from: string
  to: string
  count: number
}

export interface FutureWeek {
  from: string
  to: string
  /** Of the whole week; in that of today with those that came already. */
  expected: number
  /** Eight times in ten it lies between `low` and `high`. */
  low: number
  high: number
  /** How many came already; null but for the week of today. */
  so_far: number | null
}

/** How good such forecasts would have been in the last half year. */
export interface CaseAccuracy {
  origins: number
  mae: number | null
  naive_mae: number | null
  /** The one over the other: below 1 the forecast is better than the simple guess. */
  mase: number | null
  coverage: number | null
  against: 'the same week a year before' | 'the last week'
}

export interface CaseVolume {
  /** Null for all together, and for cases without a queue. */
  queue_id: string | null
  name: string
  history: PastWeek[]
  weeks: FutureWeek[]
  accuracy: CaseAccuracy
}

export interface CaseForecast {
  as_of: string
  total: CaseVolume
  queues: CaseVolume[]
  known_weeks: number
  is_seasonal: boolean
}

export const getCaseForecast = (signal?: AbortSignal): Promise<CaseForecast> =>
  request('/v1/forecast/cases?weeks=8', { signal })
