import { MessageSquarePlus, Pin } from 'lucide-react'
import { Button } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import { Link, NavLink, useNavigate } from 'react-router'

import { useThread } from '../ask/thread'
import { useMe } from '../auth/useSession'
import { PAGES } from '../pages'
import { openPath } from '../questions/openPath'
import { useQuestions } from '../questions/useQuestions'
import { AccountMenu } from './AccountMenu'
import { Brand } from './Brand'

/** Where one can go, and what one asks often. */
export function Sidebar({ onGo, onHelp }: { onGo?: (() => void) | undefined; onHelp: () => void }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { clear } = useThread()
  const pinned = useQuestions().data?.filter(question => question.pinned) ?? []
  const me = useMe().data
  const links = PAGES.flatMap(({ path, nav }) =>
    nav && (!nav.isFor || (me && nav.isFor(me))) ? [{ path, ...nav }] : [],
  )
  const startAnew = () => {
    clear()
    void navigate('/ask')
    onGo?.()
  }
  return (
    <div className="sidebar">
      <Brand />
      <Button className="button new" onPress={startAnew}>
        <MessageSquarePlus aria-hidden size={16} />
        {t('nav.new')}
      </Button>
      <nav aria-label={t('nav.label')}>
        {links.map(({ path, words, icon: Icon }) => (
          <NavLink key={path} to={`/${path}`} className="nav-link" onClick={onGo}>
            <Icon aria-hidden size={16} />
            {t(words)}
          </NavLink>
        ))}
        <h2 className="eyebrow">{t('nav.pinned')}</h2>
        {pinned.length === 0 ? (
          <p className="fine nav-hint">{t('nav.nothing_pinned')}</p>
        ) : (
          <ul className="pinned">
            {pinned.map(question => (
              <li key={question.id}>
                <Link to={openPath(question)} className="nav-link pin" onClick={onGo}>
                  <Pin aria-hidden size={14} />
                  <span>{question.name}</span>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </nav>
      <AccountMenu onHelp={onHelp} />
    </div>
  )
}
