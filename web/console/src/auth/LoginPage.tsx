import { type FormEvent, useState } from 'react'
import { Button, Form } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import type { TenantChoice } from '../api/schema'
import { session } from '../api/session'
import { Brand } from '../shell/Brand'
import { Field } from '../ui/Field'
import { ProblemNote } from '../ui/ProblemNote'

/** Address and password, then the organisation where there are several. The password is forgotten at the end. */
export function LoginPage({ hasEnded = false }: { hasEnded?: boolean }) {
  const { t } = useTranslation()
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const [choices, setChoices] = useState<TenantChoice[] | null>(null)
  const [isTried, setTried] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)

  const signIn = async (tenant?: string) => {
    setBusy(true)
    setError(null)
    try {
      const answer = await session.signIn(email.trim(), password, tenant)
      if ('choices' in answer) setChoices(answer.choices)
    } catch (problem) {
      setError(problem)
    } finally {
      setBusy(false)
    }
  }

  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (email.trim() && password) void signIn()
  }

  return (
    <main id="content" className="login">
      <div className="login-card">
        <Brand />
        <h1>{choices ? t('login.choose') : t('login.title')}</h1>
        {hasEnded && !choices && <p className="fine">{t('problem.ended')}</p>}
        {choices ? (
          <>
            <p className="fine">{t('login.choose_hint')}</p>
            <ul className="choices">
              {choices.map(choice => (
                <li key={choice.slug}>
                  <Button className="choice" isDisabled={isBusy} onPress={() => void signIn(choice.slug)}>
                    <strong>{choice.name}</strong>
                    <span className="fine">{t('account.role', { role: choice.role })}</span>
                  </Button>
                </li>
              ))}
            </ul>
            <Button className="button quiet" onPress={() => setChoices(null)}>
              {t('login.back')}
            </Button>
          </>
        ) : (
          <Form onSubmit={submit} validationBehavior="aria">
            <Field
              label={t('login.email')}
              type="email"
              name="email"
              autoComplete="username"
              value={email}
              onChange={setEmail}
              autoFocus
              error={isTried && !email.trim() ? t('login.email_missing') : undefined}
            />
            <Field
              label={t('login.password')}
              type="password"
              name="password"
              autoComplete="current-password"
              value={password}
              onChange={setPassword}
              error={isTried && !password ? t('login.password_missing') : undefined}
            />
            <Button type="submit" className="button primary" isPending={isBusy}>
              {isBusy ? t('login.busy') : t('login.submit')}
            </Button>
          </Form>
        )}
        {error !== null && <ProblemNote error={error} />}
      </div>
    </main>
  )
}
