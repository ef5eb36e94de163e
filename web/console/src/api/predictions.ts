// Predictions as api/src/routes/{predictive_models,win,forecast} and tools/src/win answer with them.
import { once, request } from './client'
import type { Me } from './schema'

export type ModelKind = 'win' | 'lead' | 'churn'
export type ModelState = 'candidate' | 'active' | 'rejected' | 'retired' | 'failed'

/** The main figures of a model; those that could not be measured are null or missing. */
export interface Metrics {
  auc?: number | null
  brier?: number | null
  brier_base?: number | null
  ece?: number | null
  base_rate?: number | null
  n_test?: number | null
  /** How it does on what ended since. */
  recent?: { at: string; psi: number; records: number; ended: number; auc: number | null } | null
}

export interface Model {
  id: string
  kind: ModelKind
  number: number
  state: ModelState
  /** Why it is in this state, in one sentence. */
  why: string
  data_from: string | null
  data_to: string | null
  examples: number
  positives: number
  metrics: Metrics
  trained_at: string
  activated_at: string | null
}

/** How far training or scoring is. */
export interface Work {
  kind: ModelKind
  task: 'train' | 'score'
  state: 'waiting' | 'running' | 'done' | 'failed'
  phase: string | null
  done: number
  total: number
  problem: string | null
  started_at: string | null
  finished_at: string | null
}

/** Records that were given about the same probability, and what happened. */
export interface Bin {
  low: number
  high: number
  predicted: number
  observed: number
  observed_low: number
  observed_high: number
  n: number
}

export interface Quarter {
  period: string
  n: number
  observed: number
  predicted: number
  auc: number | null
  brier: number
  brier_base: number
}

/** What is known about how good a model is (predict/src/card.rs). */
export interface CalibrationCard extends Metrics {
  groups_test: number
  groups_train: number
  /** How many accounts those looks are at, and how many of them are on both sides; of churn models alone. */
  subjects?: { train: number; test: number; both: number }
  auc_interval: [number, number] | null
  reliability: Bin[]
  backtest: Quarter[]
  drift: { name: string; psi: number }[]
  factors: { name: string; strength: number }[]
  warnings: string[]
}

/** How people agree with a model, and who was nearer once the end was known. */
export interface People {
  agreed: number
  disagreed: number
  too_high: number
  too_low: number
  ended: number
  people_were_right: number
  brier_model: number | null
  brier_people: number | null
  nearer: 'model' | 'people' | 'neither' | 'too_few'
}

const MODELS = '/v1/predictive-models'

export const listModels = (
  kind: ModelKind,
  signal?: AbortSignal,
): Promise<{ data: Model[]; next_cursor: string | null; work: Work[] }> =>
  request(`${MODELS}?kind=${kind}&limit=20`, { signal })

export const getCalibration = (
  id: string,
  signal?: AbortSignal,
): Promise<{ model: Model; card: CalibrationCard; labels: Record<string, string>; people: People | null }> =>
  request(`${MODELS}/${encodeURIComponent(id)}/calibration`, { signal })

export const trainModel = (kind: ModelKind): Promise<Work> =>
  request(MODELS, { method: 'POST', body: { kind }, headers: once() })

export const activateModel = (id: string): Promise<Model> =>
  request(`${MODELS}/${encodeURIComponent(id)}/activate`, { method: 'POST', headers: once() })

/** Who may train models and choose the active one. */
export const mayManageModels = (me: Me | undefined): boolean =>
  me ? me.permissions.all === true || (me.permissions.manage ?? []).includes('models') : false
