import type { DailyHistory } from "./DailyHistory.js"
import { at, recency, runningTotals } from "./Vector.js"
import * as WeekdayProfile from "./WeekdayProfile.js"
import * as WeightedSample from "./WeightedSample.js"

/** Distribution of an uncertain amount: `p` from 0 to 1, never falling in `p`. */
export type Quantile = (p: number) => number

/** Distributions of the use ahead, all amounts as fractions of the history's scale. */
export interface PlainBlend {
  /** The longest stretch of days that is sampled; longer ones scale from it by weekday mass. */
  readonly longestSpan: number
  /** Weekday mass of the next `days` days. */
  readonly massAhead: (days: number) => number
  /** The days ahead that weigh `mass`: the inverse of `massAhead`. */
  readonly daysAhead: (mass: number) => number
  /** Quantile `p` of the total over the next `days` whole days, at most `longestSpan`; never falling in `days`. */
  readonly wholeDays: (days: number, p: number) => number
  /** Distribution of the total over the next `days` days, whole or not: never less than over fewer days. */
  readonly total: (days: number) => Quantile
}

/** Where a forecast begins, and how sure it is. */
export interface Start {
  /** Days from the midnight that ends the last known day to the beginning of the forecast, whole or not, 0 or more. */
  readonly offsetDays: number
  /** What the distance of every total from the median is multiplied by, 1 or more. */
  readonly widening: number
}

/** Half-lives, in days, with which past totals are weighted. */
const SHORT_MEMORY = 30
const LONG_MEMORY = 90

/** Half-life of the level, and the days it needs before its record counts. */
const LEVEL_HALF_LIFE = 14
const LEVEL_WARM_UP = 7

/** History from which the level's record is long enough to be listened to. */
const RECORD_DAYS = 60

/** Share of the mean use that is added to both sides of the level's ratios, so that idle stretches have one too. */
const RATIO_OFFSET = 0.3

const LONGEST_SPAN_DAYS = 60

/** Quantile of the standard normal distribution, within 0.004 from 0.01 to 0.99, and finite at 0 and 1 (Tukey's lambda). */
const normalScore = (p: number): number => 4.91 * (p ** 0.14 - (1 - p) ** 0.14)

/** Needs a history with use in it. */
export const fromHistory = (history: DailyHistory, { offsetDays, widening }: Start): PlainBlend => {
  const { age, length, use, weekday } = history
  const profile = WeekdayProfile.fromHistory(history)
  const weights = weekday.map((day) => at(profile.multipliers, day))
  const used = runningTotals(use)
  const mass = runningTotals(weights)
  const levels = levelsAfter(history, weights)
  const shortMemory = age.map((days) => recency(days, SHORT_MEMORY))
  const longMemory = age.map((days) => recency(days, LONG_MEMORY))
  const massBefore = WeekdayProfile.massAhead(profile, offsetDays)
  const massOf = (days: number): number => WeekdayProfile.massAhead(profile, offsetDays + days) - massBefore
  const longestSpan = Math.max(1, Math.min(LONGEST_SPAN_DAYS, Math.floor(length / 3)))

  /** Past totals of as many days, as if they had had the weekdays ahead, by either memory. */
  const pastTotals = (span: number, massAhead: number): ReadonlyArray<WeightedSample.WeightedSample> => {
    const totals: Array<{ readonly total: number; readonly last: number }> = []
    for (let end = span; end <= length; end++) {
      const rate = (at(used, end) - at(used, end - span)) / (at(mass, end) - at(mass, end - span))
      totals.push({ total: rate * massAhead, last: end - 1 })
    }
    totals.sort((a, b) => a.total - b.total)
    const values = totals.map(({ total }) => total)
    return [shortMemory, longMemory].map((memory) =>
      WeightedSample.fromSorted(
        values,
        totals.map(({ last }) => at(memory, last)),
      ),
    )
  }

  /** The level carried ahead, times how wrong it was before. */
  const levelRecord = (span: number, massAhead: number): Quantile => {
    const offset = (RATIO_OFFSET * span * at(used, length)) / length
    const ratios = new Float64Array(length - span - LEVEL_WARM_UP + 1)
    for (let i = 0; i < ratios.length; i++) {
      const start = i + LEVEL_WARM_UP
      const expected = at(levels, start) * (at(mass, start + span) - at(mass, start))
      ratios[i] = (at(used, start + span) - at(used, start) + offset) / (expected + offset)
    }
    const sample = WeightedSample.fromSorted(
      ratios.sort(),
      ratios.map(() => 1),
    )
    const ahead = at(levels, length) * massAhead + offset
    return (p) => Math.max(0, WeightedSample.quantile(sample, p) * ahead - offset)
  }

  const ofSpan = (span: number): Quantile => {
    const massAhead = massOf(span)
    const sources: Array<Quantile> = pastTotals(span, massAhead).map(
      (sample) => (p) => WeightedSample.quantile(sample, p),
    )
    if (length >= RECORD_DAYS) sources.push(levelRecord(span, massAhead))
    const blend: Quantile = (p) => {
      let sum = 0
      for (const source of sources) sum += source(p)
      return sum / sources.length
    }

    // Overlapping totals tell of fewer independent ones: Student's quantiles over the normal ones, to first order.
    const freedom = Math.max(1, WeightedSample.effectiveSize(shortMemory.slice(span - 1)) / span - 1)
    const median = blend(0.5)
    return (p) => {
      const score = normalScore(p)
      const widened = median + (blend(p) - median) * (1 + (score * score + 1) / (4 * freedom)) * widening
      // A few days say little even where they agree: a factor e^(score / days) on top, nothing after some weeks.
      return Math.max(0, widened) * Math.exp((score * widening) / length)
    }
  }

  const spans: Array<Quantile> = []
  const span = (days: number): Quantile => (spans[days] ??= ofSpan(days))

  /** By quantile, its totals over 0, 1, 2, ... days as far as they were asked for. Use only adds up, so no total is below that of fewer days. */
  const totals = new Map<number, Array<number>>()
  const wholeDays = (days: number, p: number): number => {
    let known = totals.get(p)
    if (known === undefined) {
      known = [0]
      totals.set(p, known)
    }
    for (let d = known.length; d <= days; d++) known.push(Math.max(at(known, d - 1), span(d)(p)))
    return at(known, days)
  }

  const total = (days: number): Quantile => {
    if (days >= longestSpan) {
      const factor = massOf(days) / massOf(longestSpan)
      return (p) => wholeDays(longestSpan, p) * factor
    }
    const whole = Math.floor(days)
    const part = days - whole
    return (p) => {
      const before = wholeDays(whole, p)
      return part === 0 ? before : (1 - part) * before + part * wholeDays(whole + 1, p)
    }
  }

  return {
    longestSpan,
    massAhead: massOf,
    daysAhead: (mass) => WeekdayProfile.daysAhead(profile, massBefore + mass) - offsetDays,
    wholeDays,
    total,
  }
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
