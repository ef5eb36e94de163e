import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

interface Props {
  title: ReactNode
  isOpen: boolean
  onClose: () => void
  children: ReactNode
  /** In the middle, at the right edge, or at the left edge. */
  place?: 'middle' | 'right' | 'left'
}

/** A dialog over the page: focus stays in it, Escape and a press beside it close it. */
export function Sheet({ title, isOpen, onClose, children, place = 'middle' }: Props) {
  const { t } = useTranslation()
  return (
    <ModalOverlay
      className={`overlay ${place}`}
      isOpen={isOpen}
      isDismissable
      onOpenChange={open => {
        if (!open) onClose()
      }}
    >
      <Modal className={`sheet ${place}`}>
        <Dialog className="dialog">
          <header className="sheet-head">
            <Heading slot="title">{title}</Heading>
            <Button className="button quiet icon" aria-label={t('common.close')} onPress={onClose}>
              <X aria-hidden size={18} />
            </Button>
          </header>
          <div className="sheet-body">{children}</div>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}
