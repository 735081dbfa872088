/** A burn rate in which what is longer ago counts less: the weight of usage halves with each half-life of age. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Consumption from "../history/Consumption.js"
import * as Usd from "../money/Usd.js"
import type * as Timestamp from "../time/Timestamp.js"

const HOUR = 3_600_000

/**
 * Dollars an hour. It is a weighted mean, and so doubles; `upper` is `null` where nothing bounds it. `weightedHours` is the time that was
 * looked at, each hour with its weight: below one half-life the rate says little.
 */
export const DecayedRate = Schema.Struct({
  halfLifeHours: Schema.Finite.pipe(Schema.positive()),
  lower: Schema.Finite,
  expected: Schema.Finite,
  upper: Schema.NullOr(Schema.Finite),
  weightedHours: Schema.Finite.pipe(Schema.positive()),
}).annotations({ identifier: "DecayedRate" })
/** Dollars an hour, where the weight of usage halves with each half-life of age. */
export type DecayedRate = typeof DecayedRate.Type

/** Dollars a day. */
export const perDay = ({ expected, lower, upper }: DecayedRate): Pick<DecayedRate, "lower" | "expected" | "upper"> => ({
  lower: 24 * lower,
  expected: 24 * expected,
  upper: upper === null ? null : 24 * upper,
})

/** The weight of what is so many hours old. */
const weightAt = (age: number, halfLife: number): number => 2 ** (-age / halfLife)

/** The integral of the weight over ages from `youngest` to `oldest`, both in hours. */
const weightBetween = (youngest: number, oldest: number, halfLife: number): number =>
  (halfLife / Math.LN2) * (2 ** (-youngest / halfLife) - 2 ** (-oldest / halfLife))

/**
 * The decayed rate as of `now`; `None` where nothing before `now` is covered. Usage of an interval is
 * expected to have run evenly within it; the bounds allow that all of it came at its beginning, or at its end.
 *
 * @throws RangeError when `halfLifeHours` is not above 0.
 */
export const at = (
  { credits, payAsYouGo }: Consumption.Consumption,
  now: Timestamp.Timestamp,
  halfLifeHours: number,
): Option.Option<DecayedRate> => {
  if (!(halfLifeHours > 0 && Number.isFinite(halfLifeHours))) {
    throw new RangeError(`a half-life is longer than 0 hours: ${halfLifeHours} is none, give a number above 0`)
  }
  let covered = 0
  const used = { lower: 0, expected: 0, upper: 0 as number | null }
  const add = (interval: Consumption.Interval, isCovering: boolean): void => {
    const [youngest, oldest] = [interval.to, interval.from].map((end) => (now.epochMillis - end.epochMillis) / HOUR)
    if (youngest === undefined || oldest === undefined || oldest <= 0) return
    const weight = weightBetween(Math.max(0, youngest), oldest, halfLifeHours)
    if (isCovering) covered += weight
    // All of it may have been used at the end of the interval that weighs least, or most; after `now` it weighs nothing.
    const [least, most] = [
      youngest < 0 ? 0 : weightAt(oldest, halfLifeHours),
      weightAt(Math.max(0, youngest), halfLifeHours),
    ]
    const even = oldest === youngest ? most : weight / (oldest - youngest)
    used.lower += Usd.toNumberApproximate(interval.lower) * least
    used.expected += Usd.toNumberApproximate(interval.expected) * even
    const upper = Option.getOrUndefined(interval.upper)
    used.upper = used.upper === null || upper === undefined ? null : used.upper + Usd.toNumberApproximate(upper) * most
  }
  // What was used in a gap is not in the time that counts.
  const gaps = credits.filter(({ gap }) => gap)
  const isObserved = ({ from, to }: Consumption.Interval): boolean =>
    !gaps.some((gap) => DateTime.lessThan(gap.from, to) && DateTime.lessThan(from, gap.to))
  for (const interval of credits) if (!interval.gap) add(interval, true)
  for (const interval of payAsYouGo) if (isObserved(interval)) add(interval, false)
  if (covered === 0) return Option.none()
  return Option.some({
    halfLifeHours,
    lower: used.lower / covered,
    expected: used.expected / covered,
    upper: used.upper === null ? null : used.upper / covered,
    weightedHours: covered,
  })
}

/** The covered share of all time before the rate's moment, by weight, 0 to 1. */
export const coverage = ({ halfLifeHours, weightedHours }: DecayedRate): number =>
  Math.min(1, weightedHours / weightBetween(0, Number.POSITIVE_INFINITY, halfLifeHours))
