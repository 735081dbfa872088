/** Dollars per unit of time, kept as an exact amount over an exact span so that no rounding happens before it is asked for. */
import type { Rounding } from "./Rounding.js"
import * as Usd from "./Usd.js"

/** `usd` over `millis` milliseconds (a whole number above 0). */
export interface UsdRate {
  readonly usd: Usd.Usd
  readonly millis: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

/**
 * A rate.
 *
 * @throws RangeError when `millis` is not a whole number above 0.
 */
export const make = (usd: Usd.Usd, millis: number): UsdRate => {
  if (!Number.isSafeInteger(millis) || millis <= 0) {
    throw new RangeError(`a rate is over a span of time: ${millis} ms is none, give whole milliseconds above 0`)
  }
  return { usd, millis }
}

/** What the rate comes to in `millis` milliseconds, rounded to the nano-dollar. */
export const over = (self: UsdRate, millis: number, rounding: Rounding = "HalfEven"): Usd.Usd =>
  Usd.scaleBy(self.usd, BigInt(millis), BigInt(self.millis), rounding)

/** Dollars an hour. */
export const perHour = (self: UsdRate): Usd.Usd => over(self, HOUR)

/** Dollars a day of 24 hours. */
export const perDay = (self: UsdRate): Usd.Usd => over(self, DAY)

/** Dollars a month of 30.4375 days, a twelfth of a Julian year. */
export const perMonth = (self: UsdRate): Usd.Usd => over(self, 30.4375 * DAY)
