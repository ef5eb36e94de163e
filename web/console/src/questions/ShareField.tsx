import { useQuery } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'

import { request } from '../api/client'
import type { SavedQuestion, Sharing } from '../api/pipeline'
import { useMe } from '../auth/useSession'
import { Pick } from '../ui/Pick'

interface Role {
  id: string
  name: string
}

/** The roles that one can share with: all where one may list them, else one's own. */
function useRoles(): Role[] {
  const me = useMe().data
  const mayList = me ? me.permissions.all || me.permissions.manage.includes('roles') : false
  const all = useQuery({
    queryKey: ['roles'],
    queryFn: ({ signal }) => request<{ data: Role[] }>('/v1/roles', { signal }),
    enabled: mayList,
    staleTime: 5 * 60_000,
  })
  return all.data?.data ?? (me?.role ? [me.role] : [])
}

/** What a saved question says about with whom it is shared. */
export const sharingOf = (saved: SavedQuestion): Sharing =>
  saved.visibility === 'role' && saved.role_id
    ? { visibility: 'role', role_id: saved.role_id }
    : { visibility: saved.visibility === 'tenant' ? 'tenant' : 'private' }

/** With whom a question is shared. */
export function ShareField({ value, onChange }: { value: Sharing; onChange: (value: Sharing) => void }) {
  const { t } = useTranslation()
  const roles = useRoles()
  const options = [
    { id: 'private', words: t('share.private') },
    ...roles.map(({ id, name }) => ({ id, words: t('share.role', { role: name }) })),
    { id: 'tenant', words: t('share.tenant') },
  ]
  return (
    <div>
      <Pick
        label={t('share.who')}
        options={options}
        value={value.visibility === 'role' ? value.role_id : value.visibility}
        onChange={id =>
          onChange(
            id === 'private' || id === 'tenant' ? { visibility: id } : { visibility: 'role', role_id: id },
          )
        }
      />
      {value.visibility !== 'private' && <p className="fine field-hint">{t('share.hint')}</p>}
    </div>
  )
}
