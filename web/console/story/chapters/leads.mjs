// Leads by how likely they convert, and one of them: every voice apart, and what was found out.
import assert from 'node:assert/strict'

export const leads = ({ page, tenant, shot, checkAxe, narrow, call, expected }) => ({
  async 'leads are ranked, and a lead says what everybody says of it'() {
    await page.getByRole('link', { name: 'Leads', exact: true }).click()
    await page.getByRole('heading', { name: 'Leads', level: 1 }).waitFor()
    await page.locator('.endless a').first().waitFor({ timeout: 60_000 })
    await checkAxe('the leads')
    await shot('leads')
    await page.getByRole('button', { name: /Order/ }).click()
    await page.getByRole('option', { name: 'Most points first' }).click()
    await page
      .getByRole('columnheader', { name: 'Points' })
      .and(page.locator('[aria-sort=descending]'))
      .waitFor()
    const points = (await page.locator('.endless td.of-points').allInnerTexts())
      .map(words => Number.parseInt(words, 10))
      .filter(Number.isFinite)
    assert(points.length > 5, `only ${points.length} leads have points`)
    assert.deepEqual(
      points,
      points.toSorted((a, b) => b - a),
    )
    await shot('leads-points')
    await page.locator('.endless a').first().focus()
    await page.keyboard.press('Enter')
    await page.getByText('A person says').waitFor()
    await page.getByRole('heading', { name: /^What it did: / }).waitFor()
    await page.getByRole('heading', { name: 'Found out' }).waitFor()
    await checkAxe('a lead')
    await shot('lead')
    await page.locator('#points').scrollIntoViewIfNeeded()
    await shot('lead-points')
  },

  async 'who sees a lead differently says so, by keyboard, and takes it back'() {
    const say = page.getByRole('button', { name: 'I see it differently' })
    await say.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await page.keyboard.type('140')
    await page.keyboard.press('Enter')
    await dialog.getByText('Enter a number between 0 and 100').waitFor()
    await checkAxe('saying it differently, wrongly')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('85')
    await page.keyboard.press('Tab')
    await page.keyboard.type('Met them at the fair; their budget is approved.')
    await shot('lead-override')
    await dialog.getByRole('button', { name: 'Save' }).press('Enter')
    await dialog.waitFor({ state: 'hidden' })
    await page.getByText('Met them at the fair').waitFor()
    await checkAxe('a lead that somebody sees differently')
    await shot('lead-said')
    await page.getByRole('button', { name: 'Take it back' }).press('Enter')
    await page.getByText('Nobody has said anything else.').waitFor()
  },

  async 'what was found out of a new lead is taken over when somebody says so'() {
    const { id } = await call('POST', '/v1/leads', {
      first_name: 'Ida',
      last_name: 'Holm',
      email: 'ida.holm@granite-power.com',
    })
    // A worker looks at the address as soon as the lead is there.
    await expected(async () => (await call('GET', `/v1/leads/${id}/enrichment`)).suggestions.length >= 2)
    await page.goto(`${tenant.base_url}/console/leads/${id}`)
    const section = page.getByRole('region', { name: 'Found out' })
    const open = section.getByRole('button', { name: /^Accept / })
    await open.first().waitFor()
    const before = await open.count()
    await section.scrollIntoViewIfNeeded()
    await shot('lead-found')
    await section.getByRole('button', { name: 'Accept Company: Granite Power' }).press('Enter')
    await section.getByRole('button', { name: '1 decided before' }).waitFor()
    assert.equal(await open.count(), before - 1)
    await section.getByRole('button', { name: '1 decided before' }).press('Enter')
    await section.getByText('Accepted', { exact: true }).waitFor()
    assert.equal((await call('GET', `/v1/leads/${id}`)).company, 'Granite Power')
    await section.getByRole('button', { name: /^Decline Website/ }).press('Enter')
    await section.getByText('Everything is decided.').waitFor()
    assert.equal((await call('GET', `/v1/leads/${id}`)).website, null)
    await checkAxe('a lead with what was found out')
    await shot('lead-accepted')
  },

  async 'leads in the dark and as narrow as a phone'() {
    await narrow('a narrow lead', async () => {
      await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded()
      await shot('lead-narrow-dark')
    })
    await page.getByRole('link', { name: 'Leads', exact: true }).first().click()
    await narrow('the narrow leads', async () => {
      await page.locator('.endless a').first().waitFor()
      await shot('leads-narrow-dark')
    })
  },
})
