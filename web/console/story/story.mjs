// The console in a real browser against a real demo: what a rep does, by mouse and by keyboard, in both lights and at
// both widths; every page is checked by axe, and nothing may break the policy of the page.
//
// usage: npm run story -- DEMO_JSON [SHOTS_FOLDER]      (scripts/story.py starts the demo)
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium } from 'playwright-core'

// Open, won or all?
const AMBIGUOUS = 'What is the amount by owner?'

const [demoFile, shots] = process.argv.slice(2)
assert(demoFile, 'usage: story.mjs DEMO_JSON [SHOTS_FOLDER]')
const demo = JSON.parse(readFileSync(demoFile, 'utf8'))
const tenant = demo.tenants[0]
const rep = tenant.logins.find(({ role }) => role === 'sales')
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
if (shots) mkdirSync(shots, { recursive: true })

const profile = mkdtempSync(join(tmpdir(), 'crm-ai-story-'))
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
  viewport: { width: 1280, height: 860 },
  colorScheme: 'light',
  reducedMotion: 'reduce',
  locale: 'en-GB',
  acceptDownloads: true,
})
await browser.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: tenant.base_url })
const page = await browser.newPage()
page.setDefaultTimeout(20_000)
const broken = []
page.on('pageerror', error => broken.push(`error of the page: ${error.message}`))
page.on('console', message => {
  if (/Content Security Policy/.test(message.text())) broken.push(message.text())
})

const shot = async name => {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) })
}

/** WCAG 2.2 AA, as far as a program can see. It is let into the page by the browser, not by the page. */
async function checkAxe(where) {
  await page.evaluate(axeSource)
  const violations = await page.evaluate(async () => {
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
    // What the components have said stays in a place of their own, and names buttons that are gone.
    const page = { exclude: [['[data-live-announcer]']] }
    const result = await globalThis.axe.run(page, { runOnly: tags })
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`)
  })
  assert.deepEqual(violations, [], `axe on ${where}`)
}

async function noSidewaysScroll(where) {
  const width = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert(width <= 0, `${where} is ${width} px wider than the window`)
}

const box = () => page.getByRole('textbox', { name: /Your question|Ihre Frage/ })
const cards = () => page.getByRole('article')

/** Asks and waits for the card. */
async function ask(words) {
  const before = await cards().count()
  await box().fill(words)
  await box().press('Enter')
  await cards().nth(before).waitFor()
  return cards().nth(before)
}

async function choose(option) {
  await page.getByRole('button', { name: /Account and settings|Konto und Einstellungen/ }).click()
  await page.getByRole('menuitemradio', { name: option, exact: true }).click()
  // A choice leaves the menu open for the next one.
  if (await page.getByRole('menu').isVisible()) await page.keyboard.press('Escape')
  await page.getByRole('menu').waitFor({ state: 'hidden' })
}

const chapters = {
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

  async 'a question gives a card with a chart'() {
    const card = await ask('Open pipeline by stage')
    await card.locator('svg.marks').waitFor()
    assert((await card.locator('svg.marks path').count()) > 2, 'the chart has bars')
    await checkAxe('a card with a chart')
    await shot('03-chart')
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
    assert.equal(csv.trim().split('\r\n').length, Number(rows), 'the file has every row')
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

  async 'what was saved goes, and so does the rep'() {
    if ('/v1/pipeline/questions' in paths) {
      await page.getByRole('link', { name: 'Saved questions' }).click()
      await page.getByRole('button', { name: 'Delete Won this year' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
      await page.getByText('Nothing is saved yet.').waitFor()
    }
    await page.getByRole('button', { name: 'Account and settings' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Email').waitFor()
    await page.reload()
    await page.getByLabel('Email').waitFor()
  },
}

// What a server does not offer cannot be tried on it.
const { paths } = await (await fetch(`${tenant.base_url}/openapi.json`)).json()
const needs = {
  'a question is saved, pinned and watched': '/v1/pipeline/questions',
}

let failed = false
for (const [title, tell] of Object.entries(chapters)) {
  if (needs[title] && !(needs[title] in paths)) {
    console.log(`story: SKIPPED: ${title}: this server has no ${needs[title]}`)
    continue
  }
  const began = performance.now()
  try {
    await tell()
    assert.deepEqual(broken, [], 'the page has broken something')
    console.log(`story: ${title} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  } catch (error) {
    console.error(`story: FAILED: ${title}\n${error.stack}`)
    await shot('failed').catch(() => undefined)
    failed = true
    break
  }
}
await browser.close()
rmSync(profile, { recursive: true, force: true })
process.exit(failed ? 1 : 0)
