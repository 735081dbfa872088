import type { PlainBlend } from "./PlainBlend.js"

/**
 * The first time, in days, at which quantile `p` of the total reaches `balance`, a fraction of the history's scale:
 * the balance lasts longer than this with probability `p`. `null` when that is further off than `limit` days.
 */
export const inDays = (blend: PlainBlend, balance: number, p: number, limit: number): number | null => {
  if (balance === 0) return 0
  for (let days = 1; days <= blend.longestSpan; days++) {
    const total = blend.wholeDays(days, p)
    if (total < balance) continue
    const before = blend.wholeDays(days - 1, p)
    return days - 1 + (balance - before) / (total - before)
  }
  // From here on totals grow with the weekday mass alone.
  const mass = (balance / blend.wholeDays(blend.longestSpan, p)) * blend.massAhead(blend.longestSpan)
  return mass <= blend.massAhead(limit) ? blend.daysAhead(mass) : null
}
