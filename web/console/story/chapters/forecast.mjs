// What a period is likely to bring, and how many cases come.
import assert from 'node:assert/strict'

export const forecast = ({ page, tenant, rep, shot, checkAxe, noSidewaysScroll, narrow, enter }) => ({
  async 'a forecast says what is likely and how good such forecasts were'() {
    await page.getByRole('link', { name: 'Forecast' }).click()
    await page.getByText(/^Eight times in ten between/).waitFor({ timeout: 60_000 })
    await page.getByRole('heading', { name: 'How good were such forecasts?' }).waitFor()
    await page.locator('svg.marks').first().waitFor()
    await checkAxe('the forecast')
    await shot('forecast')
    await page.locator('#past').scrollIntoViewIfNeeded()
    await shot('forecast-past')
    await page.getByRole('button', { name: /Period/ }).click()
    await page.getByRole('option', { name: 'Next quarter' }).click()
    await page.getByRole('button', { name: /Split by/ }).click()
    await page.getByRole('option', { name: 'Team' }).click()
    await page.getByText(/^Expected revenue, 1 Jan/).waitFor({ timeout: 60_000 })
    await page.getByText('Working it out').waitFor({ state: 'hidden' })
    await page.locator('#expected').scrollIntoViewIfNeeded()
    await shot('forecast-next')
  },

  async 'what was really told is kept beside it'() {
    await page.getByRole('heading', { name: 'What was really told' }).scrollIntoViewIfNeeded()
    await shot('forecast-said')
  },

  async 'the cases of the weeks ahead are forecast with their interval, by keyboard'() {
    await enter(tenant.logins.find(({ role }) => role === 'admin'))
    await page.getByRole('link', { name: 'Forecast' }).click()
    await page.getByRole('tab', { name: 'Revenue' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Cases in the next 8 weeks' }).waitFor({ timeout: 60_000 })
    await page.locator('svg.marks').first().waitFor()
    const expected = (await page.locator('#cases ~ .table-frame strong').allInnerTexts()).map(Number)
    assert.equal(expected.length, 8)
    assert(
      expected.every(count => count > 0),
      `cases are expected: ${expected}`,
    )
    await checkAxe('the volume of cases')
    await shot('cases')
    await page.getByRole('button', { name: /Queue/ }).press('Enter')
    await page.getByRole('option').nth(1).click()
    await page.locator('svg.marks').first().waitFor()
    await shot('cases-queue')
    await narrow('the narrow volume of cases', async () => {
      await page.locator('svg.marks').first().waitFor()
      await page.locator('#cases').scrollIntoViewIfNeeded()
      await shot('cases-narrow-dark')
    })
    await enter(rep)
    await page.getByRole('link', { name: 'Forecast' }).click()
    await page.getByText(/^Eight times in ten between/).waitFor({ timeout: 60_000 })
  },

  async 'a forecast in the dark and as narrow as a phone'() {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    await noSidewaysScroll('the narrow forecast')
    await checkAxe('the narrow forecast')
    await page.locator('#expected').scrollIntoViewIfNeeded()
    await shot('forecast-narrow-dark')
    await page.setViewportSize({ width: 1280, height: 860 })
    await page.emulateMedia({ colorScheme: 'light' })
  },
})
