/** An amount with what must be true of it, and an estimate of what is hidden: `lower <= expected <= upper`. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usd from "../money/Usd.js"

/** `lower` and `upper` hold for certain; `upper` is `None` when nothing bounds it; `expected` is an estimate between them. */
export const Estimate = Schema.Struct({
  lower: Usd.SumFromText,
  expected: Usd.SumFromText,
  upper: Schema.OptionFromNullOr(Usd.SumFromText),
}).annotations({ identifier: "Estimate" })
/** An amount between bounds with an estimate. */
export type Estimate = typeof Estimate.Type

/** Nothing, for certain. */
export const zero: Estimate = { lower: Usd.zero, expected: Usd.zero, upper: Option.some(Usd.zero) }

/** Sum: bounds and estimates add up. */
export const add = (self: Estimate, that: Estimate): Estimate => ({
  lower: Usd.add(self.lower, that.lower),
  expected: Usd.add(self.expected, that.expected),
  upper: Option.zipWith(self.upper, that.upper, (a, b) => Usd.add(a, b)),
})

/** Whether the bounds meet. */
export const isExact = (self: Estimate): boolean =>
  Option.exists(self.upper, (upper) => Usd.Equivalence(self.lower, upper))
