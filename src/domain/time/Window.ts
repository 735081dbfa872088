/** A half-open span of time `[from, to)`. */
import * as DateTime from "effect/DateTime"
import * as Timestamp from "./Timestamp.js"

const DAY = 86_400_000

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
export const lastDays = (now: Timestamp.Timestamp, days: number): Window => {
  if (!(days > 0)) throw new RangeError(`a window is longer than 0 days: ${days} is none, give a number above 0`)
  return make(Timestamp.fromMillis(now.epochMillis - days * DAY), now)
}

/** Length in milliseconds. */
export const millis = (self: Window): number => self.to.epochMillis - self.from.epochMillis
