import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'

import { request } from '../api/client'
import type { Me } from '../api/schema'
import { type SessionState, session } from '../api/session'

export const useSessionState = (): SessionState =>
  useSyncExternalStore(session.subscribe, () => session.state)

export const useIdentity = (): string => useSyncExternalStore(session.subscribe, () => session.identity)

/** Who is signed in. */
export const useMe = () =>
  useQuery({
    queryKey: ['me'],
    queryFn: ({ signal }) => request<Me>('/v1/me', { signal }),
    staleTime: 5 * 60_000,
  })
