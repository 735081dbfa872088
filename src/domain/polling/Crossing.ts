/** When the credits are expected to reach zero if today's rate goes on: one time, to pace looks by. */
import * as Option from "effect/Option"
import type { CustomerBalance } from "../balance/CustomerBalance.js"
import * as Pool from "../balance/Pool.js"
import * as Rounding from "../money/Rounding.js"
import * as Usd from "../money/Usd.js"
import * as UsdRate from "../money/UsdRate.js"
import * as Timestamp from "../time/Timestamp.js"

const HOUR = 3_600_000
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/**
 * When monthly and stable credits together reach zero, if usage from `from` on runs at `rate`: dollars an hour, or an exact rate. `None`
 * where nothing is left, nothing is used, or it would not happen before the year 10000.
 *
 * The milliseconds are those of an exact quotient (`Down`: the crossing is never told later than it falls), not of knowledge: rates
 * change within the hour, and a refresh on the way, which is left out here, puts the crossing off. Where somebody is to rely on a time, a
 * `Runway` has one with its interval.
 */
export const fromRate = (
  balance: CustomerBalance,
  rate: Usd.Usd | UsdRate.UsdRate,
  from: Timestamp.Timestamp,
): Option.Option<Timestamp.Timestamp> => {
  const { millis, usd } = "millis" in rate ? rate : UsdRate.make(rate, HOUR)
  const left = Usd.add(balance.monthly.value, Pool.stableValue(balance.stable))
  if (!Usd.isPositive(left) || !Usd.isPositive(usd)) return Option.none()
  const after = Rounding.divide(Usd.toNanos(left) * BigInt(millis), Usd.toNanos(usd), "Down")
  const at = from.epochMillis + Number(after)
  return at <= LAST ? Option.some(Timestamp.fromMillis(at)) : Option.none()
}
