import { describe, expect, it } from 'vitest'

import { readNumber, showNumber, writeNumber } from '../src/questions/number'

describe('numbers as people write them', () => {
  it.each([
    ['250000', 'en-GB', '250000'],
    ['250,000', 'en-GB', '250000'],
    ['1,250,000.50', 'en-GB', '1250000.50'],
    ['250.000', 'de-DE', '250000'],
    ['1.250.000,5', 'de-DE', '1250000.5'],
    ['1 250 000', 'de-DE', '1250000'],
    ["1'250'000", 'en-GB', '1250000'],
    ['-0.3', 'en-GB', '-0.3'],
    ['0,3', 'de-DE', '0.3'],
    ['0.125', 'en-GB', '0.125'],
  ])('%s in %s is %s', (text, locale, value) => {
    expect(readNumber(text, locale)).toEqual({ value })
  })

  it.each([
    ['250.000', 'en-GB'],
    ['250,000', 'de-DE'],
    ['-1.500', 'en-GB'],
  ])('%s in %s can be read in two ways', (text, locale) => {
    expect(readNumber(text, locale)).toBe('twice')
  })

  it.each([
    ['0.3', 'de-DE'],
    ['1,2,3', 'en-GB'],
    ['25,00', 'en-GB'],
    ['ten', 'en-GB'],
    ['', 'en-GB'],
    ['1e9', 'en-GB'],
  ])('%s in %s is none', (text, locale) => {
    expect(readNumber(text, locale)).toBeNull()
  })

  it('shows what was understood and what is kept', () => {
    expect(showNumber('250000', 'en-GB')).toBe('250,000')
    expect(showNumber('0.125', 'de-DE')).toBe('0,125')
    expect(writeNumber('1250000.5', 'de-DE')).toBe('1250000,5')
  })
})
