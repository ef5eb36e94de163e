// Which object of the CRM a name in the semantic layer stands for, and what a record's panel shows beside its fields.

/** Relations that a record is read with, by its path under /v1. */
const RELATIONS: Record<string, readonly string[]> = {
  opportunities: ['account', 'contact', 'owner', 'campaign', 'pricebook'],
  leads: ['owner', 'campaign'],
  accounts: ['owner'],
  contacts: ['account', 'owner'],
  cases: ['account', 'contact', 'owner'],
  activities: ['owner'],
  campaigns: ['owner'],
}

export const relationsOf = (object: string): readonly string[] => RELATIONS[object] ?? []

/** Columns that name a record of another object than the one that is asked about. */
const COLUMNS: Record<string, string> = {
  account: 'accounts',
  contact: 'contacts',
  campaign: 'campaigns',
  opportunity: 'opportunities',
  lead: 'leads',
  case: 'cases',
  activity: 'activities',
}

/** The path under /v1 of what a column's cells name; null for people, who have no panel. */
export function objectOfColumn(entity: string, column: string): string | null {
  if (column in COLUMNS) return COLUMNS[column] ?? null
  const isOther = ['owner', 'user', 'member', 'queue', 'product'].some(other => column.startsWith(other))
  return isOther || !(entity in RELATIONS) ? null : entity
}
