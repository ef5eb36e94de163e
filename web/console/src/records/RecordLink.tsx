import { lazy, type ReactNode, useState } from 'react'
import { Button } from 'react-aria-components'

import { Later } from '../ui/Later'

const RecordSheet = lazy(() => import('./RecordSheet'))

interface Props {
  /** The path of its object under /v1. */
  path: string
  id: string
  /** What names it: the title of its panel. */
  name: string
  /** What a reader of screens hears, where the words alone do not tell which one opens; it holds those words. */
  label?: string
  /** It takes the place of what was pressed, and with it the keyboard. */
  takesFocus?: boolean
  children: ReactNode
}

/** Words that open a record beside the page. */
export function RecordLink({ path, id, name, label, takesFocus = false, children }: Props) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        className="link"
        {...(label ? { 'aria-label': label } : {})}
        autoFocus={takesFocus}
        onPress={() => setOpen(true)}
      >
        {children}
      </Button>
      <Later when={isOpen}>
        <RecordSheet
          open={isOpen ? { object: path, record: { id, name } } : null}
          onClose={() => setOpen(false)}
        />
      </Later>
    </>
  )
}
