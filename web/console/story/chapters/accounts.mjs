// The health of customers, the worst first, and of one of them: why, and what was said before.
import assert from 'node:assert/strict'

export const accounts = ({ page, shot, checkAxe, narrow }) => ({
  async 'customers are listed by their health, the worst first'() {
    await page.getByRole('link', { name: 'Account health', exact: true }).click()
    await page.getByRole('heading', { name: 'Account health', level: 1 }).waitFor()
    // The demo's workers learn and score at first; that takes a while.
    await page.locator('.endless .health').first().waitFor({ timeout: 240_000 })
    const scores = (await page.locator('.endless td.of-health strong').allInnerTexts()).map(Number)
    assert(scores.length > 5, `only ${scores.length} customers have a health`)
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => a - b),
    )
    await checkAxe('the health of customers')
    await shot('accounts')
  },

  async 'an account says why, by keyboard, and opens its record'() {
    await page.locator('.endless a').first().focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Why' }).waitFor()
    await page.getByRole('heading', { name: 'What was said before' }).waitFor()
    await checkAxe('the health of an account')
    await shot('account')
    await page.getByRole('button', { name: 'How it adds up' }).press('Enter')
    await page.getByText('Pull towards how accounts usually go on').waitFor()
    await page.locator('#reasons').scrollIntoViewIfNeeded()
    await shot('account-reasons')
    await page.getByRole('button', { name: 'Open the record' }).press('Enter')
    const panel = page.getByRole('dialog')
    await panel.getByRole('heading', { level: 3 }).first().waitFor()
    await checkAxe('the record of an account')
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
  },

  async 'health in the dark and as narrow as a phone'() {
    await narrow('the narrow health of an account', async () => {
      await page.getByRole('heading', { level: 1 }).scrollIntoViewIfNeeded()
      await shot('account-narrow-dark')
    })
    await page.getByRole('link', { name: 'Account health', exact: true }).first().click()
    await narrow('the narrow health of customers', async () => {
      await page.locator('.endless .health').first().waitFor()
      await shot('accounts-narrow-dark')
    })
  },
})
