// Questions and their cards.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'

// Open, won or all?
const AMBIGUOUS = 'What is the amount by owner?'

export const ask = ({ page, shot, checkAxe, cards, ask }) => ({
  async 'a question gives a card with a chart'() {
    const card = await ask('Open pipeline by stage')
    await card.locator('svg.marks').waitFor()
    assert((await card.locator('svg.marks path').count()) > 2, 'the chart has bars')
    await checkAxe('a card with a chart')
    await shot('03-chart')
  },

  async 'a wrong reading is told'() {
    const judge = async card => {
      await card.getByRole('button', { name: 'Read wrongly?' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('textbox').fill('By owner, I meant.')
      await checkAxe('a wrong reading')
      await dialog.getByRole('button', { name: 'Send' }).click()
      await page.getByRole('status').getByText('Thank you').waitFor()
      await dialog.waitFor({ state: 'hidden' })
    }
    await judge(cards().last())
    await shot('03b-told')
  },

  async 'the table sorts and goes to a file'() {
    const card = cards().last()
    await card.getByRole('tab', { name: 'Table' }).click()
    const heads = card.getByRole('columnheader')
    await heads.nth(1).getByRole('button').click()
    assert.equal(await heads.nth(1).getAttribute('aria-sort'), 'descending')
    await checkAxe('a table')
    await shot('04-table')
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      card.getByRole('button', { name: 'Download CSV' }).click(),
    ])
    const csv = readFileSync(await download.path(), 'utf8')
    const rows = await card.getByRole('table').getAttribute('aria-rowcount')
    const lines = csv
      .trim()
      .split('\r\n')
      .filter(line => !/^"?# /.test(line))
    assert.equal(lines.length, Number(rows), 'the file has every row, and notes after them')
  },

  async 'a row leads to its own records'() {
    const card = cards().last()
    const row = card.getByRole('button', { name: /^Records of / }).first()
    const name = await row.innerText()
    await row.click()
    await card.getByText(`Records of ${name}`).waitFor()
    await card
      .getByRole('button', { name: /^Open / })
      .first()
      .waitFor()
    const stages = card.getByRole('row').filter({ hasText: name })
    assert((await stages.count()) > 0, 'its records are of that stage')
    await shot('04b-row')
    await card.getByRole('button', { name: 'All records' }).click()
  },

  async 'the records behind it open'() {
    const card = cards().last()
    await card.getByRole('tab', { name: 'Records' }).click()
    const record = card.getByRole('button', { name: /^Open / }).first()
    await record.waitFor()
    await shot('05-records')
    await record.click()
    const panel = page.getByRole('dialog')
    await panel.getByText('Stage', { exact: true }).waitFor()
    await checkAxe('a record')
    await shot('06-record')
    await page.keyboard.press('Escape')
    await panel.waitFor({ state: 'hidden' })
    await card.getByRole('tab', { name: 'Query' }).click()
    await card.getByText('"entity": "opportunities"').waitFor()
  },

  async 'a follow-up edits the last question'() {
    await page.getByText('Follows “Open pipeline by stage”').waitFor()
    const card = await ask('and by owner?')
    await card.getByRole('tab', { name: 'Table' }).click()
    await card.getByRole('columnheader', { name: /Owner/ }).waitFor()
  },

  async 'an ambiguous question is asked back'() {
    await page.getByRole('button', { name: 'Ask without the earlier answer' }).click()
    const card = await ask(AMBIGUOUS)
    const options = card.getByRole('list', { name: 'Which one do you mean?' }).getByRole('button')
    assert((await options.count()) > 1, 'there is something to choose')
    await checkAxe('choices')
    await shot('07-choices')
    const before = await cards().count()
    await options.first().click()
    await cards().nth(before).waitFor()
  },

  async 'what cannot be asked is declined with what can'() {
    await page.getByRole('button', { name: 'New question' }).click()
    const card = await ask('delete all leads')
    assert((await card.getByRole('list', { name: 'You can ask' }).getByRole('button').count()) > 0)
    await checkAxe('a refusal')
  },

  async 'the page works by keyboard alone'() {
    await page.reload()
    await page.getByRole('heading', { name: 'What do you want to know?' }).waitFor()
    // From the top of the page, and not from the box, which has the focus at first.
    await page.evaluate(() => {
      document.body.tabIndex = -1
      document.body.focus()
      document.body.removeAttribute('tabindex')
    })
    await page.keyboard.press('Tab')
    const skip = page.getByRole('link', { name: 'Skip to the content' })
    assert(await skip.evaluate(element => element === document.activeElement), 'the skip link comes first')
    await page.keyboard.press('Enter')
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'content')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    await checkAxe('the shortcuts')
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.keyboard.type('Won this year by owner')
    await page.keyboard.press('Enter')
    await cards().first().waitFor()
    // From the box backwards to the tabs of the card, and by arrows to another one.
    const query = cards().first().getByRole('tab', { name: 'Query' })
    for (let step = 0; step < 30; step += 1) {
      await page.keyboard.press('Shift+Tab')
      if (await page.evaluate(() => document.activeElement?.getAttribute('role') === 'tab')) break
    }
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    assert.equal(await query.getAttribute('aria-selected'), 'true')
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
  },
})
