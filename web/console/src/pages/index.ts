// The pages beside the question box, in the order of the sidebar: one file each, one line here.
import type { PageEntry } from './page'
import { questions } from './questions'

export const PAGES: readonly PageEntry[] = [questions]
