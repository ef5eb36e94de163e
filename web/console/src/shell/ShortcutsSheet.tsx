import { Switch } from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { Sheet } from '../ui/Sheet'
import { SHORTCUTS, switchShortcuts, useShortcutsOn } from './shortcuts'

const IN_BOX = [
  ['send', 'Enter'],
  ['newline', 'Shift + Enter'],
  ['earlier', '↑'],
  ['close', 'Esc'],
] as const

export default function ShortcutsSheet({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  const isOn = useShortcutsOn()
  const rows = [...Object.entries(SHORTCUTS), ...IN_BOX]
  return (
    <Sheet title={t('shortcuts.title')} isOpen={isOpen} onClose={onClose}>
      <dl className="shortcuts">
        {rows.map(([name, key]) => (
          <div key={name}>
            <dt>{t(`shortcuts.${name}`)}</dt>
            <dd>
              <kbd>{key}</kbd>
            </dd>
          </div>
        ))}
      </dl>
      <Switch className="switch" isSelected={isOn} onChange={switchShortcuts}>
        <span className="track" aria-hidden />
        {t('shortcuts.on')}
      </Switch>
    </Sheet>
  )
}
