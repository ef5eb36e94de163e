// The box takes as many characters as are read as a question.
import { fireEvent, render, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'

import { Composer } from '../src/ask/Composer'

it('takes as many characters as the service reads as a question, however they are written', () => {
  const onAsk = vi.fn()
  render(
    <Composer
      box={{ current: null }}
      follows={null}
      onUnfollow={vi.fn()}
      isBusy={false}
      onStop={vi.fn()}
      lastAsked={null}
      onAsk={onAsk}
    />,
  )
  const box = screen.getByRole('textbox')
  const ask = (words: string) => {
    fireEvent.change(box, { target: { value: words } })
    fireEvent.keyDown(box, { key: 'Enter' })
  }
  ask('a'.repeat(1_001))
  expect(screen.getByRole('alert').textContent).toBe(
    'A question may have at most 1000 characters; this one has 1001.',
  )
  expect(onAsk).not.toHaveBeenCalled()
  // One character of two units is one.
  ask('🏊'.repeat(1_000))
  expect(onAsk).toHaveBeenCalledTimes(1)
})
