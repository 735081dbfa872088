/**
 * Daily usage that tells something of demand, for the forecast. A day is left out, as unknown, where little of it is covered, where nothing
 * but a lower bound is known of it, and where the credits were gone and service stopped: an empty account is not an idle one.
 */
import * as Option from "effect/Option"
import * as Consumption from "../history/Consumption.js"
import * as Usd from "../money/Usd.js"
import type * as Timestamp from "../time/Timestamp.js"
import type * as Forecast from "./Forecast.js"
import type { OverdraftPolicy } from "./OverdraftPolicy.js"

/** The days, and how many whole days of history there were with those left out. */
export interface UsageHistory {
  readonly days: ReadonlyArray<Forecast.Day>
  readonly observed: number
}

const MOST_DAYS = 140
/** The share of a day that must be covered, and at most may have passed without credits. */
const HALF = 0.5

const isBounded = ({ usage }: Consumption.Day): boolean =>
  Option.isSome(usage.upper) || Usd.lessThan(usage.lower, usage.expected)

/** The spans of 24 hours up to `until`, the last look, at most 140. */
export const upTo = (
  consumption: Consumption.Consumption,
  until: Timestamp.Timestamp,
  overdraft: Option.Option<OverdraftPolicy>,
): UsageHistory => {
  const serviceGoesOn = Option.exists(overdraft, (policy) => policy._tag === "PayAsYouGo")
  const observed = Consumption.lastDays(consumption, until, MOST_DAYS)
  const telling = observed.filter(
    (day) => day.coverage >= HALF && isBounded(day) && (serviceGoesOn || day.exhausted <= HALF),
  )
  return {
    days: telling.map(({ coverage, date, usage }) => ({
      date,
      usd: Math.max(0, Usd.toNumberApproximate(usage.expected)) / coverage,
    })),
    observed: observed.length,
  }
}
