import type { PlainBlend } from "./PlainBlend.js"
import * as WeekdayProfile from "./WeekdayProfile.js"

/**
 * The first time, in days, at which quantile `p` of the total reaches `balance`, a fraction of the history's scale:
 * the balance lasts longer than this with probability `p`. `null` when that is further off than `limit` days.
 */
export const inDays = (blend: PlainBlend, balance: number, p: number, limit: number): number | null => {
  if (balance === 0) return 0
  let before = 0
  for (let days = 1; days <= blend.longestSpan; days++) {
    const total = blend.span(days)(p)
    if (total >= balance) return days - 1 + (balance - before) / (total - before)
    before = Math.max(before, total)
  }
  // From here on totals grow with the weekday mass alone.
  const mass = (balance / before) * WeekdayProfile.massAhead(blend.profile, blend.longestSpan)
  return mass <= WeekdayProfile.massAhead(blend.profile, limit) ? WeekdayProfile.daysAhead(blend.profile, mass) : null
}
