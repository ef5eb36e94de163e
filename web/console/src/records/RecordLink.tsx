import { lazy, type ReactNode, useState } from 'react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { Later } from '../ui/Later'

const RecordSheet = lazy(() => import('./RecordSheet'))

interface Props {
  /** The path of its object under /v1. */
  path: string
  id: string
  /** What names it: the title of its panel. */
  name: string
  /** How a reader of screens tells it from others of the same name. */
  said?: string
  children: ReactNode
}

/** Words that open a record beside the page. */
export function RecordLink({ path, id, name, said, children }: Props) {
  const { t } = useTranslation()
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button
        className="link"
        aria-label={t('records.open', { name: said ?? name })}
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
