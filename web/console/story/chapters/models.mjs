// How far the probabilities can be trusted: what was learned from the demo's own year.
import assert from 'node:assert/strict'

export const models = ({ page, tenant, rep, shot, checkAxe, noSidewaysScroll, enter }) => {
  const admin = tenant.logins.find(({ role }) => role === 'admin')
  return {
    async 'a rep reads how far the probabilities can be trusted'() {
      await page.getByRole('link', { name: 'Models' }).click()
      await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor()
      // The demo's workers learn at first; that takes a while.
      await page
        .getByText(/^Of deals given/)
        .first()
        .waitFor({ timeout: 240_000 })
      await page.locator('svg.marks').nth(1).waitFor()
      assert.equal(await page.getByRole('button', { name: 'Train now' }).count(), 0)
      await checkAxe('the models')
      await shot('models')
      await page.locator('#reliability').scrollIntoViewIfNeeded()
      await shot('models-reliability')
      await page.locator('#backtest').scrollIntoViewIfNeeded()
      await shot('models-backtest')
      await page.locator('#drift').scrollIntoViewIfNeeded()
      await shot('models-drift')
    },

    async 'and sees the same of leads, by keyboard'() {
      const tab = page.getByRole('tab', { name: 'Won deals' })
      await tab.focus()
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('Enter')
      await page.getByRole('tab', { name: 'Converted leads', selected: true }).waitFor()
      await page
        .getByText(/^Of leads given|^not enough data|Nothing has been learned/)
        .first()
        .waitFor({ timeout: 240_000 })
      await checkAxe('the models of leads')
      await shot('models-leads')
    },

    async 'whoever manages models trains one'() {
      await enter(admin)
      await page.getByRole('link', { name: 'Models' }).click()
      await page.getByRole('button', { name: 'Train now' }).click()
      await page.getByRole('progressbar').first().waitFor()
      await checkAxe('training')
      await shot('models-training')
      await page.getByRole('button', { name: 'Model 2', exact: true }).waitFor({ timeout: 240_000 })
      const other = page.getByRole('button', { name: /^(Make active|Go back to it): Model \d+$/ }).first()
      await other.click()
      const dialog = page.getByRole('dialog')
      await checkAxe('the question before another model is made active')
      await shot('models-activate')
      await dialog.getByRole('button', { name: 'Make active' }).click()
      await page
        .getByRole('status')
        .getByText(/is active\. Open records/)
        .waitFor()
    },

    async 'in the dark and as narrow as a phone'() {
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize({ width: 360, height: 740 })
      await page
        .getByText(/^Of deals given/)
        .first()
        .waitFor()
      await page.locator('svg.marks').nth(1).waitFor()
      await noSidewaysScroll('the narrow models')
      await checkAxe('the narrow models')
      await page.locator('#reliability').scrollIntoViewIfNeeded()
      await shot('models-narrow-dark')
      await page.setViewportSize({ width: 1280, height: 860 })
      await page.emulateMedia({ colorScheme: 'light' })
      await enter(rep)
    },
  }
}
