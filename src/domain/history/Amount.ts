/** An amount that is known exactly, or only between bounds. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Usd from "../money/Usd.js"

/** Known to the nano-dollar. */
export const Exact = Schema.TaggedStruct("Exact", { usd: Usd.SumFromText })

/** Known to lie at or above `lower` and at or below `upper`; `None` above means that nothing bounds it. */
export const Bounds = Schema.TaggedStruct("Bounds", {
  lower: Usd.SumFromText,
  upper: Schema.OptionFromNullOr(Usd.SumFromText),
})

/** `Exact{usd} | Bounds{lower, upper}`. */
export const Amount = Schema.Union(Exact, Bounds).annotations({ identifier: "Amount" })
/** `Exact{usd} | Bounds{lower, upper}`. */
export type Amount = typeof Amount.Type

/** A known amount. */
export const exact = (usd: Usd.Usd): Amount => ({ _tag: "Exact", usd })

/** Nothing, known to be nothing. */
export const zero: Amount = exact(Usd.zero)

/**
 * An amount from `lower` to `upper`; equal bounds are an exact amount.
 *
 * @throws RangeError when `upper` is below `lower`.
 */
export const between = (lower: Usd.Usd, upper: Usd.Usd): Amount => {
  if (Usd.lessThan(upper, lower)) {
    throw new RangeError(`bounds are in order: lower ${Usd.format(lower)} is above upper ${Usd.format(upper)}`)
  }
  return Usd.Equivalence(lower, upper) ? exact(lower) : { _tag: "Bounds", lower, upper: Option.some(upper) }
}

/** An amount that is at least `lower`, with nothing that bounds it above. */
export const atLeast = (lower: Usd.Usd): Amount => ({ _tag: "Bounds", lower, upper: Option.none() })

/** The least that it can be. */
export const lower = (self: Amount): Usd.Usd => (self._tag === "Exact" ? self.usd : self.lower)

/** The most that it can be; `None` when nothing bounds it. */
export const upper = (self: Amount): Option.Option<Usd.Usd> =>
  self._tag === "Exact" ? Option.some(self.usd) : self.upper

/** Sum of two amounts: their bounds add up. */
export const add = (self: Amount, that: Amount): Amount => {
  if (self._tag === "Exact" && that._tag === "Exact") return exact(Usd.add(self.usd, that.usd))
  const least = Usd.add(lower(self), lower(that))
  const most = Option.zipWith(upper(self), upper(that), (a, b) => Usd.add(a, b))
  return Option.match(most, { onNone: () => atLeast(least), onSome: (usd) => between(least, usd) })
}

/** Whether an exact amount lies within. */
export const contains = (self: Amount, usd: Usd.Usd): boolean =>
  !Usd.lessThan(usd, lower(self)) &&
  Option.match(upper(self), { onNone: () => true, onSome: (most) => !Usd.lessThan(most, usd) })

/** Whether it is nothing, for certain. */
export const isZero = (self: Amount): boolean => self._tag === "Exact" && Usd.isZero(self.usd)
