// The way in.
import assert from 'node:assert/strict'

export const enter = ({ page, tenant, rep, shot, checkAxe }) => ({
  async 'nobody gets in with a wrong password'() {
    await page.goto(`${tenant.base_url}/console/`)
    await page.getByLabel('Email').fill(rep.email)
    await page.getByLabel('Password').fill('a wrong password')
    await page.keyboard.press('Enter')
    const problem = page.getByRole('alert').filter({ hasText: 'is wrong' })
    await problem.waitFor()
    assert.match(await problem.innerText(), /Request \S+/)
    await checkAxe('the login')
    await shot('01-login')
  },

  async 'the rep signs in by keyboard'() {
    await page.getByLabel('Email').focus()
    await page.keyboard.press('Tab')
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type(rep.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What do you want to know?' }).waitFor()
    await checkAxe('the first page')
    await shot('02-welcome')
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    )
    assert.equal(kept, '[{},{},""]', 'scripts can read something of the session')
  },
})
