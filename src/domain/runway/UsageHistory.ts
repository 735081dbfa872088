/**
 * Daily usage that tells something of demand, for the forecast. Left out, as not observed, is a day of which little is covered, or of which only a
 * lower bound is known; and so is the time in which nothing was left and service stopped: an empty account is not an idle one.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Consumption from "../history/Consumption.js"
import * as Usd from "../money/Usd.js"
import * as Calendar from "../time/Calendar.js"
import type * as Timestamp from "../time/Timestamp.js"
import type * as Forecast from "./Forecast.js"
import type { OverdraftPolicy } from "./OverdraftPolicy.js"

/** The days, and what else there was. */
export interface UsageHistory {
  readonly days: ReadonlyArray<Forecast.Day>
  /** Days of which something is covered, those left out included. */
  readonly observed: number
  /** Days that end after the last one of `days` and up to `until`, whole or not, 0 or more: the forecast begins so much later. */
  readonly offsetDays: number
}

/** Days of history that are looked at. */
const MAX_DAYS = 140
/** Days that a projection needs. */
export const MIN_DAYS = 3
/** The share of a day that must be covered with service, for the day to stand for a whole one. */
const MIN_SHARE = 0.5

const isBounded = ({ coveredUsage: usage }: Consumption.Day): boolean =>
  Option.isSome(usage.upper) || Usd.lessThan(usage.lower, usage.expected)

/** The part of a day in which its usage was demand: all that is covered, but for the time in which service stopped. */
const shareOf = (day: Consumption.Day, serviceGoesOn: boolean): number =>
  Math.min(1, serviceGoesOn ? day.coverage : day.coverage - day.censored)

/**
 * The calendar days of a zone up to `until`, the last observation. The day that it lies in is not over, and would tell little of its evening: it counts
 * only where there are fewer than three others.
 */
export const upTo = (
  consumption: Consumption.Consumption,
  until: Timestamp.Timestamp,
  overdraft: Option.Option<OverdraftPolicy>,
  zone?: Calendar.Zone,
): UsageHistory => {
  const serviceGoesOn = Option.exists(overdraft, (policy) => policy._tag === "PayAsYouGo")
  const all = Consumption.days(consumption, { zone, from: Calendar.dayAt(until, zone, MAX_DAYS).from, to: until })
  const telling = all.filter(
    (day) => shareOf(day, serviceGoesOn) >= MIN_SHARE && (isBounded(day) || day.exhausted === 0),
  )
  const over = telling.filter(({ complete }) => complete)
  const used = over.length < MIN_DAYS ? telling : over
  const last = used.at(-1)?.to ?? until
  return {
    days: used.map((day) => ({
      date: day.date,
      usd: Math.max(0, Usd.toNumberApproximate(day.coveredUsage.expected)),
      share: shareOf(day, serviceGoesOn),
    })),
    observed: all.filter(({ coverage }) => coverage > 0).length,
    offsetDays: Math.max(0, DateTime.distance(last, until)) / 86_400_000,
  }
}
