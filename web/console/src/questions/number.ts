// A number as people write it in their language.

/** What stands between thousands and before decimals in a language: `,` and `.` in English. */
function marks(locale: string): { group: string; decimal: string } {
  const parts = new Intl.NumberFormat(locale).formatToParts(1_234_567.5)
  const mark = (type: string, fallback: string) => parts.find(part => part.type === type)?.value ?? fallback
  return { group: mark('group', ','), decimal: mark('decimal', '.') }
}

const escaped = (mark: string) => mark.replace(/[.\\]/g, '\\$&')

/**
 * A number in the language's own writing as decimal digits with a point; `twice` where it can be read in two ways (250.000 in
 * English is a quarter of a million to others), and nothing where it is no number. At most 18 digits and 6 decimals.
 */
export function readNumber(text: string, locale: string): { value: string } | 'twice' | null {
  const { group, decimal } = marks(locale)
  const written = text.replace(/[\s\u00a0\u202f'’]/g, '')
  const found = new RegExp(
    `^(-?)(\\d{1,18}|\\d{1,3}(?:${escaped(group)}\\d{3}){1,5})(?:${escaped(decimal)}(\\d{1,6}))?$`,
  ).exec(written)
  const [, sign = '', whole = '', decimals = ''] = found ?? []
  if (!found) return null
  if (decimals.length === 3 && /^[1-9]\d{0,2}$/.test(whole)) return 'twice'
  const digits = whole.replaceAll(group, '')
  return { value: `${sign}${digits}${decimals && `.${decimals}`}` }
}

/** A number as it is kept, as the language writes it, without marks between thousands. */
export const writeNumber = (value: string, locale: string): string =>
  value.replace('.', marks(locale).decimal)

/** A number as it is kept, as it is read best. */
export const showNumber = (value: string, locale: string): string =>
  // Digits of a text are kept whole where a number would round them.
  new Intl.NumberFormat(locale, { maximumFractionDigits: 6 }).format(value as Intl.StringNumericLiteral)
