import { type QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'

import {
  changeQuestion,
  deleteQuestion,
  listQuestions,
  type QuestionPatch,
  type SavedQuestion,
  saveQuestion,
} from '../api/pipeline'

const KEY = ['questions']
const readAnew = (cache: QueryClient) => cache.invalidateQueries({ queryKey: KEY })

/** The person's saved questions, by name. */
export const useQuestions = () =>
  useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => listQuestions(signal),
    select: questions => questions.toSorted((a, b) => a.name.localeCompare(b.name)),
    staleTime: 60_000,
  })

export function useSave() {
  const cache = useQueryClient()
  return useMutation({ mutationFn: saveQuestion, onSettled: () => readAnew(cache) })
}

export function useChange() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ saved, patch }: { saved: SavedQuestion; patch: QuestionPatch }) =>
      changeQuestion(saved, patch),
    onSettled: () => readAnew(cache),
  })
}

export function useDelete() {
  const cache = useQueryClient()
  return useMutation({ mutationFn: deleteQuestion, onSettled: () => readAnew(cache) })
}
