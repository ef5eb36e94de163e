import '../styles/predictions.css'
import '../styles/deals.css'
import '../styles/list.css'

import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'react-router'

import { type Judged, listWrong } from '../api/feedback'
import { replayPath } from '../ask/replay'
import { useNumbers } from '../chance/useNumbers'
import '../chance/words'
import { addWords } from '../i18n'
import EndlessTable, { type ListColumn } from '../list/EndlessTable'
import { humanize } from '../records/fields'
import { useTitle } from '../shell/useTitle'
import { Pick } from '../ui/Pick'
import { ProblemNote } from '../ui/ProblemNote'
import de from './de.json'
import en from './en.json'

addWords({ en, de })

/** What people said was read or answered wrongly, for who looks after the definitions. */
export default function FeedbackPage() {
  const { t } = useTranslation()
  const [of, setOf] = useState<'pipeline' | 'all'>('pipeline')
  useTitle(t('wrong.title'))
  const list = useInfiniteQuery({
    queryKey: ['feedback', of],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => listWrong(of === 'all' ? null : of, pageParam, signal),
    getNextPageParam: page => page.next_cursor,
  })
  const columns = useColumns(of === 'all')
  const judged = list.data?.pages.flatMap(page => page.data) ?? []
  return (
    <div className="page wide">
      <h1>{t('wrong.title')}</h1>
      <p className="fine">{t('wrong.hint')}</p>
      <div className="filters">
        <Pick
          label={t('wrong.of')}
          options={[
            { id: 'pipeline', words: t('wrong.of_pipeline') },
            { id: 'all', words: t('wrong.of_all') },
          ]}
          value={of}
          onChange={setOf}
        />
      </div>
      {list.isPending && <div className="skeleton block" role="status" aria-label={t('common.loading')} />}
      {list.isError && judged.length === 0 && (
        <ProblemNote error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.isSuccess && judged.length === 0 && (
        <div className="nothing">
          <h2>{t('wrong.empty')}</h2>
          <p>{t('wrong.empty_hint')}</p>
        </div>
      )}
      {judged.length > 0 && (
        <EndlessTable
          key={of}
          label={t('wrong.title')}
          rows={judged}
          idOf={({ id }) => id}
          columns={columns}
          hasMore={list.hasNextPage}
          isLoadingMore={list.isFetchingNextPage}
          error={list.error}
          onMore={() => void list.fetchNextPage()}
          every={t('wrong.every', { count: judged.length })}
        />
      )}
    </div>
  )
}

function useColumns(withAgent: boolean): ListColumn<Judged>[] {
  const { t } = useTranslation()
  const { time } = useNumbers()
  return [
    {
      key: 'question',
      words: t('wrong.question'),
      cell: ({ question, query, kind, answer }) => (
        <>
          <span className="strong">{question ?? t('wrong.no_words')}</span>
          {withAgent && <span className="fine">{humanize(kind)}</span>}
          {!query && answer && <span className="fine clamped">{answer}</span>}
        </>
      ),
    },
    {
      key: 'why',
      words: t('wrong.what'),
      cell: ({ comment }) => comment ?? <span className="fine">{t('wrong.nothing_said')}</span>,
    },
    {
      key: 'by',
      words: t('wrong.by'),
      cell: ({ actor_name, actor_kind, updated_at }) => (
        <>
          {actor_name ?? t(`wrong.by_${actor_kind}`)}
          <span className="fine line">{time(updated_at)}</span>
        </>
      ),
    },
    {
      key: 'again',
      words: t('wrong.reading'),
      cell: ({ query, question }) =>
        query ? (
          <Link
            to={`${replayPath(query)}&name=${encodeURIComponent(question ?? t('wrong.no_words'))}`}
            aria-label={t('wrong.again_name', { question: question ?? t('wrong.no_words') })}
          >
            {t('wrong.again')}
          </Link>
        ) : (
          <span className="fine">{t('wrong.no_reading')}</span>
        ),
    },
  ]
}
