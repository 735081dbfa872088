/** How fast credits are used: usage over the time that was seen of a window. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Assumption from "../history/Assumption.js"
import * as Consumption from "../history/Consumption.js"
import * as Estimate from "../history/Estimate.js"
import * as Usd from "../money/Usd.js"
import * as UsdRate from "../money/UsdRate.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Window from "../time/Window.js"

const span = {
  from: Timestamp.FromText,
  to: Timestamp.FromText,
  /** Time of the window that lies between looks, in milliseconds. */
  seenMillis: Schema.Int.pipe(Schema.nonNegative()),
  /** `seenMillis` as a share of the window, 0 to 1. */
  coverage: Schema.Number.pipe(Schema.between(0, 1)),
  /** Part of `seenMillis` in which something was used, as far as the looks tell: whole intervals between looks, in milliseconds. */
  activeMillis: Schema.Int.pipe(Schema.nonNegative()),
  /** The longest time without a look that reaches into the window, in milliseconds: usage is known in sum over it, and not when. */
  longestGapMillis: Schema.Int.pipe(Schema.nonNegative()),
  /** Pairs of neighbouring looks that reach into the window. */
  looks: Schema.Int.pipe(Schema.nonNegative()),
}

/** Usage over the seen part of a window, with the bounds of the ledger. */
export const Measured = Schema.TaggedStruct("Measured", {
  ...span,
  usage: Estimate.Estimate,
  /** What the usage takes for granted. */
  assumes: Schema.Array(Assumption.Assumption),
})
/** Usage over the seen part of a window. */
export type Measured = typeof Measured.Type

/** Too little was seen of the window for a rate to mean anything. `why` says what is missing. */
export const NotEnoughHistory = Schema.TaggedStruct("NotEnoughHistory", { ...span, why: Schema.String })

/** `Measured | NotEnoughHistory`. */
export const BurnRate = Schema.Union(Measured, NotEnoughHistory).annotations({ identifier: "BurnRate" })
/** `Measured | NotEnoughHistory`. */
export type BurnRate = typeof BurnRate.Type

const LEAST_LOOKS = 2
const LEAST_MILLIS = 3_600_000

/** The burn rate over a window: needs two pairs of looks and an hour between looks within it. */
export const over = (consumption: Consumption.Consumption, window: Window.Window): BurnRate => {
  const { activeMillis, assumes, longestGapMillis, looks, seenMillis, usage } = Consumption.over(consumption, window)
  const seen = {
    from: window.from,
    to: window.to,
    seenMillis,
    coverage: Math.min(1, seenMillis / Window.millis(window)),
    activeMillis,
    longestGapMillis,
    looks,
  }
  if (looks < LEAST_LOOKS) {
    return {
      _tag: "NotEnoughHistory",
      ...seen,
      why: "fewer than two pairs of neighbouring looks reach into the window",
    }
  }
  return seenMillis < LEAST_MILLIS
    ? { _tag: "NotEnoughHistory", ...seen, why: "less than an hour of the window lies between looks" }
    : { _tag: "Measured", ...seen, usage, assumes }
}

/** The burn rates over the last so many days before `now`, side by side in the order asked. */
export const sideBySide = (
  consumption: Consumption.Consumption,
  now: Timestamp.Timestamp,
  days: ReadonlyArray<number>,
): ReadonlyArray<{ readonly days: number; readonly burn: BurnRate }> =>
  days.map((each) => ({ days: each, burn: over(consumption, Window.lastDays(now, each)) }))

const perMillis = (self: Measured, rate: (rate: UsdRate.UsdRate) => Estimate.Estimate["lower"]): Estimate.Estimate => ({
  lower: rate(UsdRate.make(self.usage.lower, self.seenMillis)),
  expected: rate(UsdRate.make(self.usage.expected, self.seenMillis)),
  upper: Option.map(self.usage.upper, (upper) => rate(UsdRate.make(upper, self.seenMillis))),
})

/** Dollars an hour of seen time, rounded half-even to the nano-dollar. */
export const perHour = (self: Measured): Estimate.Estimate => perMillis(self, UsdRate.perHour)

/** Dollars a day of seen time, rounded half-even to the nano-dollar. */
export const perDay = (self: Measured): Estimate.Estimate => perMillis(self, UsdRate.perDay)

/** Dollars a month of 30.4375 days of seen time, rounded half-even to the nano-dollar. */
export const perMonth = (self: Measured): Estimate.Estimate => perMillis(self, UsdRate.perMonth)

/**
 * Dollars an hour of active time, in which something was used: what use costs while it goes on. `None` where nothing was used. The coarser
 * the looks, the longer the active time, and the lower the rate.
 */
export const perActiveHour = (self: Measured): Option.Option<Estimate.Estimate> =>
  self.activeMillis === 0 ? Option.none() : Option.some(perHour({ ...self, seenMillis: self.activeMillis }))

/** A rate in credits: doubles, because a rate of credits is no amount. */
export interface CreditsRate {
  readonly lower: number
  readonly expected: number
  readonly upper: number | null
}

/** A rate in dollars as credits, at `price` dollars a credit; `None` where the price is not above 0. */
export const inCredits = (rate: Estimate.Estimate, price: Usd.Usd): Option.Option<CreditsRate> => {
  if (!Usd.isPositive(price)) return Option.none()
  const credits = (usd: Usd.Usd): number => Usd.toNumberApproximate(usd) / Usd.toNumberApproximate(price)
  return Option.some({
    lower: credits(rate.lower),
    expected: credits(rate.expected),
    upper: Option.match(rate.upper, { onNone: () => null, onSome: credits }),
  })
}
