/** Everything there is to say about an account at one moment: what is left, how fast it goes, how long it lasts, what will be charged. */
import * as Arr from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Block from "../balance/Block.js"
import * as CollectionThreshold from "../balance/CollectionThreshold.js"
import * as CustomerBalance from "../balance/CustomerBalance.js"
import * as Subscription from "../balance/Subscription.js"
import * as Account from "../history/Account.js"
import * as Consumption from "../history/Consumption.js"
import * as Estimate from "../history/Estimate.js"
import type * as Snapshot from "../history/Snapshot.js"
import * as Credits from "../money/Credits.js"
import * as Usd from "../money/Usd.js"
import * as Calendar from "../time/Calendar.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Window from "../time/Window.js"
import * as Bill from "./Bill.js"
import * as BillingCalendar from "./BillingCalendar.js"
import * as BurnRate from "./BurnRate.js"
import * as DecayedRate from "./DecayedRate.js"
import * as OverdraftPolicy from "./OverdraftPolicy.js"
import * as Pace from "./Pace.js"
import * as Projection from "./Projection.js"
import * as Runway from "./Runway.js"

/** Usage of a calendar day in the zone of the report. */
const Day = Schema.Struct({
  /** `YYYY-MM-DD`. */
  date: Schema.String,
  /** Usage of the day up to now; without an upper bound where nothing of the day is observed. */
  usage: Estimate.Estimate,
  /** The share of the whole day that lies between snapshots and in no gap, 0 to 1. 0: nothing of the day is observed. */
  coverage: Schema.Number,
  /** The share of the whole day in which no credits were left, 0 to 1. */
  exhausted: Schema.Number,
  /** False for the running day. */
  complete: Schema.Boolean,
})

/** What the days of a report come to. What was used across a gap is known in sum, and not on which of its days. */
const DaysTotal = Schema.Struct({
  /** Days of which something is observed. */
  observed: Schema.Int,
  /** Usage of those days. */
  usage: Estimate.Estimate,
  /** Usage of the other days, as far as it is known. */
  unobserved: Usd.SumFromText,
  /** The observed day of the most usage, the first one of several. */
  most: Schema.OptionFromNullOr(Schema.Struct({ date: Schema.String, usage: Usd.SumFromText })),
})

const EstimateOrNull = Schema.OptionFromNullOr(Estimate.Estimate)

const CreditsRate = Schema.Struct({
  lower: Schema.Finite,
  expected: Schema.Finite,
  upper: Schema.NullOr(Schema.Finite),
})

/**
 * The burn rate of a window of `days`, and what it comes to: dollars an hour, a day and a month of 30.4375 days; credits a day at the price that the
 * body tells, `None` where it tells none or `creditUnit` is `None`. All are `None` where the window has no burn rate.
 */
const Rate = Schema.Struct({
  days: Schema.Number,
  burn: BurnRate.BurnRate,
  perHour: EstimateOrNull,
  perDay: EstimateOrNull,
  perMonth: EstimateOrNull,
  creditsPerDay: Schema.OptionFromNullOr(CreditsRate),
  /** What a credit was while the window was covered; `None` where that changed within it: a number of credits would add two units. */
  creditUnit: Schema.OptionFromNullOr(Schema.Literal("minute", "second")),
})

/** A report, and its JSON. */
export const Report = Schema.Struct({
  account: Account.Account,
  now: Timestamp.FromText,
  observedAt: Timestamp.FromText,
  /** The name of the zone that days are of. */
  zone: Schema.String,
  balance: CustomerBalance.CustomerBalance,
  /** What was left at the observation; a debt is below zero, and counts in the total. */
  left: Schema.Struct({ monthly: Usd.FromText, stable: Usd.FromText, total: Usd.SumFromText }),
  rates: Schema.Array(Rate),
  /** `None` where less than an hour is observed, each hour with its weight. */
  decayed: Schema.OptionFromNullOr(DecayedRate.DecayedRate),
  /** `None` where {@link Pace.ofMonthly} gives none. */
  pace: Schema.OptionFromNullOr(Pace.Pace),
  days: Schema.Array(Day),
  daysTotal: DaysTotal,
  /** What happens once credits are gone, and how that is known. */
  overdraft: OverdraftPolicy.Sourced,
  /** Why the API stopped service, where it did. */
  block: Schema.OptionFromNullOr(Block.Block),
  /** The amount above which unpaid usage is invoiced early or service is stopped, where it is known. */
  threshold: Schema.OptionFromNullOr(CollectionThreshold.CollectionThreshold),
  /** How long all credits last; the projection has the monthly pool's beside it. */
  runway: Runway.Runway,
  projection: Projection.Projection,
  /** What is expected to be due at the end of the projection; `None` where the amount due was not asked for. */
  bill: Schema.OptionFromNullOr(Bill.Bill),
}).annotations({ identifier: "Report" })
/** Everything there is to say about an account at one moment. */
export type Report = typeof Report.Type

/** A report to its JSON value. */
export const encode = (self: Report): typeof Report.Encoded => Schema.encodeSync(Report)(self)

/** The windows of the burn rates, in days. */
export const WINDOWS = [1, 7, 30] as const
/** The half-life of the decayed rate: usage of three days ago counts half. */
export const HALF_LIFE_HOURS = 72
/** As for a burn rate, less than an hour tells nothing. */
const MIN_WEIGHTED_HOURS = 1
const DAYS_SHOWN = 30

/** Days of history that a report reads: what the forecast needs, and some to estimate hidden usage at its start. */
export const HISTORY_DAYS = 150

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** The decayed rate weighs usage by its age: hours of the last days, days before. */
const HOURS_CUT = 7 * 24

/**
 * The times at which a report at `now` on a snapshot of `observedAt` divides the history, ascending, in milliseconds since 1970: what it says of
 * windows between them is the same whether or not exact usage between two of them is one interval. The midnights of `zone` are among them.
 */
export const cuts = (
  now: Timestamp.Timestamp,
  observedAt: Timestamp.Timestamp,
  zone?: Calendar.Zone,
): ReadonlyArray<number> => {
  const from = DateTime.subtract(observedAt, { days: HISTORY_DAYS })
  const times = new Set(Calendar.days(from, now, zone).map((day) => day.from.epochMillis))
  times.add(observedAt.epochMillis)
  for (let days = 0; days <= HISTORY_DAYS; days++) times.add(now.epochMillis - days * DAY_MS)
  for (let hours = 0; hours <= HOURS_CUT; hours++) times.add(now.epochMillis - hours * HOUR_MS)
  return [...times].sort((a, b) => a - b)
}

/** What a report is made from. */
export interface Input {
  /** The newest snapshot at or before `now`. */
  readonly snapshot: Snapshot.Snapshot
  readonly consumption: Consumption.Consumption
  readonly now: Timestamp.Timestamp
  /** What happens once credits are gone. @default unknown */
  readonly overdraft?: OverdraftPolicy.Sourced | undefined
  /** Why the API stopped service. @default it did not */
  readonly block?: Option.Option<Block.Block> | undefined
  /** The collection threshold. @default not known */
  readonly threshold?: Option.Option<CollectionThreshold.CollectionThreshold> | undefined
  /** The end of the projection, after `now`. @default the next refresh, or 30 days from now where none is known */
  readonly horizon?: Timestamp.Timestamp | undefined
  /** The zone whose calendar days are reported. @default UTC */
  readonly zone?: Calendar.Zone | undefined
}

/** The calendar days up to the running one, at most 30, from the first snapshot on. At midnight no day runs yet. */
const daysUpTo = (consumption: Consumption.Consumption, now: Timestamp.Timestamp, zone: Calendar.Zone) => {
  const first = consumption.credits[0]?.from
  if (first === undefined) return []
  const from = DateTime.max(first, Calendar.dayAt(DateTime.subtract(now, { millis: 1 }), zone, DAYS_SHOWN - 1).from)
  return Consumption.days(consumption, { zone, from, to: now })
}

const totalOf = (days: ReadonlyArray<Consumption.Day>): typeof DaysTotal.Type => {
  const [others, observed] = Arr.partition(days, ({ coverage }) => coverage > 0)
  const [first] = observed
  const most = first && observed.reduce((a, b) => (Usd.lessThan(a.usage.expected, b.usage.expected) ? b : a), first)
  return {
    observed: observed.length,
    usage: observed.reduce((sum, { usage }) => Estimate.add(sum, usage), Estimate.zero),
    unobserved: Usd.sum(others.map(({ usage }) => usage.expected)),
    most: Option.map(Option.fromNullable(most), ({ date, usage }) => ({ date, usage: usage.expected })),
  }
}

/** The unit of credits in what is covered of a window; `None` where it changed within that. */
const creditUnitOf = (
  { credits }: Consumption.Consumption,
  { from }: Window.Window,
  observedAt: Timestamp.Timestamp,
): Option.Option<Credits.Unit> => {
  const first = credits.find(({ gap, to }) => !gap && DateTime.lessThan(from, to))
  const unit = Credits.unitAt(observedAt)
  return first === undefined || Credits.unitAt(DateTime.max(from, first.from)) === unit
    ? Option.some(unit)
    : Option.none()
}

const rate = ({ consumption, now, snapshot }: Input, days: number, price: Option.Option<Usd.Usd>): typeof Rate.Type => {
  const window = Window.lastDays(now, days)
  const burn = BurnRate.over(consumption, window)
  const creditUnit = creditUnitOf(consumption, window, snapshot.observedAt)
  const measured = burn._tag === "Measured" ? Option.some(burn) : Option.none()
  const as = (unit: (burn: BurnRate.Measured) => Estimate.Estimate) => Option.map(measured, unit)
  const perDay = as(BurnRate.perDay)
  return {
    days,
    burn,
    perHour: as(BurnRate.perHour),
    perDay,
    perMonth: as(BurnRate.perMonth),
    creditsPerDay: Option.flatMap(creditUnit, () => Option.flatten(Option.zipWith(perDay, price, BurnRate.inCredits))),
    creditUnit,
  }
}

/**
 * The report of a moment.
 *
 * @throws RangeError when the snapshot was observed after `now`, the horizon is not after it, or no zone has the name.
 */
export const make = (input: Input): Report => {
  const { consumption, horizon, now, overdraft = OverdraftPolicy.unknown, snapshot } = input
  const { block = Option.none(), threshold = Option.none() } = input
  const { balance, observedAt } = snapshot
  const zone = Calendar.zoneOf(input.zone ?? Calendar.UTC)
  if (DateTime.lessThan(now, observedAt)) {
    throw new RangeError("a report looks back: give a snapshot observed at or before `now`")
  }
  const stable = CustomerBalance.stableValue(balance)
  const price = Option.flatMap(balance.subscription, Subscription.creditPrice)
  const request = { balance, observedAt, now, refreshes: consumption.refreshes }
  const projection = Projection.project({
    now,
    observedAt,
    balance,
    consumption,
    overdraft: overdraft.policy,
    block,
    threshold,
    zone,
    end: horizon,
  })
  const days = daysUpTo(consumption, now, zone)
  return {
    account: snapshot.account,
    now,
    observedAt,
    zone: Calendar.nameOf(zone),
    balance,
    left: { monthly: balance.monthly.value, stable, total: Usd.add(balance.monthly.value, stable) },
    rates: WINDOWS.map((days) => rate(input, days, price)),
    decayed: Option.filter(
      DecayedRate.at(consumption, now, HALF_LIFE_HOURS),
      ({ weightedHours }) => weightedHours >= MIN_WEIGHTED_HOURS,
    ),
    pace: Pace.ofMonthly(request, BillingCalendar.scheduleOf(request)),
    days,
    daysTotal: totalOf(days),
    overdraft,
    block,
    threshold,
    runway: Option.match(block, { onNone: () => runwayOf(projection), onSome: Runway.blocked }),
    projection,
    bill: Bill.of({ balance, observedAt, consumption, projection, zone }),
  }
}

const runwayOf = (projection: Projection.Projection): Runway.Runway => {
  switch (projection._tag) {
    case "Projected":
      return projection.credits
    case "NotEnoughHistory":
      return { _tag: "NotEnoughHistory", why: projection.why }
    case "TooOld":
      return { _tag: "TooOld", age: projection.age, limit: projection.limit }
  }
}
