import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import axe from 'axe-core'
import { afterEach, expect, it, vi } from 'vitest'

import { session } from '../src/api/session'
import { LoginPage } from '../src/auth/LoginPage'

afterEach(() => vi.restoreAllMocks())

const fill = async () => {
  await userEvent.type(screen.getByLabelText('Email'), 'mara@brightwater.example')
  await userEvent.type(screen.getByLabelText('Password'), 'a walk along the harbour')
  await userEvent.keyboard('{Enter}')
}

it('says what is missing before it asks the service', async () => {
  const signIn = vi.spyOn(session, 'signIn')
  const { container } = render(<LoginPage />)
  await userEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  expect(screen.getByText('Enter your email address.')).toBeTruthy()
  expect(screen.getByText('Enter your password.')).toBeTruthy()
  expect(signIn).not.toHaveBeenCalled()
  const { violations } = await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })
  expect(violations.map(({ id }) => id)).toEqual([])
})

it('lets somebody with several organisations choose one', async () => {
  const choices = [
    { slug: 'brightwater', name: 'Brightwater Pools', role: 'sales' },
    { slug: 'harborline', name: 'Harborline', role: 'admin' },
  ]
  const signIn = vi.spyOn(session, 'signIn').mockResolvedValue({ choices })
  render(<LoginPage />)
  await fill()
  await userEvent.click(await screen.findByRole('button', { name: /Harborline/ }))
  expect(signIn).toHaveBeenLastCalledWith(
    'mara@brightwater.example',
    'a walk along the harbour',
    'harborline',
  )
})

it('shows the service’s words when it refuses', async () => {
  vi.spyOn(session, 'signIn').mockRejectedValue(new Error('address, password or organisation is wrong'))
  render(<LoginPage />)
  await fill()
  expect((await screen.findByRole('alert')).textContent).toContain(
    'address, password or organisation is wrong',
  )
})
