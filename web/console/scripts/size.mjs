// Fails when the first load is over its budget: the page, its scripts and styles with all that they import at
// once, gzipped, and the font. The chart library is imported when a chart is shown and counts apart.
import { readFileSync, rmSync, statSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = 250 * 1024
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))

const files = new Set(['index.html', 'theme.js'])
const take = key => {
  const chunk = manifest[key]
  if (files.has(chunk.file)) return
  files.add(chunk.file)
  for (const file of [...(chunk.css ?? []), ...(chunk.assets ?? [])]) files.add(file)
  for (const imported of chunk.imports ?? []) take(imported)
}
// What the page itself names, and what that imports.
const page = readFileSync(new URL('index.html', dist), 'utf8')
const named = Object.keys(manifest).filter(key => page.includes(`/${manifest[key].file}`))
if (!named.some(key => manifest[key].file.endsWith('.js'))) throw new Error('the page names no script')
for (const key of named) take(key)
// Of the font's files a browser fetches those whose letters are on the page: Latin.
const fetched = [...files].filter(file => !file.endsWith('.woff2') || /inter-latin-wght/.test(file))

const packed = file =>
  file.endsWith('.woff2')
    ? statSync(new URL(file, dist)).size
    : gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length
const kilobytes = bytes => `${(bytes / 1024).toFixed(1)} KB`
let total = 0
for (const file of fetched) {
  const size = packed(file)
  total += size
  console.log(`${kilobytes(size).padStart(10)}  ${file}`)
}
console.log(`${kilobytes(total).padStart(10)}  first load, of ${kilobytes(BUDGET)}`)
// The list is for this check alone and no file of the page.
rmSync(new URL('.vite', dist), { recursive: true })
if (total > BUDGET) {
  console.error('the first load is over its budget')
  process.exit(1)
}
