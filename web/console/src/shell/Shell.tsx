import { Menu as MenuIcon, WifiOff } from 'lucide-react'
import { lazy, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Outlet, useLocation, useNavigate } from 'react-router'

import { useAlerts } from '../questions/useAlerts'
import { IconButton } from '../ui/IconButton'
import { Later } from '../ui/Later'
import { Brand } from './Brand'
import { Sidebar } from './Sidebar'
import { useShortcut } from './shortcuts'
import { useOnline } from './useOnline'

const Sheet = lazy(() => import('../ui/Sheet').then(({ Sheet }) => ({ default: Sheet })))
const ShortcutsSheet = lazy(() => import('./ShortcutsSheet'))

/** The frame of every page: the sidebar, on narrow screens behind a button, and the content. */
export function Shell() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const location = useLocation()
  const isOnline = useOnline()
  const content = useRef<HTMLElement>(null)
  const [isMenuOpen, setMenuOpen] = useState(false)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const help = () => {
    setMenuOpen(false)
    setHelpOpen(true)
  }
  useAlerts()
  useShortcut('help', help)
  useShortcut('saved', () => void navigate('/questions'))
  useShortcut('new', () => {
    if (location.pathname !== '/ask') void navigate('/ask')
  })

  return (
    <div className="shell">
      {/* biome-ignore lint/a11y/useValidAnchor: it goes to the content, and the router keeps the address */}
      <a
        className="skip"
        href="#content"
        onClick={event => {
          // The address holds the page's path; only the focus moves.
          event.preventDefault()
          content.current?.focus()
        }}
      >
        {t('app.skip')}
      </a>
      <aside className="side">
        <Sidebar onHelp={help} />
      </aside>
      <header className="top">
        <IconButton icon={MenuIcon} label={t('nav.open')} onPress={() => setMenuOpen(true)} />
        <Brand />
      </header>
      <Later when={isMenuOpen}>
        <Sheet title={t('app.console')} isOpen={isMenuOpen} onClose={() => setMenuOpen(false)} place="left">
          <Sidebar onGo={() => setMenuOpen(false)} onHelp={help} />
        </Sheet>
      </Later>
      <main id="content" className="content" tabIndex={-1} ref={content}>
        {!isOnline && (
          <p className="offline" role="status">
            <WifiOff aria-hidden size={16} />
            {t('offline.now')}
          </p>
        )}
        <Outlet />
      </main>
      <Later when={isHelpOpen}>
        <ShortcutsSheet isOpen={isHelpOpen} onClose={() => setHelpOpen(false)} />
      </Later>
    </div>
  )
}
