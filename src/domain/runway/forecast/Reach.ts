import type { PlainBlend } from "./PlainBlend.js"
import * as WeekdayProfile from "./WeekdayProfile.js"

/**
 * The first time, in days, at which quantile `p` of the total reaches `balance` (as a fraction of the history's scale);
 * `null` when that is further off than `limit` days. Later than this time with probability `p`'s complement.
 */
export const inDays = (blend: PlainBlend, balance: number, p: number, limit: number): number | null => {
  if (balance <= 0) return 0
  let before = 0
  for (let days = 1; days <= blend.longestSpan; days++) {
    const total = blend.total(days)(p)
    if (total >= balance) return days - 1 + (balance - before) / (total - before)
    before = total
  }
  // From here on totals grow with the weekday mass alone.
  const massPerTotal = WeekdayProfile.massAhead(blend.profile, blend.longestSpan) / before
  const mass = balance * massPerTotal
  return mass <= WeekdayProfile.massAhead(blend.profile, limit) ? WeekdayProfile.daysAhead(blend.profile, mass) : null
}
