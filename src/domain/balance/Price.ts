/** What a plan costs. */
import * as Schema from "effect/Schema"
import * as Usd from "../money/Usd.js"
import * as OpenSet from "./OpenSet.js"

/** How often a price is due. The wire's own member `unknown` is `Unknown{raw: "unknown"}`, and no drift. */
export const Interval = OpenSet.make("Interval", { day: "Day", week: "Week", month: "Month", year: "Year" }, [
  "unknown",
])
/** How often a price is due: `Day | Week | Month | Year | Unknown{raw}`. */
export type Interval = ReturnType<typeof Interval.fromText>

/** One price for the whole subscription, per interval. */
export const Flat = Schema.TaggedStruct("Flat", { interval: Interval.schema, price: Usd.FromText })

/** A price for each member of the organisation, per interval. */
export const PerUser = Schema.TaggedStruct("PerUser", { interval: Interval.schema, price: Usd.FromText })

/** A contract owns the price. `enterprise` is the older spelling on the wire. */
export const Contract = Schema.TaggedStruct("Contract", {})

/** A kind of price that is not known: `raw` is its `type` on the wire. */
export const Unknown = Schema.TaggedStruct("Unknown", { raw: Schema.String })

/** `Flat{interval, price} | PerUser{interval, price} | Contract | Unknown{raw}`. */
export const Price = Schema.Union(Flat, PerUser, Contract, Unknown).annotations({ identifier: "Price" })
/** What a plan costs: `Flat | PerUser | Contract | Unknown`. */
export type Price = typeof Price.Type

/** Whether two prices are the same. */
export const same = (a: Price, b: Price): boolean => {
  if (a._tag === "Contract") return b._tag === "Contract"
  if (a._tag === "Unknown") return b._tag === "Unknown" && a.raw === b.raw
  return (
    a._tag === b._tag &&
    Usd.Equivalence(a.price, b.price) &&
    Interval.toText(a.interval) === Interval.toText(b.interval)
  )
}
