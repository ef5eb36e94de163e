import optimizeLocales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

// Where `npm run dev` finds the API.
const api = process.env.CRM_AI_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/console/',
  plugins: [
    react(),
    // The components speak thirty languages; the console has two.
    { ...optimizeLocales.vite({ locales: ['en-US', 'de-DE'] }), enforce: 'pre' },
  ],
  build: {
    target: 'es2022',
    manifest: true,
    // Everything is a file of our own: the policy of the page allows no data: scripts or styles.
    assetsInlineLimit: 0,
    // The chart library is big and comes late; the rest is held down by scripts/size.mjs.
    chunkSizeWarningLimit: 1500,
    // What the first page needs comes as one file: a file for each part that later pages share packs worse.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } } },
  },
  server: { proxy: { '/v1': { target: api }, '/health': { target: api } } },
  test: {
    environment: 'jsdom',
    include: ['test/**/*.test.{ts,tsx}'],
    setupFiles: ['test/setup.ts'],
    css: false,
    // A page with its check by axe takes seconds where everything else is built at once.
    testTimeout: 20_000,
  },
})
