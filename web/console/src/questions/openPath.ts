import type { SavedQuestion } from '../api/pipeline'
import { replayPath } from '../ask/replay'

/** Where a saved question is asked anew. */
export const openPath = (saved: SavedQuestion): string =>
  `${replayPath(saved.query)}&name=${encodeURIComponent(saved.name)}`
