/** The two pools of prepaid credits that a balance holds. */
import * as Schema from "effect/Schema"
import * as Credits from "../money/Credits.js"
import * as Usd from "../money/Usd.js"

/** Where usage is drawn from, in the order in which it is drawn. */
export const Name = Schema.Literal("Monthly", "Stable", "PayAsYouGo").annotations({ identifier: "PoolName" })
/** `Monthly`, then `Stable`, then `PayAsYouGo`. */
export type Name = typeof Name.Type

/** Monthly credits: set back to the plan's allowance at each refresh, when what is left expires. Credits are `None` in the older model. */
export const Monthly = Schema.Struct({
  value: Usd.FromText,
  credits: Schema.OptionFromNullOr(Credits.FromText),
}).annotations({ identifier: "MonthlyPool" })
/** Monthly credits: `{ value, credits }`. */
export type Monthly = typeof Monthly.Type

/** Stable credits of the current credit model: granted by the publisher, never reset, never expiring. */
export const Granted = Schema.TaggedStruct("Granted", { value: Usd.FromText, credits: Credits.FromText })

/** The stable pool of the older credit model (bodies before 2025-05-04): pre-paid cash and pre-paid credits, both money. */
export const PrePaid = Schema.TaggedStruct("PrePaid", { cash: Usd.FromText, credits: Usd.FromText })

/** `Granted{value, credits} | PrePaid{cash, credits}`; {@link stableValue} is what both are worth. */
export const Stable = Schema.Union(Granted, PrePaid).annotations({ identifier: "StablePool" })
/** `Granted{value, credits} | PrePaid{cash, credits}`. */
export type Stable = typeof Stable.Type

/** What the stable pool is worth. */
export const stableValue = (self: Stable): Usd.Usd =>
  self._tag === "Granted" ? self.value : Usd.add(self.cash, self.credits)

/** Whether two stable pools say the same. */
export const sameStable = (a: Stable, b: Stable): boolean =>
  a._tag === "Granted"
    ? b._tag === "Granted" && Usd.Equivalence(a.value, b.value) && a.credits === b.credits
    : b._tag === "PrePaid" && Usd.Equivalence(a.cash, b.cash) && Usd.Equivalence(a.credits, b.credits)
