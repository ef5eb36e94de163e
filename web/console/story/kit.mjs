// What the chapters drive the console with: a browser of their own, checks that every page passes, and words for what
// a rep does again and again.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { chromium } from 'playwright-core'

/** Opens the browser on the demo that DEMO_JSON names. */
export async function open(demoFile, shots) {
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

  /** Signs out, and in as somebody else. */
  async function enter({ email, password }) {
    await page.getByRole('button', { name: 'Account and settings' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Account and settings' }).waitFor()
  }

  /** What is shown, also in the dark and as narrow as a phone. */
  async function narrow(where, tell) {
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 360, height: 740 })
    await tell()
    await noSidewaysScroll(where)
    await checkAxe(where)
    await page.setViewportSize({ width: 1280, height: 860 })
    await page.emulateMedia({ colorScheme: 'light' })
  }

  /** Calls the API beside the page, as another program of the organisation. */
  async function call(method, path, body) {
    const response = await fetch(tenant.base_url + path, {
      method,
      headers: { authorization: `Bearer ${tenant.api_key}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    assert(response.ok, `${method} ${path}: ${response.status}`)
    return response.json()
  }

  /** Waits until something that a worker does has come. */
  async function expected(isThere) {
    const until = performance.now() + 30_000
    while (!(await isThere())) {
      assert(performance.now() < until, 'what a worker was to do has not come')
      await page.waitForTimeout(250)
    }
  }

  async function close() {
    await browser.close()
    rmSync(profile, { recursive: true, force: true })
  }

  return {
    page,
    browser,
    tenant,
    rep,
    broken,
    shot,
    checkAxe,
    noSidewaysScroll,
    box,
    cards,
    ask,
    choose,
    enter,
    narrow,
    call,
    expected,
    close,
  }
}
