/** A percentage as people write it (`60`, `60 %`, `12,5`) as a share; null when it is none between 0 and 100. */
export function readPercent(text: string): number | null {
  const plain = text.trim().replace(/\s*%$/, '').replace(',', '.')
  if (!/^\d{1,3}(\.\d+)?$/.test(plain)) return null
  const share = Number(plain) / 100
  return share <= 1 ? share : null
}
