import { useTranslation } from 'react-i18next'

export function Brand() {
  const { t } = useTranslation()
  return (
    <span className="brand">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <rect width="32" height="32" rx="8" className="brand-tile" />
        <path d="M7 22.5v-8M13 22.5v-13M19 22.5v-6M25 22.5v-11" className="brand-bars" />
      </svg>
      {t('app.name')}
    </span>
  )
}
