// Dark, German, narrow, without the network.
import assert from 'node:assert/strict'

export const looks = ({ page, browser, shot, checkAxe, noSidewaysScroll, box, cards, ask, choose }) => ({
  async 'dark, German, and as narrow as a phone'() {
    await choose('Dark')
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
    await page.getByRole('button', { name: 'New question' }).click()
    const card = await ask('Open pipeline by stage')
    await card.locator('svg.marks').waitFor()
    await checkAxe('a card in the dark')
    await shot('09-dark')
    await choose('Deutsch')
    await page.getByRole('link', { name: 'Gespeicherte Fragen' }).waitFor()
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'de')
    await page.setViewportSize({ width: 360, height: 740 })
    await noSidewaysScroll('a card')
    await checkAxe('a narrow card')
    await shot('10-narrow-dark')
    await page.getByRole('button', { name: 'Menü öffnen' }).click()
    await page.getByRole('dialog').waitFor()
    await checkAxe('the menu')
    await page.getByRole('dialog').getByRole('link', { name: 'Gespeicherte Fragen' }).click()
    await page.getByRole('heading', { name: 'Gespeicherte Fragen' }).waitFor()
    await noSidewaysScroll('the saved questions')
    await checkAxe('the narrow saved questions')
    await shot('11-narrow-saved')
    await page.setViewportSize({ width: 1280, height: 860 })
    await choose('English')
    await choose('Light')
  },

  async 'without the network the page says so and goes on afterwards'() {
    await page.getByRole('button', { name: 'New question' }).click()
    await browser.setOffline(true)
    await page.getByText('You are offline.').waitFor()
    await box().fill('Open pipeline by stage')
    await box().press('Enter')
    await page.getByRole('alert').getByText('The service was not reached').waitFor()
    await browser.setOffline(false)
    await page.getByRole('button', { name: 'Try again' }).click()
    await cards().first().waitFor()
  },
})
