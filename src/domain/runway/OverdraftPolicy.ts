/**
 * What happens once the credits are gone: charges start, or service stops. The balance does not say which (pay as you go is opt-in), so
 * it is an input of every projection.
 */
import * as Schema from "effect/Schema"
import * as Credits from "../money/Credits.js"
import type { Rounding } from "../money/Rounding.js"
import * as Usd from "../money/Usd.js"

/** Charges start, at `price` dollars a credit; `rounding` turns an overdraft into whole credits. */
export const PayAsYouGo = Schema.TaggedStruct("PayAsYouGo", {
  price: Usd.FromText,
  rounding: Schema.Literal("HalfEven", "HalfUp", "Down", "Up", "Floor", "Ceiling"),
})

/** Service stops. */
export const Blocked = Schema.TaggedStruct("Blocked", {})

/** `PayAsYouGo{price, rounding} | Blocked`. */
export const OverdraftPolicy = Schema.Union(PayAsYouGo, Blocked).annotations({ identifier: "OverdraftPolicy" })
/** `PayAsYouGo{price, rounding} | Blocked`. */
export type OverdraftPolicy = typeof OverdraftPolicy.Type

/** Charges start; by default at the published 0.0083 USD a credit, credits rounded half-up. */
export const payAsYouGo = (
  price: Usd.Usd = Credits.PUBLISHED_PRICE,
  rounding: Rounding = "HalfUp",
): OverdraftPolicy => ({
  _tag: "PayAsYouGo",
  price,
  rounding,
})

/** Service stops. */
export const blocked: OverdraftPolicy = { _tag: "Blocked" }
