import type { DailyHistory } from "./DailyHistory.js"
import { at, recency, runningTotals } from "./Vector.js"
import * as WeekdayProfile from "./WeekdayProfile.js"
import * as WeightedSample from "./WeightedSample.js"

/** Distribution of an uncertain amount: `p` from 0 to 1, never falling in `p`. */
export type Quantile = (p: number) => number

/** Distributions of the use ahead, all amounts as fractions of the history's scale. */
export interface PlainBlend {
  readonly profile: WeekdayProfile.WeekdayProfile
  /** The longest stretch of days that is sampled; longer ones scale from it by weekday mass. */
  readonly longestSpan: number
  /** Distribution of the total over the next `days` days, whole or not. */
  readonly total: (days: number) => Quantile
}

/** Half-lives, in days, with which past totals are weighted. */
const SHORT_MEMORY = 30
const LONG_MEMORY = 90

/** Half-life of the level, and the days it needs before its record counts. */
const LEVEL_HALF_LIFE = 14
const LEVEL_WARM_UP = 7

/** Part of the mean use that is added above and below in the level's record, so that idle stretches have a ratio. */
const RATIO_OFFSET = 0.3

const LONGEST_SPAN_DAYS = 60

/** Quantile of the standard normal distribution, within 0.003 from 0.01 to 0.99, and finite at 0 and 1 (Tukey's lambda). */
const normalScore = (p: number): number => 4.91 * (p ** 0.14 - (1 - p) ** 0.14)

/** Independent observations that so many weighted ones are worth (Kish's effective sample size). */
const effectiveSize = (weights: ReadonlyArray<number>): number => {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return (sum * sum) / weights.reduce((total, weight) => total + weight * weight, 0)
}

/** Needs a history with use in it. */
export const fromHistory = (history: DailyHistory): PlainBlend => {
  const { age, length, use, weekday } = history
  const profile = WeekdayProfile.fromHistory(history)
  const weights = weekday.map((day) => at(profile.multipliers, day))
  const used = runningTotals(use)
  const mass = runningTotals(weights)
  const levels = levelsAfter(history, weights)
  const meanUse = at(used, length) / length
  const longestSpan = Math.max(1, Math.min(LONGEST_SPAN_DAYS, Math.floor((length + 1 - LEVEL_WARM_UP) / 3)))

  /** Past totals of as many days, as if they had had the weekdays ahead. */
  const pastTotals = (span: number, massAhead: number) => {
    const totals: Array<{ readonly total: number; readonly age: number }> = []
    for (let end = span; end <= length; end++) {
      const start = end - span
      const total = ((at(used, end) - at(used, start)) * massAhead) / (at(mass, end) - at(mass, start))
      totals.push({ total, age: at(age, end - 1) })
    }
    return totals.sort((a, b) => a.total - b.total)
  }

  /** The level carried ahead, times how wrong it was before; `undefined` before two spans of record. */
  const levelRecord = (span: number, massAhead: number): Quantile | undefined => {
    const offset = RATIO_OFFSET * meanUse * span
    const ratios: Array<number> = []
    for (let start = LEVEL_WARM_UP; start + span <= length; start++) {
      const expected = at(levels, start) * (at(mass, start + span) - at(mass, start))
      ratios.push((at(used, start + span) - at(used, start) + offset) / (expected + offset))
    }
    if (ratios.length < 2 * span) return undefined
    ratios.sort((a, b) => a - b)
    const sample = WeightedSample.fromSorted(
      ratios,
      ratios.map(() => 1),
    )
    const ahead = at(levels, length) * massAhead + offset
    return (p) => Math.max(0, WeightedSample.quantile(sample, p) * ahead - offset)
  }

  const wholeDays = (span: number): Quantile => {
    const massAhead = WeekdayProfile.massAhead(profile, span)
    const past = pastTotals(span, massAhead)
    const totals = past.map(({ total }) => total)
    const memory = (halfLife: number) => past.map((total) => recency(total.age, halfLife))
    const short = WeightedSample.fromSorted(totals, memory(SHORT_MEMORY))
    const long = WeightedSample.fromSorted(totals, memory(LONG_MEMORY))
    const sources: Array<Quantile> = [(p) => WeightedSample.quantile(short, p), (p) => WeightedSample.quantile(long, p)]
    const record = levelRecord(span, massAhead)
    if (record !== undefined) sources.push(record)
    const blend: Quantile = (p) => sources.reduce((sum, source) => sum + source(p), 0) / sources.length

    // Overlapping totals tell of fewer independent ones: Student's quantiles over the normal ones, to first order.
    const freedom = Math.max(1, effectiveSize(memory(SHORT_MEMORY)) / span - 1)
    const median = blend(0.5)
    return (p) => {
      const score = normalScore(p)
      const widened = median + (blend(p) - median) * (1 + (score * score + 1) / (4 * freedom))
      // A few days say little even where they agree: a factor e^(score / days) on top, nothing after some weeks.
      return Math.max(0, widened) * Math.exp(score / length)
    }
  }

  const spans = new Map<number, Quantile>([[0, () => 0]])
  const span = (days: number): Quantile => {
    const known = spans.get(days)
    if (known !== undefined) return known
    const made = wholeDays(days)
    spans.set(days, made)
    return made
  }

  const total = (days: number): Quantile => {
    if (days >= longestSpan) {
      const longest = span(longestSpan)
      const factor = WeekdayProfile.massAhead(profile, days) / WeekdayProfile.massAhead(profile, longestSpan)
      return (p) => longest(p) * factor
    }
    const whole = Math.floor(days)
    const part = days - whole
    const before = span(whole)
    if (part === 0) return before
    const after = span(whole + 1)
    return (p) => before(p) + part * (after(p) - before(p))
  }

  return { profile, longestSpan, total }
}

/** `result[i]`: use a unit of weekday mass after the first `i` days, recent days weighing more. */
const levelsAfter = (history: DailyHistory, weights: ReadonlyArray<number>): Float64Array => {
  const levels = new Float64Array(history.length + 1)
  let used = 0
  let mass = 0
  let previousAge = at(history.age, 0)
  for (let i = 0; i < history.length; i++) {
    const fade = recency(previousAge - at(history.age, i), LEVEL_HALF_LIFE)
    used = used * fade + at(history.use, i)
    mass = mass * fade + at(weights, i)
    levels[i + 1] = used / mass
    previousAge = at(history.age, i)
  }
  return levels
}
