import type { DailyHistory } from "./DailyHistory.js"
import { at, recency } from "./Vector.js"

/**
 * How use is spread over the week: a multiplier a weekday, 1 on average. The *mass* of a stretch of days is the sum of
 * their multipliers: a week weighs 7, and a total scales from one stretch to another by the ratio of their masses.
 */
export interface WeekdayProfile {
  /** Multipliers from Sunday to Saturday. */
  readonly multipliers: ReadonlyArray<number>
  /** Multipliers of the seven days after the last entry. */
  readonly ahead: ReadonlyArray<number>
}

const HALF_LIFE_DAYS = 60
const WEEKDAYS = [0, 1, 2, 3, 4, 5, 6]

/** Weeks without any pattern that are mixed in, so that a few days do not make one. */
const FLAT_WEEKS = 3

/** Needs a history with use in it. */
export const fromHistory = (history: DailyHistory): WeekdayProfile => {
  const used = WEEKDAYS.map(() => 0)
  const weights = WEEKDAYS.map(() => 0)
  let allUsed = 0
  let allWeights = 0
  for (let i = 0; i < history.length; i++) {
    const weekday = at(history.weekday, i)
    const weight = recency(at(history.age, i), HALF_LIFE_DAYS)
    used[weekday] = at(used, weekday) + weight * at(history.use, i)
    weights[weekday] = at(weights, weekday) + weight
    allUsed += weight * at(history.use, i)
    allWeights += weight
  }
  const mean = allUsed / allWeights
  const raw = WEEKDAYS.map((day) => (at(used, day) / mean + FLAT_WEEKS) / (at(weights, day) + FLAT_WEEKS))
  const average = raw.reduce((sum, value) => sum + value, 0) / 7
  const multipliers = raw.map((value) => value / average)
  const last = at(history.weekday, history.length - 1) + at(history.age, history.length - 1)
  return { multipliers, ahead: WEEKDAYS.map((step) => at(multipliers, (last + 1 + step) % 7)) }
}

/** Mass of the next `days` days; a fraction of a day has that fraction of the day's mass. */
export const massAhead = (profile: WeekdayProfile, days: number): number => {
  const weeks = Math.floor(days / 7)
  let mass = weeks * 7
  let rest = days - weeks * 7
  for (const multiplier of profile.ahead) {
    if (rest <= 0) break
    mass += multiplier * Math.min(1, rest)
    rest -= 1
  }
  return mass
}

/** The days ahead that weigh `mass`: the inverse of `massAhead`. */
export const daysAhead = (profile: WeekdayProfile, mass: number): number => {
  const weeks = Math.floor(mass / 7)
  let days = weeks * 7
  let rest = mass - weeks * 7
  for (const multiplier of profile.ahead) {
    if (rest <= 0) break
    days += Math.min(1, rest / multiplier)
    rest -= multiplier
  }
  return days
}
