// Open deals by how likely they are won, and one of them: why, what would help, what others did.
import assert from 'node:assert/strict'

export const deals = ({ page, tenant, rep, shot, checkAxe, narrow, enter }) => {
  const table = () => page.getByRole('table', { name: 'Open deals' })
  const chances = async () =>
    (await page.locator('.endless .deal-percent').allInnerTexts()).map(words => Number.parseInt(words, 10))
  /** Waits until the list stands in an order. */
  const ordered = async direction => {
    await page
      .getByRole('columnheader', { name: 'Chance to win' })
      .and(page.locator(`[aria-sort=${direction}]`))
      .waitFor()
    const shown = await chances()
    const wanted = shown.toSorted((a, b) => (direction === 'descending' ? b - a : a - b))
    assert.deepEqual(shown, wanted)
    return shown
  }
  return {
    async 'open deals are ranked by how likely they are won'() {
      await page.getByRole('link', { name: 'Deals', exact: true }).click()
      await page.getByRole('heading', { name: 'Deals', level: 1 }).waitFor()
      // The demo's workers learn and score at first; that takes a while.
      await page.locator('.endless .deal-percent').first().waitFor({ timeout: 60_000 })
      const shown = await ordered('descending')
      assert(shown.length > 5, `only ${shown.length} deals have a chance`)
      await checkAxe('the deals')
      await shot('deals')
    },

    async 'all deals of an organisation come as one goes on, by keyboard and by scrolling'() {
      await enter(tenant.logins.find(({ role }) => role === 'admin'))
      await page.getByRole('link', { name: 'Deals', exact: true }).click()
      await page.locator('.endless .deal-percent').first().waitFor()
      const first = await page.locator('.endless tbody tr[data-index]').count()
      await page.locator('.endless a').first().focus()
      // Each row holds one link: tabbing goes through the rows, and the next ones are there in time.
      for (let at = 0; at < first; at += 1) await page.keyboard.press('Tab')
      const at = await page.evaluate(() => Number(document.activeElement?.closest('tr')?.dataset.index))
      assert.equal(at, first, 'the focus went on to a row that was not there at first')
      const foot = page.locator('.endless-foot')
      for (let turn = 0; turn < 40 && !/^All /.test(await foot.innerText()); turn += 1) {
        const words = await foot.innerText()
        await page.locator('#content').evaluate(content => content.scrollTo(0, content.scrollHeight))
        await page.waitForFunction(
          before => document.querySelector('.endless-foot')?.innerText !== before,
          words,
        )
      }
      const all = Number.parseInt((await foot.innerText()).replace(/\D/g, ''), 10)
      assert(all > 100, `only ${all} deals came`)
      assert.equal(Number(await table().getAttribute('aria-rowcount')), all + 1)
      const inPage = await page.locator('.endless tbody tr[data-index]').count()
      assert(inPage < all / 2, `${inPage} of ${all} rows are in the document`)
      await checkAxe('the end of the deals')
      await shot('deals-end')
      await enter(rep)
      await page.getByRole('link', { name: 'Deals', exact: true }).click()
      await page.locator('.endless .deal-percent').first().waitFor()
    },

    async 'in another order, and only those of one’s own'() {
      await page.getByRole('button', { name: /Order/ }).click()
      await page.getByRole('option', { name: 'Least likely first' }).click()
      await ordered('ascending')
      await page.getByRole('button', { name: /Whose/ }).click()
      await page.getByRole('option', { name: 'Only mine' }).click()
      await page.locator('.endless .deal-percent').first().waitFor()
    },

    async 'a deal says why, and what to do; a step becomes a task by keyboard'() {
      const make = page.getByRole('button', { name: /^Make a task: / }).first()
      // The first that lacks something that won deals had at its stage.
      for (let nth = 0; nth < 8; nth++) {
        await page.locator('.endless a').nth(nth).focus()
        await page.keyboard.press('Enter')
        await page.getByRole('heading', { name: 'Why' }).waitFor()
        if ((await make.count()) > 0) break
        await page.goBack()
        await page.locator('.endless .deal-percent').first().waitFor()
      }
      await page.getByRole('heading', { name: 'What was said before' }).waitFor()
      await checkAxe('a deal')
      await shot('deal')
      await page.getByRole('button', { name: 'How it adds up' }).click()
      await page.getByText('Pull towards how such deals usually end').waitFor()
      await page.locator('#reasons').scrollIntoViewIfNeeded()
      await shot('deal-reasons')
      await make.focus()
      await page.keyboard.press('Enter')
      await page.getByText('Open task').first().waitFor()
      await page.locator('#steps').scrollIntoViewIfNeeded()
      await checkAxe('a deal with a task')
      await shot('deal-steps')
      await page.locator('#history').scrollIntoViewIfNeeded()
      await shot('deal-history')
    },

    async 'the records behind a reason open, by keyboard'() {
      const record = page.locator('.rests-on').getByRole('button').first()
      await record.focus()
      await page.keyboard.press('Enter')
      const panel = page.getByRole('dialog')
      await panel.getByRole('heading', { level: 3 }).first().waitFor()
      await checkAxe('a record behind a reason')
      await shot('deal-record')
      await page.keyboard.press('Escape')
      await panel.waitFor({ state: 'hidden' })
      assert(await record.evaluate(element => element === document.activeElement), 'the focus comes back')
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
      await narrow('a narrow deal', async () => {
        await page.locator('#reasons').scrollIntoViewIfNeeded()
        await shot('deal-narrow-dark')
      })
      await page.getByRole('link', { name: 'Deals', exact: true }).first().click()
      await narrow('the narrow deals', async () => {
        await page.locator('.endless .deal-percent').first().waitFor()
        await shot('deals-narrow-dark')
      })
    },
  }
}
