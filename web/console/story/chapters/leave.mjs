// What was made goes, and so does the rep.

export const leave = ({ page }) => ({
  async 'what was saved goes, and so does the rep'() {
    await page.getByRole('link', { name: 'Saved questions' }).click()
    await page.getByRole('button', { name: 'Delete Won this year' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText('Nothing is saved yet.').waitFor()
    await page.getByRole('button', { name: 'Account and settings' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Email').waitFor()
    await page.reload()
    await page.getByLabel('Email').waitFor()
  },
})
