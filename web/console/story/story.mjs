// The console in a real browser against a real demo: what a rep does, by mouse and by keyboard, in both lights and at
// both widths; every page is checked by axe, and nothing may break the policy of the page.
//
// usage: npm run story -- DEMO_JSON [SHOTS_FOLDER]      (scripts/story.py starts the demo)
// CHAPTERS=enter,charts tells those alone, for whoever works on them.
import assert from 'node:assert/strict'

import { CHAPTERS } from './chapters/index.mjs'
import { open } from './kit.mjs'

const [demoFile, shots] = process.argv.slice(2)
assert(demoFile, 'usage: story.mjs DEMO_JSON [SHOTS_FOLDER]')
const kit = await open(demoFile, shots)
const only = process.env.CHAPTERS?.split(',')
const told = Object.entries(CHAPTERS).filter(([name]) => !only || only.includes(name))

let failed = false
for (const [title, tell] of told.flatMap(([, chapter]) => Object.entries(chapter(kit)))) {
  const began = performance.now()
  try {
    await tell()
    assert.deepEqual(kit.broken, [], 'the page has broken something')
    console.log(`story: ${title} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
  } catch (error) {
    console.error(`story: FAILED: ${title}\n${error.stack}`)
    await kit.shot('failed').catch(() => undefined)
    failed = true
    break
  }
}
await kit.close()
process.exit(failed ? 1 : 0)
