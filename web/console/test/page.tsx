// A page at its address, as the tests of pages show one.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import axe from 'axe-core'
import type { ReactNode } from 'react'
import { MemoryRouter, Route, Routes } from 'react-router'

import { Notices } from '../src/ui/Notices'

export const show = (at: string, page: ReactNode, path = at) =>
  render(
    <MemoryRouter initialEntries={[at]}>
      <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
        <Notices>
          <main id="content">
            <Routes>
              <Route path={path} element={page} />
            </Routes>
          </main>
        </Notices>
      </QueryClientProvider>
    </MemoryRouter>,
  )

/** What axe finds; colours are for the browser's story. */
export const faults = async (container: Element) => {
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  return violations.map(({ id }) => id)
}
