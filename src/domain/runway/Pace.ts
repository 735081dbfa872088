/** How fast an allowance is used beside how fast its cycle goes by. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Estimate from "../history/Estimate.js"
import * as Usd from "../money/Usd.js"
import type * as Timestamp from "../time/Timestamp.js"
import * as Window from "../time/Window.js"
import type * as BillingCalendar from "./BillingCalendar.js"

/**
 * Shares are doubles: 0 is nothing, 1 is all.
 * - `elapsed`: part of the cycle that has passed, 0 to 1.
 * - `used`: part of the allowance that was used; usage of other pools may make it more than all.
 * - `ratio`: `used` over `elapsed`: above 1 the allowance ends before the cycle does. `null` before the cycle begins.
 */
export const Pace = Schema.Struct({
  elapsed: Schema.Finite.pipe(Schema.between(0, 1)),
  used: Schema.Finite,
  ratio: Schema.NullOr(Schema.Finite),
}).annotations({ identifier: "Pace" })
/** The used share of an allowance beside the share of its cycle that has passed. */
export type Pace = typeof Pace.Type

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
    throw new RangeError(`invalid allowance ${Usd.format(allowance)} USD: a pace needs one above 0`)
  }
  const passed = (now.epochMillis - cycle.from.epochMillis) / Window.millis(cycle)
  const elapsed = Math.min(1, Math.max(0, passed))
  const used = Usd.toNumberApproximate(usage.expected) / Usd.toNumberApproximate(allowance)
  return { elapsed, used, ratio: elapsed === 0 ? null : used / elapsed }
}

/**
 * The pace of a balance's monthly credits within the cycle that ends with the next refresh, as of the observation. What was used is the plan's
 * allowance less what is left: exact, whether or not the cycle was observed, and without what other pools pay for.
 *
 * `None` where the body tells no allowance above 0, where more is left than it (the cycle began with something else), where no refresh is known
 * or it is more than a month ahead, and where one is due by `now` that no body has shown yet.
 */
export const ofMonthly = (
  { balance, observedAt }: BillingCalendar.Request,
  { begin, next }: BillingCalendar.Schedule,
): Option.Option<Pace> => {
  const allowance = Option.getOrUndefined(Option.flatMap(balance.subscription, (plan) => plan.allowance.value))
  if (next._tag !== "Next" || allowance === undefined || !Usd.isPositive(allowance)) return Option.none()
  const used = Usd.subtract(allowance, balance.monthly.value)
  if (Usd.isNegative(used)) return Option.none()
  return Option.map(begin, (from) =>
    make({ lower: used, expected: used, upper: Option.some(used) }, allowance, Window.make(from, next.at), observedAt),
  )
}
