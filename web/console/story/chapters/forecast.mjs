// What a period is likely to bring.

export const forecast = ({ page, shot, checkAxe, noSidewaysScroll }) => ({
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
