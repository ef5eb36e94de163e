import { type UseInfiniteQueryResult, useInfiniteQuery } from '@tanstack/react-query'

import { LOOK_AGAIN_MS } from '../api/chance'

interface RowsPage<T> {
  data: T[]
  next_cursor: string | null
}

interface Asked<T> {
  /** What tells this list from all others. */
  key: readonly string[]
  read: (cursor: string | null, signal: AbortSignal) => Promise<RowsPage<T>>
  /** Whether nothing is said of a row yet. */
  isWaiting: (row: T) => boolean
}

export interface Endless<T> {
  key: string
  rows: T[]
  list: Pick<
    UseInfiniteQueryResult,
    | 'isPending'
    | 'isError'
    | 'isSuccess'
    | 'error'
    | 'hasNextPage'
    | 'isFetchingNextPage'
    | 'fetchNextPage'
    | 'refetch'
  >
}

/** A list that the service keeps in order, page by page. While nothing is said of any row it is read again: a worker is at it. */
export function useEndless<T>({ key, read, isWaiting }: Asked<T>): Endless<T> {
  const list = useInfiniteQuery({
    queryKey: key,
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    getNextPageParam: page => page.next_cursor,
    refetchInterval: query => {
      const first = query.state.data?.pages[0]?.data ?? []
      return first.length > 0 && first.every(isWaiting) ? LOOK_AGAIN_MS : false
    },
  })
  return { key: key.join(' '), rows: list.data?.pages.flatMap(page => page.data) ?? [], list }
}
