/**
 * What happens once the credits are gone: charges start, or service stops. The balance does not say which (pay as you go is opt-in), so
 * it is an input of every projection.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Consumption from "../history/Consumption.js"
import * as Credits from "../money/Credits.js"
import type { Rounding } from "../money/Rounding.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"

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

/** A policy, and where it comes from: the first of these that applies. `policy` is `None` exactly where the source is `unknown`. */
export const Sourced = Schema.Struct({
  policy: Schema.OptionFromNullOr(OverdraftPolicy),
  /**
   * - `given`: an option, the configuration, or an answer of the API to this call.
   * - `stored`: last given for this account.
   * - `observed`: read off the history, see {@link observed}.
   * - `unknown`: none of these.
   */
  source: Schema.Literal("given", "stored", "observed", "unknown"),
  /** The stored policy that the history after `at` contradicts, where `policy` is observed in its place. Worth a warning. */
  overruled: Schema.optional(Schema.Struct({ policy: OverdraftPolicy, at: Timestamp.FromText })),
}).annotations({ identifier: "SourcedOverdraftPolicy" })
/** A policy, and where it comes from. */
export interface Sourced extends Schema.Schema.Type<typeof Sourced> {}

/** No policy from any source. */
export const unknown: Sourced = { policy: Option.none(), source: "unknown" }

/** A policy with its source. */
export const sourced = (policy: OverdraftPolicy, source: "given" | "stored" | "observed"): Sourced => ({
  policy: Option.some(policy),
  source,
})

/** A policy that the history shows, and the time of its last evidence. */
export interface Observed {
  readonly policy: OverdraftPolicy
  readonly at: Timestamp.Timestamp
}

/** How long both pools stay empty, without a gap and without a charge, before service counts as stopped: 72 hours. */
const STOPPED_MS = 3 * 86_400_000

/** Spans of the intervals that match, in milliseconds since 1970, joined where one ends as the next one begins. */
const joined = (
  intervals: ReadonlyArray<Consumption.Interval>,
  isPart: (interval: Consumption.Interval) => boolean,
): ReadonlyArray<{ readonly from: number; readonly to: number }> => {
  const spans: Array<{ readonly from: number; to: number }> = []
  for (const interval of intervals) {
    if (!isPart(interval)) continue
    const last = spans.at(-1)
    if (last !== undefined && last.to === interval.from.epochMillis) last.to = interval.to.epochMillis
    else spans.push({ from: interval.from.epochMillis, to: interval.to.epochMillis })
  }
  return spans
}

/**
 * The policy that the history shows, by its latest evidence; `None` where it shows neither.
 *
 * - Charges start: pay as you go was certainly used at or after `since`, the beginning of the previous cycle.
 * - Nothing is charged: both pools were empty for 72 hours in a row without a gap, between known amounts due that did not rise.
 *
 * `price` is in dollars a credit. @default the published price
 */
export const observed = (
  consumption: Consumption.Consumption,
  { price, since }: { readonly since: Timestamp.Timestamp; readonly price?: Usd.Usd | undefined },
): Option.Option<Observed> => {
  const isAfter = ({ to }: { readonly to: Timestamp.Timestamp }): boolean => to.epochMillis > since.epochMillis
  const charged = consumption.payAsYouGo.findLast((interval) => isAfter(interval) && Usd.isPositive(interval.lower))
  const empty = joined(consumption.credits, (interval) => interval.exhausted && !interval.gap)
  const uncharged = joined(consumption.payAsYouGo, ({ upper }) => Option.exists(upper, (usd) => !Usd.isPositive(usd)))
  let stopped = Number.NEGATIVE_INFINITY
  for (const a of empty) {
    for (const b of uncharged) {
      const to = Math.min(a.to, b.to)
      if (to - Math.max(a.from, b.from) >= STOPPED_MS) stopped = Math.max(stopped, to)
    }
  }
  if (charged !== undefined && charged.to.epochMillis >= stopped)
    return Option.some({ policy: payAsYouGo(price), at: charged.to })
  return stopped > Number.NEGATIVE_INFINITY
    ? Option.some({ policy: blocked, at: Timestamp.fromMillis(stopped) })
    : Option.none()
}
