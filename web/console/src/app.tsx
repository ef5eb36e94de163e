import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, Suspense, useEffect, useState } from 'react'
import { Button, I18nProvider, RouterProvider } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { BrowserRouter, Link, Navigate, Route, Routes, useHref, useNavigate } from 'react-router'

import { ApiProblem } from './api/problem'
import { session } from './api/session'
import { AskPage } from './ask/AskPage'
import { ThreadProvider } from './ask/thread'
import { LoginPage } from './auth/LoginPage'
import { useIdentity, useSessionState } from './auth/useSession'
import { PAGES } from './pages'
import { Shell } from './shell/Shell'
import { useTitle } from './shell/useTitle'
import { Boundary } from './ui/Boundary'
import { Notices } from './ui/Notices'
import { ProblemNote } from './ui/ProblemNote'

const newCache = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        // What the service refuses it refuses again; what did not reach it may reach it now.
        retry: (count, error) => count < 2 && !(error instanceof ApiProblem && error.status < 500),
        refetchOnWindowFocus: false,
      },
    },
  })

export function App() {
  const { i18n } = useTranslation()
  const identity = useIdentity()
  return (
    <Boundary fallback={<Crash />}>
      <I18nProvider locale={i18n.language}>
        <BrowserRouter basename="/console">
          <Notices key={identity}>
            <Kept key={identity}>
              <Gate />
            </Kept>
          </Notices>
        </BrowserRouter>
      </I18nProvider>
    </Boundary>
  )
}

/** What the page keeps for one person in one organisation: nobody else in this tab sees it. */
function Kept({ children }: { children: ReactNode }) {
  const [cache] = useState(newCache)
  return (
    <QueryClientProvider client={cache}>
      <ThreadProvider>{children}</ThreadProvider>
    </QueryClientProvider>
  )
}

/** Pages for those who are signed in, and the way in for the others; the address stays as it is. */
function Gate() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const state = useSessionState()
  const [error, setError] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)

  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is the reason to try again
  useEffect(() => {
    if (session.state === 'unknown') session.refresh().then(() => setError(null), setError)
  }, [attempt])

  if (state === 'signed-out' || state === 'ended') return <SignIn hasEnded={state === 'ended'} />
  if (state === 'unknown') {
    return error === null ? (
      <output className="splash" aria-label={t('common.loading')} />
    ) : (
      <main className="login">
        <ProblemNote error={error} onRetry={() => setAttempt(attempt + 1)} />
      </main>
    )
  }
  return (
    <RouterProvider navigate={(to, options) => void navigate(to, options)} useHref={useHref}>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<Navigate to="/ask" replace />} />
          <Route path="ask" element={<AskPage />} />
          {PAGES.map(({ path, Page }) => (
            <Route
              key={path}
              path={path}
              element={
                <Suspense fallback={<div className="page skeleton block" />}>
                  <Page />
                </Suspense>
              }
            />
          ))}
          <Route path="login" element={<Navigate to="/ask" replace />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </RouterProvider>
  )
}

function SignIn({ hasEnded }: { hasEnded: boolean }) {
  const { t } = useTranslation()
  useTitle(t('login.title'))
  return <LoginPage hasEnded={hasEnded} />
}

function NotFound() {
  const { t } = useTranslation()
  useTitle(t('problem.not_found'))
  return (
    <div className="page nothing">
      <h1>{t('problem.not_found')}</h1>
      <Link className="button primary" to="/ask">
        {t('problem.home')}
      </Link>
    </div>
  )
}

function Crash() {
  const { t } = useTranslation()
  return (
    <main className="login">
      <div className="login-card">
        <p>{t('problem.crash')}</p>
        <Button className="button primary" onPress={() => window.location.reload()}>
          {t('problem.reload')}
        </Button>
      </div>
    </main>
  )
}
