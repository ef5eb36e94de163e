// Answers as files. The service makes them: it has all rows, and lets no cell become a formula.

/** Hands a file to the browser. The mark at its beginning tells spreadsheets that it is UTF-8. */
export function download(name: string, csv: string): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', csv], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  document.body.append(link)
  link.click()
  link.remove()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}

/** A file's name from a sentence. */
export const fileName = (words: string): string =>
  `${
    words
      .normalize('NFKD')
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 60)
      .toLowerCase() || 'answer'
  }.csv`
