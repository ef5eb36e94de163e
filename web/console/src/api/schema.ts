// The shapes of the API as its OpenAPI document has them; `npm run api` writes schema.gen.d.ts.
import type { components } from './schema.gen'

type Schemas = components['schemas']

export type Me = Schemas['Me']
export type Session = Schemas['SessionView']
export type TenantChoice = Schemas['TenantChoice']
export type LoginAnswer = Schemas['LoginAnswer']
export type ProblemBody = Schemas['ProblemBody']
export type RecordMoney = Schemas['RecordMoney']
