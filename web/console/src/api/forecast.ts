// What a period is likely to bring, as api/src/routes/forecast answers.
import { request } from './client'

export const PERIODS = ['this_month', 'next_month', 'this_quarter', 'next_quarter', 'this_year'] as const
export type Period = (typeof PERIODS)[number]
export type Split = 'owner' | 'team'

/** A decimal string with its currency. */
export interface Amount {
  amount: string
  currency: string
}

export interface Line {
  closed: Amount
  expected: Amount
  open: Amount
  /** What is not in the books yet; of a group, what it is likely to bring. */
  new: Amount
  /** Eight times in ten it lies between `low` and `high`. */
  low: Amount
  median: Amount
  high: Amount
  commit: Amount
  best_case: Amount
  pipeline: Amount
  won_deals: number
  open_deals: number
}

export interface PastQuarter {
  from: string
  to: string
  expected: Amount
  low: Amount
  high: Amount
  actual: Amount
}

/** How good forecasts were, or would have been. */
export interface Accuracy {
  periods: number
  wape: number | null
  bias: number | null
  coverage: number | null
}

/** A forecast as it was kept: of all deals, or of a part of them that has a name. */
export interface SaidForecast {
  from: string
  to: string
  as_of: string
  scope: 'all' | 'team' | 'owner'
  owner_id: string | null
  name: string
  expected: Amount
  low: Amount
  high: Amount
  commit: Amount
  best_case: Amount
  /** Null while the period is not over. */
  actual: Amount | null
}

export interface Forecast {
  from: string
  to: string
  as_of: string
  total: Line
  groups: (Line & { owner_id: string | null; name: string })[]
  basis: {
    slips: number
    spans: number
    throws: number
    scored: number
    without_amount: number
    /** Deals won in the period, and in the past quarters that are shown, that have no amount or rate. */
    won_without_amount: number
    past_without_amount: number
    cut: boolean
  }
  past: PastQuarter[]
  accuracy: Accuracy
  /** What was really told at the beginning of periods, and what came of it. */
  said: SaidForecast[]
  said_accuracy: Accuracy
}

export const getForecast = (period: Period, by: Split | null, signal?: AbortSignal): Promise<Forecast> =>
  request(`/v1/forecast?period=${period}${by ? `&by=${by}` : ''}`, { signal })
