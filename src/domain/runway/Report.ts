/** Everything there is to say about an account at one moment: what is left, how fast it goes, how long it lasts, what will be charged. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../balance/CustomerBalance.js"
import * as Subscription from "../balance/Subscription.js"
import * as Account from "../history/Account.js"
import * as Consumption from "../history/Consumption.js"
import * as Estimate from "../history/Estimate.js"
import type * as Snapshot from "../history/Snapshot.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Window from "../time/Window.js"
import * as BurnRate from "./BurnRate.js"
import * as DecayedRate from "./DecayedRate.js"
import type { OverdraftPolicy } from "./OverdraftPolicy.js"
import * as Pace from "./Pace.js"
import * as Projection from "./Projection.js"
import * as Runway from "./Runway.js"

/** Usage of 24 hours, named by the UTC date in which most of them lie. */
const Day = Schema.Struct({
  date: Schema.String,
  usage: Estimate.Estimate,
  coverage: Schema.Number,
  exhausted: Schema.Number,
})

const EstimateOrNull = Schema.OptionFromNullOr(Estimate.Estimate)

const CreditsRate = Schema.Struct({
  lower: Schema.Finite,
  expected: Schema.Finite,
  upper: Schema.NullOr(Schema.Finite),
})

/**
 * The burn rate of a window of `days`, and what it comes to: dollars an hour, a day and a month of 30.4375 days; credits a
 * day at the price that the body tells, `None` where it tells none. All are `None` where too little of the window is covered, and where they
 * come to more than an amount can hold.
 */
const Rate = Schema.Struct({
  days: Schema.Number,
  burn: BurnRate.BurnRate,
  perHour: EstimateOrNull,
  perDay: EstimateOrNull,
  perMonth: EstimateOrNull,
  creditsPerDay: Schema.OptionFromNullOr(CreditsRate),
})

/**
 * A report, and its JSON. `decayed` is `None` where nothing was seen, `pace` where {@link Pace.ofMonthly} knows none; `runway` is that of all
 * credits, and the projection has the monthly pool's beside it.
 */
export const Report = Schema.Struct({
  account: Account.Account,
  now: Timestamp.FromText,
  observedAt: Timestamp.FromText,
  balance: CustomerBalance.CustomerBalance,
  left: Schema.Struct({ monthly: Usd.FromText, stable: Usd.FromText, total: Usd.FromText }),
  rates: Schema.Array(Rate),
  decayed: Schema.OptionFromNullOr(DecayedRate.DecayedRate),
  pace: Schema.OptionFromNullOr(Pace.Pace),
  days: Schema.Array(Day),
  runway: Runway.Runway,
  projection: Projection.Projection,
}).annotations({ identifier: "Report" })
/** Everything there is to say about an account at one moment. */
export type Report = typeof Report.Type

/** A report to its JSON value. */
export const encode = Schema.encodeSync(Report)

/** The windows of the burn rates, in days. */
export const WINDOWS = [1, 7, 30] as const
/** The half-life of the decayed rate: usage of three days ago counts half. */
export const HALF_LIFE_HOURS = 72
const DAYS_SHOWN = 30

/** Days of history that a report reads: what the forecast needs, and some to estimate hidden usage at its start. */
export const HISTORY_DAYS = 150

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** The decayed rate weighs usage by its age: hours of the last days, days before. */
const HOURS_CUT = 7 * 24

/**
 * The times at which a report at `now` on a snapshot of `observedAt` divides the history, ascending, in milliseconds since 1970: what it tells of
 * windows between them is the same whether or not exact usage between two of them is one interval.
 */
export const cuts = (now: Timestamp.Timestamp, observedAt: Timestamp.Timestamp): ReadonlyArray<number> => {
  const times = new Set<number>()
  for (const end of [now.epochMillis, observedAt.epochMillis]) {
    for (let days = 0; days <= HISTORY_DAYS; days++) times.add(end - days * DAY_MS)
  }
  for (let hours = 0; hours <= HOURS_CUT; hours++) times.add(now.epochMillis - hours * HOUR_MS)
  return [...times].sort((a, b) => a - b)
}

/** What a report is made from. */
export interface Input {
  /** The newest snapshot at or before `now`. */
  readonly snapshot: Snapshot.Snapshot
  readonly consumption: Consumption.Consumption
  readonly now: Timestamp.Timestamp
  readonly overdraft: Option.Option<OverdraftPolicy>
  readonly horizon?: Timestamp.Timestamp
}

const isEstimate = Schema.is(Estimate.Estimate)

const rate = (
  consumption: Consumption.Consumption,
  end: Timestamp.Timestamp,
  days: number,
  price: Option.Option<Usd.Usd>,
): typeof Rate.Type => {
  const burn = BurnRate.over(consumption, Window.lastDays(end, days))
  const measured = burn._tag === "Measured" ? Option.some(burn) : Option.none()
  const as = (unit: (burn: BurnRate.Measured) => Estimate.Estimate) =>
    Option.filter(Option.map(measured, unit), isEstimate)
  const perDay = as(BurnRate.perDay)
  return {
    days,
    burn,
    perHour: as(BurnRate.perHour),
    perDay,
    perMonth: as(BurnRate.perMonth),
    creditsPerDay: Option.flatten(Option.zipWith(perDay, price, BurnRate.inCredits)),
  }
}

/**
 * The report of a moment.
 *
 * @throws RangeError when the snapshot was observed after `now` or the horizon is not after it.
 */
export const make = ({ consumption, horizon, now, overdraft, snapshot }: Input): Report => {
  if (DateTime.lessThan(now, snapshot.observedAt)) {
    throw new RangeError("a report looks back: give a snapshot observed at or before `now`")
  }
  const { balance } = snapshot
  const stable = CustomerBalance.stableValue(balance)
  const price = Option.flatMap(balance.subscription, Subscription.creditPrice)
  const projection = Projection.project({
    now,
    observedAt: snapshot.observedAt,
    balance,
    consumption,
    overdraft,
    ...(horizon === undefined ? {} : { end: horizon }),
  })
  return {
    account: snapshot.account,
    now,
    observedAt: snapshot.observedAt,
    balance,
    left: { monthly: balance.monthly.value, stable, total: Usd.add(balance.monthly.value, stable) },
    rates: WINDOWS.map((days) => rate(consumption, now, days, price)),
    decayed: DecayedRate.at(consumption, now, HALF_LIFE_HOURS),
    pace: Pace.ofMonthly(balance, snapshot.observedAt, now),
    days: Consumption.lastDays(consumption, now, DAYS_SHOWN),
    runway: projection._tag === "Projected" ? projection.credits : { _tag: "NotEnoughHistory", why: projection.why },
    projection,
  }
}
