import { ChevronsUpDown } from 'lucide-react'
import {
  Button,
  Header,
  type Key,
  Menu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components'
import { useTranslation } from 'react-i18next'

import { session } from '../api/session'
import { useMe } from '../auth/useSession'
import { LANGUAGES, speak } from '../i18n'
import { useTell } from '../ui/Notices'
import { chooseTheme, THEMES, useTheme } from './theme'

const LANGUAGE_NAMES = { en: 'English', de: 'Deutsch' }

/** Who is signed in, and how the page looks and speaks. */
export function AccountMenu({ onHelp }: { onHelp: () => void }) {
  const { t, i18n } = useTranslation()
  const me = useMe().data
  const theme = useTheme()
  const tell = useTell()

  const leave = async (go: () => Promise<void>) => {
    try {
      await go()
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error))
    }
  }
  const act = (key: Key) => {
    const [kind, value = ''] = String(key).split(':')
    if (kind === 'tenant') void leave(() => session.switchTo(value))
    else if (kind === 'help') onHelp()
    else if (kind === 'out') void leave(() => session.signOut())
  }
  const others = me?.tenants.filter(tenant => tenant.slug !== me.tenant.slug) ?? []
  return (
    <MenuTrigger>
      <Button className="account">
        <span className="avatar" aria-hidden>
          {(me?.actor.name ?? '·').slice(0, 1)}
        </span>
        <span className="account-words">
          <strong>{me?.actor.name ?? '…'}</strong>
          <span className="fine">
            {me?.tenant.name} {me?.role ? `· ${me.role.name}` : ''}
          </span>
        </span>
        <ChevronsUpDown aria-hidden size={14} />
        <span className="visually-hidden">{t('nav.account')}</span>
      </Button>
      <Popover className="popover" placement="top start">
        <Menu className="menu" onAction={act}>
          {others.length > 0 && (
            <MenuSection>
              <Header className="eyebrow">{t('account.switch')}</Header>
              {others.map(tenant => (
                <MenuItem key={tenant.slug} id={`tenant:${tenant.slug}`} className="menu-item">
                  {tenant.name}
                </MenuItem>
              ))}
            </MenuSection>
          )}
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[theme]}
            onSelectionChange={keys => {
              const chosen = THEMES.find(each => keys !== 'all' && keys.has(each))
              if (chosen) chooseTheme(chosen)
            }}
          >
            <Header className="eyebrow">{t('account.theme')}</Header>
            {THEMES.map(each => (
              <MenuItem key={each} id={each} className="menu-item radio">
                {t(`account.theme_${each}`)}
              </MenuItem>
            ))}
          </MenuSection>
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[i18n.language]}
            onSelectionChange={keys => {
              const chosen = LANGUAGES.find(each => keys !== 'all' && keys.has(each))
              if (chosen) void speak(chosen)
            }}
          >
            <Header className="eyebrow">{t('account.language')}</Header>
            {LANGUAGES.map(each => (
              <MenuItem key={each} id={each} className="menu-item radio">
                {LANGUAGE_NAMES[each]}
              </MenuItem>
            ))}
          </MenuSection>
          <Separator className="separator" />
          <MenuItem id="help" className="menu-item">
            {t('account.shortcuts')}
            <kbd>?</kbd>
          </MenuItem>
          <MenuItem id="out" className="menu-item">
            {t('account.sign_out')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
