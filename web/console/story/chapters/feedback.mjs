// What was read wrongly, for who looks after the definitions; the rep of the chapters before said so.
import assert from 'node:assert/strict'

export const feedback = ({ page, tenant, rep, cards, shot, checkAxe, narrow, enter }) => ({
  async 'wrong readings are listed for who administers runs, with a way to ask again'() {
    assert.equal(
      await page.getByRole('link', { name: 'Wrong readings' }).count(),
      0,
      'a rep has no such page',
    )
    await enter(tenant.logins.find(({ role }) => role === 'admin'))
    await page.getByRole('link', { name: 'Wrong readings' }).press('Enter')
    await page.getByRole('table', { name: 'Wrong readings' }).waitFor()
    await page.getByText('By owner, I meant.').first().waitFor()
    await checkAxe('the wrong readings')
    await shot('feedback')
    await narrow('the narrow wrong readings', async () => {
      await page.getByText('By owner, I meant.').first().waitFor()
      await shot('feedback-narrow-dark')
    })
    await page
      .getByRole('link', { name: /^Ask again as it was read: / })
      .first()
      .press('Enter')
    await cards().first().waitFor()
    await enter(rep)
  },
})
