/** How fast credits are used: usage over the covered time of a window. */
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
  /** Time of the window that lies between snapshots and in no gap, in milliseconds. */
  coveredMillis: Schema.Int.pipe(Schema.nonNegative()),
  /** `coveredMillis` as a share of the window, 0 to 1. */
  coverage: Schema.Number.pipe(Schema.between(0, 1)),
  /** The longest time without a snapshot that reaches into the window, in milliseconds: usage is known in sum over it, and not when. */
  longestGapMillis: Schema.Int.pipe(Schema.nonNegative()),
  /** Pairs of neighbouring snapshots that reach into the window. */
  snapshots: Schema.Int.pipe(Schema.nonNegative()),
}

/** Usage over the covered part of a window, with the bounds of the ledger. */
export const Measured = Schema.TaggedStruct("Measured", {
  ...span,
  usage: Estimate.Estimate,
  /** Assumptions of the usage. */
  assumes: Schema.Array(Assumption.Assumption),
})
/** Usage over the covered part of a window. */
export type Measured = typeof Measured.Type

/**
 * There is no rate of the window:
 * - `LittleCovered`: less than an hour or a tenth of it is covered;
 * - `FewSnapshots`: it is covered, by fewer than two pairs of neighbouring snapshots.
 *
 * `why` says it in words.
 */
export const NotEnoughHistory = Schema.TaggedStruct("NotEnoughHistory", {
  ...span,
  reason: Schema.Literal("LittleCovered", "FewSnapshots"),
  why: Schema.String,
})

/** `Measured | NotEnoughHistory`. */
export const BurnRate = Schema.Union(Measured, NotEnoughHistory).annotations({ identifier: "BurnRate" })
/** `Measured | NotEnoughHistory`. */
export type BurnRate = typeof BurnRate.Type

const MIN_SNAPSHOT_PAIRS = 2
const MIN_COVERED_MS = 3_600_000
/** A rate of less than a tenth of a window is not that of the window. */
const MIN_COVERAGE = 0.1

/**
 * The burn rate over a window, from the usage in its covered time: needs two pairs of snapshots, and an hour and a tenth of the window covered.
 */
export const over = (consumption: Consumption.Consumption, window: Window.Window): BurnRate => {
  const { assumes, coveredMillis, coveredUsage, longestGapMillis, snapshots } = Consumption.over(consumption, window)
  const coverage = Math.min(1, coveredMillis / Window.millis(window))
  const covered = { from: window.from, to: window.to, coveredMillis, coverage, longestGapMillis, snapshots }
  const notEnough = (reason: "LittleCovered" | "FewSnapshots", why: string): BurnRate => ({
    _tag: "NotEnoughHistory",
    ...covered,
    reason,
    why,
  })
  if (coveredMillis < MIN_COVERED_MS) return notEnough("LittleCovered", "less than an hour of the window is covered")
  if (coverage < MIN_COVERAGE) return notEnough("LittleCovered", "less than a tenth of the window is covered")
  if (snapshots < MIN_SNAPSHOT_PAIRS) {
    return notEnough("FewSnapshots", "fewer than two pairs of neighbouring snapshots reach into the window")
  }
  return { _tag: "Measured", ...covered, usage: coveredUsage, assumes }
}

/** The burn rates over the last so many days before `now`, side by side in the order asked. */
export const sideBySide = (
  consumption: Consumption.Consumption,
  now: Timestamp.Timestamp,
  days: ReadonlyArray<number>,
): ReadonlyArray<{ readonly days: number; readonly burn: BurnRate }> =>
  days.map((each) => ({ days: each, burn: over(consumption, Window.lastDays(now, each)) }))

const perMillis = (self: Measured, rate: (rate: UsdRate.UsdRate) => Estimate.Estimate["lower"]): Estimate.Estimate => ({
  lower: rate(UsdRate.make(self.usage.lower, self.coveredMillis)),
  expected: rate(UsdRate.make(self.usage.expected, self.coveredMillis)),
  upper: Option.map(self.usage.upper, (upper) => rate(UsdRate.make(upper, self.coveredMillis))),
})

/** Dollars an hour of covered time, rounded half-even to the nano-dollar. */
export const perHour = (self: Measured): Estimate.Estimate => perMillis(self, UsdRate.perHour)

/** Dollars a day of covered time, rounded half-even to the nano-dollar. */
export const perDay = (self: Measured): Estimate.Estimate => perMillis(self, UsdRate.perDay)

/** Dollars a month of 30.4375 days of covered time, rounded half-even to the nano-dollar. */
export const perMonth = (self: Measured): Estimate.Estimate => perMillis(self, UsdRate.perMonth)

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
