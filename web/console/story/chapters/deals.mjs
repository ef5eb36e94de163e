// Open deals by how likely they are won, and one of them: why, what would help, what others did.
import assert from 'node:assert/strict'

export const deals = ({ page, shot, checkAxe, noSidewaysScroll }) => {
  const rows = () => page.locator('.deal')
  const chances = async () =>
    (await page.locator('.deal-percent').allInnerTexts()).map(words => Number.parseInt(words, 10))
  return {
    async 'open deals are ranked by how likely they are won'() {
      await page.getByRole('link', { name: 'Deals', exact: true }).click()
      await page.getByRole('heading', { name: 'Deals', level: 1 }).waitFor()
      // The demo's workers learn and score at first; that takes a while.
      await page.locator('.deal-percent').first().waitFor({ timeout: 60_000 })
      const shown = await chances()
      assert(shown.length > 5, `only ${shown.length} deals have a chance`)
      assert.deepEqual(
        shown,
        [...shown].sort((a, b) => b - a),
      )
      await checkAxe('the deals')
      await shot('deals')
      await page.getByRole('button', { name: /Order/ }).click()
      await page.getByRole('option', { name: 'Least likely first' }).click()
      const turned = await chances()
      assert.deepEqual(
        turned,
        [...turned].sort((a, b) => a - b),
      )
    },

    async 'a deal says why, and what to do; a step becomes a task by keyboard'() {
      await rows().first().getByRole('link').focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Why' }).waitFor()
      await page.getByRole('heading', { name: 'What was said before' }).waitFor()
      await checkAxe('a deal')
      await shot('deal')
      await page.getByRole('button', { name: 'How it adds up' }).click()
      await page.getByText('Pull towards how such deals usually end').waitFor()
      await page.locator('#reasons').scrollIntoViewIfNeeded()
      await shot('deal-reasons')
      const make = page.getByRole('button', { name: /^Make a task: / }).first()
      await make.focus()
      await page.keyboard.press('Enter')
      await page.getByText('Open task').first().waitFor()
      await page.locator('#steps').scrollIntoViewIfNeeded()
      await checkAxe('a deal with a task')
      await shot('deal-steps')
      await page.locator('#history').scrollIntoViewIfNeeded()
      await shot('deal-history')
    },

    async 'who sees it differently says why'() {
      await page.getByRole('button', { name: 'I see it differently' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('button', { name: /The chance is/ }).click()
      await page.getByRole('option', { name: 'too low' }).click()
      await dialog.getByLabel(/Why/).fill('Their board has decided, it is not written down yet.')
      await checkAxe('disagreeing')
      await shot('deal-disagree')
      await dialog.getByRole('button', { name: 'Send' }).click()
      await page.getByRole('status').getByText('Thank you').waitFor()
    },

    async 'deals in the dark and as narrow as a phone'() {
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.setViewportSize({ width: 360, height: 740 })
      await noSidewaysScroll('a narrow deal')
      await checkAxe('a narrow deal')
      await page.locator('#reasons').scrollIntoViewIfNeeded()
      await shot('deal-narrow-dark')
      await page.getByRole('link', { name: 'Deals', exact: true }).click()
      await page.locator('.deal-percent').first().waitFor()
      await noSidewaysScroll('the narrow deals')
      await checkAxe('the narrow deals')
      await shot('deals-narrow-dark')
      await page.setViewportSize({ width: 1280, height: 860 })
      await page.emulateMedia({ colorScheme: 'light' })
    },
  }
}
