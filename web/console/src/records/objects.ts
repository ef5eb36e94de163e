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

/** Where the records of an object are, by the name that the service gives one of them. */
const PATHS: Record<string, string> = {
  account: 'accounts',
  activity: 'activities',
  campaign: 'campaigns',
  campaign_member: 'campaign_members',
  case: 'cases',
  contact: 'contacts',
  contract: 'contracts',
  engagement_event: 'engagement_events',
  lead: 'leads',
  opportunity: 'opportunities',
  opportunity_contact_role: 'opportunity_contact_roles',
  payment: 'payments',
  product: 'products',
  quote: 'quotes',
  quote_line: 'quote_lines',
}

/** The path under /v1 of an object's records; null for those that have no panel. */
export const pathOfObject = (object: string): string | null => PATHS[object] ?? null
