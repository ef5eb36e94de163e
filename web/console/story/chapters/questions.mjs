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
    await checkAxe('the saved questions')
    await shot('08-saved')
    await pinned.click()
    await cards().last().waitFor()
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
