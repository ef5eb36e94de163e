// Every kind of picture that a card can have: wide, dark, and as narrow as a phone, with nothing cut off.
import assert from 'node:assert/strict'

const YEAR = { range: { kind: 'relative', unit: 'year', offset: 0 } }
const deals = query => ({ entity: 'opportunities', ...query })

/** A query for each kind, as cards have them. */
const KINDS = {
  bars: deals({ measures: ['open_amount'], dimensions: [{ name: 'stage' }] }),
  'many-bars': deals({ measures: ['won_amount'], dimensions: [{ name: 'account' }], limit: 30, other: true }),
  rates: deals({ measures: ['win_rate'], dimensions: [{ name: 'lead_source' }], time: YEAR }),
  line: deals({ measures: ['won_amount'], dimensions: [{ name: 'close_date', grain: 'month' }], time: YEAR }),
  lines: deals({
    measures: ['won_amount'],
    dimensions: [{ name: 'close_date', grain: 'month' }, { name: 'type' }],
    time: YEAR,
  }),
  'side-by-side': deals({
    measures: ['open_amount'],
    dimensions: [{ name: 'forecast_category' }, { name: 'type' }],
  }),
  'before-and-now': deals({
    measures: ['won_amount'],
    dimensions: [{ name: 'lead_source' }],
    time: YEAR,
    compare: 'previous_year',
  }),
  'before-and-now-by-month': deals({
    measures: ['won_count'],
    dimensions: [{ name: 'close_date', grain: 'month' }],
    time: YEAR,
    compare: 'previous_year',
  }),
  funnel: deals({ form: { kind: 'funnel' } }),
  stages: deals({ form: { kind: 'stage_durations' } }),
  cohorts: { entity: 'leads', form: { kind: 'cohort', grain: 'month', stretches: 6 } },
  bridge: deals({ form: { kind: 'bridge', from: '2026-09-30', to: '2026-11-20' } }),
}

const linkOf = query => `/console/ask?q=${Buffer.from(JSON.stringify(query)).toString('base64url')}`

export const charts = ({ page, tenant, cards, shot, checkAxe, noSidewaysScroll }) => {
  /** Opens a card by its link and waits for its picture. */
  const open = async (kind, name) => {
    await page.goto(`${tenant.base_url}${linkOf(KINDS[kind])}&name=${encodeURIComponent(name)}`)
    const card = cards().first()
    await card.locator('svg.marks').waitFor()
    return card
  }

  /** Nothing of a picture lies outside of its frame, and no label on another one. */
  const isWhole = async (card, kind) => {
    const faults = await card.locator('svg.marks').evaluate(svg => {
      const frame = svg.getBoundingClientRect()
      const found = []
      if (frame.width > svg.closest('.chart-frame').getBoundingClientRect().width + 1) {
        found.push('it is wider than its frame')
      }
      const texts = [...svg.querySelectorAll('text')].filter(text => {
        const style = getComputedStyle(text)
        return text.textContent.trim() !== '' && style.opacity !== '0' && style.display !== 'none'
      })
      const boxes = texts.map(text => ({ words: text.textContent, box: text.getBoundingClientRect() }))
      for (const { words, box } of boxes) {
        const isOut =
          box.left < frame.left - 1 ||
          box.right > frame.right + 1 ||
          box.top < frame.top - 1 ||
          box.bottom > frame.bottom + 1
        if (isOut) found.push(`“${words}” is cut off`)
      }
      for (const [at, one] of boxes.entries()) {
        for (const other of boxes.slice(at + 1)) {
          const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left)
          const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top)
          if (across > 2 && down > 4) found.push(`“${one.words}” lies on “${other.words}”`)
        }
      }
      return found
    })
    assert.deepEqual(faults, [], `the picture of ${kind}`)
  }

  return {
    async 'every kind of picture is whole'() {
      for (const kind of Object.keys(KINDS)) {
        const card = await open(kind, kind)
        await shot(`chart-${kind}`)
        await isWhole(card, kind)
      }
      await checkAxe('the last picture')
    },

    async 'and on a phone in the dark'() {
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize({ width: 360, height: 740 })
      for (const kind of Object.keys(KINDS)) {
        const card = await open(kind, kind)
        await card.locator('.chart-frame').scrollIntoViewIfNeeded()
        await shot(`chart-${kind}-narrow`)
        await noSidewaysScroll(`a narrow ${kind}`)
        await isWhole(card, `a narrow ${kind}`)
        await checkAxe(`a narrow ${kind}`)
      }
      await page.setViewportSize({ width: 1280, height: 860 })
      await page.emulateMedia({ colorScheme: 'light' })
    },
  }
}
