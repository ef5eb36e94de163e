// Saved questions, alerts and links.
import assert from 'node:assert/strict'

export const questions = ({ page, tenant, shot, checkAxe, cards, ask }) => ({
  async 'a question is saved, pinned and watched'() {
    await page.getByRole('button', { name: 'New question' }).click()
    await ask('How much did we win this year?')
    await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
    await page.keyboard.press('s')
    const dialog = page.getByRole('dialog', { name: 'Save this question' })
    await dialog.getByLabel('Name').fill('Won this year')
    await checkAxe('saving')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    const pinned = page.getByRole('navigation').getByRole('link', { name: 'Won this year' })
    await pinned.waitFor()
    await page.getByRole('link', { name: 'Saved questions' }).click()
    await page.getByRole('button', { name: 'Alert of Won this year' }).click()
    const alert = page.getByRole('dialog')
    await alert.getByLabel('Threshold').fill('many')
    await alert.getByRole('button', { name: 'Set the alert' }).click()
    await alert.getByText('Enter a number').waitFor()
    await alert.getByLabel('Threshold').fill('1000')
    await checkAxe('an alert')
    await alert.getByRole('button', { name: 'Set the alert' }).click()
    await page.getByText(/below 1000/).waitFor()
    await page.getByRole('button', { name: 'Share Won this year' }).click()
    const share = page.getByRole('dialog')
    await share.getByRole('button', { name: /Who sees it/ }).click()
    await page.getByRole('option', { name: 'Everybody in the organisation' }).click()
    await checkAxe('sharing')
    await share.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('Shared with everybody').waitFor()
    await checkAxe('the saved questions')
    await shot('08-saved')
    await pinned.click()
    await cards().last().waitFor()
    // A card that came without a run can be judged too.
    await cards().last().getByRole('button', { name: 'Read wrongly?' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
    await page.getByRole('status').getByText('Thank you').waitFor()
  },

  async 'an alert is told in a corner, with a way to its question'() {
    await page.getByRole('link', { name: 'Saved questions' }).click()
    await page.getByRole('button', { name: 'Alert of Won this year' }).click()
    const alert = page.getByRole('dialog')
    await alert.getByRole('button', { name: /When it is/ }).click()
    await page.getByRole('option', { name: 'above', exact: true }).click()
    await alert.getByRole('button', { name: 'Set the alert' }).click()
    await alert.waitFor({ state: 'hidden' })
    // A worker looks at it, and the feed tells.
    const notice = page.locator('.notice').filter({ hasText: '“Won this year”' })
    await notice.waitFor({ timeout: 90_000 })
    assert.match(await notice.innerText(), /above 1000/)
    await checkAxe('a notice')
    await shot('08b-notice')
    const before = await cards().count()
    await notice.getByRole('link', { name: 'Open' }).click()
    await cards().nth(before).waitFor()
    await notice.waitFor({ state: 'hidden' })
  },

  async 'a link gives the same question to whoever opens it'() {
    await cards().last().getByRole('button', { name: 'Copy link' }).click()
    const link = await page.evaluate(() => navigator.clipboard.readText())
    assert(link.startsWith(`${tenant.base_url}/console/ask?q=`), link)
    await page.goto(link)
    await cards().first().waitFor()
    assert(!page.url().includes('q='), 'the query leaves the address')
  },
})
