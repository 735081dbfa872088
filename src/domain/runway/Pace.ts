/** How fast an allowance is used beside how fast its cycle goes by. */
import type * as Estimate from "../history/Estimate.js"
import * as Usd from "../money/Usd.js"
import type * as Timestamp from "../time/Timestamp.js"
import * as Window from "../time/Window.js"

/** Shares are doubles: 0 is nothing, 1 is all; what was used may be more than all. */
export interface Pace {
  /** Part of the cycle that has passed, 0 to 1. */
  readonly elapsed: number
  /** Part of the allowance that was used. */
  readonly used: number
  /** `used` over `elapsed`: above 1 the allowance ends before the cycle does. `null` before the cycle begins. */
  readonly ratio: number | null
}

/**
 * The pace of usage within a cycle as of `now`.
 *
 * @throws RangeError when the allowance is not above 0.
 */
export const make = (
  usage: Estimate.Estimate,
  allowance: Usd.Usd,
  cycle: Window.Window,
  now: Timestamp.Timestamp,
): Pace => {
  if (!Usd.isPositive(allowance)) {
    throw new RangeError(`a pace is that of an allowance: ${Usd.format(allowance)} USD is none, give an amount above 0`)
  }
  const passed = (now.epochMillis - cycle.from.epochMillis) / Window.millis(cycle)
  const elapsed = Math.min(1, Math.max(0, passed))
  const used = Usd.toNumberApproximate(usage.expected) / Usd.toNumberApproximate(allowance)
  return { elapsed, used, ratio: elapsed === 0 ? null : used / elapsed }
}
