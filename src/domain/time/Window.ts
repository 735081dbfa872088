/** A half-open span of time `[from, to)`. */
import * as DateTime from "effect/DateTime"
import type * as Timestamp from "./Timestamp.js"

/** A span of time from `from` (within) to `to` (without); never empty. */
export interface Window {
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
}

/**
 * A window.
 *
 * @throws RangeError when `to` is not after `from`.
 */
export const make = (from: Timestamp.Timestamp, to: Timestamp.Timestamp): Window => {
  if (!DateTime.lessThan(from, to)) throw new RangeError("a window ends after it begins: give `to` later than `from`")
  return { from, to }
}

/**
 * The window of `days` x 24 hours that ends at `now`.
 *
 * @throws RangeError when `days` is not above 0.
 */
export const lastDays = (now: Timestamp.Timestamp, days: number): Window => make(DateTime.subtract(now, { days }), now)

/** Length in milliseconds. */
export const millis = (self: Window): number => self.to.epochMillis - self.from.epochMillis
