/**
 * What will be charged, and how long each pool lasts: the forecast of usage pushed through the draw order (monthly, stable, pay as you go).
 *
 * A charge is what usage exceeds the credits by. It is monotone in usage, so its quantiles are those of usage pushed through; its mean is
 * not the charge of the mean usage, which is below it.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as AmountDue from "../balance/AmountDue.js"
import type * as Block from "../balance/Block.js"
import type * as CollectionThreshold from "../balance/CollectionThreshold.js"
import * as Consumption from "../history/Consumption.js"
import * as Credits from "../money/Credits.js"
import * as Usd from "../money/Usd.js"
import type * as Calendar from "../time/Calendar.js"
import * as Timestamp from "../time/Timestamp.js"
import * as BillingCalendar from "./BillingCalendar.js"
import * as Depletion from "./Depletion.js"
import * as Distribution from "./Distribution.js"
import * as Forecast from "./Forecast.js"
import * as OverdraftPolicy from "./OverdraftPolicy.js"
import * as Runway from "./Runway.js"
import * as Scope from "./Scope.js"
import * as UsageHistory from "./UsageHistory.js"

/** The charge does not pass the collection threshold, or the threshold is not known. */
export const Charged = Schema.TaggedStruct("Charged", {})

/** The known amount due and the charge are more than the collection threshold: there is an early invoice, or service stops. */
export const ChargedOrBlocked = Schema.TaggedStruct("ChargedOrBlocked", {
  /** The threshold, in US dollars. */
  threshold: Usd.FromText,
  /** When it is passed, by the median; `now` where it is passed by now. */
  at: Timestamp.FromText,
})

/** A moment at which something is billed. */
export const Charge = Schema.Struct({
  event: Schema.Literal("CycleEnd", "HorizonEnd"),
  at: Timestamp.FromText,
  /** New pay as you go since the balance was observed, in US dollars: what will have been added to its amount due. */
  usd: Distribution.Distribution,
  /** The median in whole credits at the overdraft policy's price, where that is known and the unit of credits does not change before `at`. */
  credits: Schema.OptionFromNullOr(Credits.FromText),
  /** The probability that anything is charged at all. */
  chance: Schema.Number,
  /** `Charged | ChargedOrBlocked{threshold, at}`, by the median. */
  outcome: Schema.Union(Charged, ChargedOrBlocked),
})

const times = {
  now: Timestamp.FromText,
  end: Timestamp.FromText,
  /** When the refresh was due that no snapshot shows yet. */
  pendingSince: Schema.OptionFromNullOr(Timestamp.FromText),
}

/** A projection. */
export const Projected = Schema.TaggedStruct("Projected", {
  ...times,
  /** Usage from `now` to `end`, of every pool, in US dollars. */
  usage: Distribution.Distribution,
  charges: Schema.Array(Charge),
  /** What the charges assume of the time without credits; `None` where nothing is known: the charge is then what it would be with pay as you go on. */
  overdraft: Schema.OptionFromNullOr(OverdraftPolicy.OverdraftPolicy),
  monthly: Runway.Runway,
  credits: Runway.Runway,
  method: Schema.String,
  assumptions: Schema.Array(Scope.Assumption),
})

/** Too little history for a projection. */
export const NotEnoughHistory = Schema.TaggedStruct("NotEnoughHistory", { ...times, why: Schema.String })

/** The newest balance is too old for a projection. JSON: `age` and `limit` in milliseconds. */
export const TooOld = Schema.TaggedStruct("TooOld", { ...times, ...Runway.TooOld.fields, why: Schema.String })

/** `Projected | NotEnoughHistory | TooOld`. */
export const Projection = Schema.Union(Projected, NotEnoughHistory, TooOld).annotations({ identifier: "Projection" })
/** `Projected | NotEnoughHistory | TooOld`. */
export type Projection = typeof Projection.Type

/** What a projection is made from. */
export interface Input extends Omit<Scope.Request, "refreshes"> {
  readonly consumption: Consumption.Consumption
  /** Levels of the intervals, above 0 and below 1. The first is that of runways. @default 0.8 and 0.95 */
  readonly levels?: readonly [number, ...ReadonlyArray<number>] | undefined
  /** The zone whose calendar days usage is forecast from. @default UTC */
  readonly zone?: Calendar.Zone | undefined
  /** Why the API stopped service, where it did. @default none */
  readonly block?: Option.Option<Block.Block> | undefined
  /** The amount above which unpaid usage is invoiced early or service stops. @default not known */
  readonly threshold?: Option.Option<CollectionThreshold.CollectionThreshold> | undefined
}

const DEFAULT_LEVELS = [0.8, 0.95] as const

const NANOS_PER_MICRO = 1000n
const DAY = 86_400_000
/** The least and the most, in days, of what the age of a balance is limited by. */
const MIN_LIMIT_DAYS = 7
const MAX_LIMIT_DAYS = 62

const creditsOf = (dollars: number, overdraft: Option.Option<OverdraftPolicy.OverdraftPolicy>) =>
  Option.flatMap(overdraft, (policy) =>
    policy._tag === "Blocked"
      ? Option.none()
      : Option.flatMap(Usd.fromNanos(BigInt(Math.round(dollars * 1e6)) * NANOS_PER_MICRO), (usd) =>
          Credits.fromUsd(usd, policy.price, policy.rounding),
        ),
  )

const CHARGED = Charged.make()

/** What becomes of a charge: with the known amount due, it passes the threshold or not. */
const outcomeOf = (
  { end }: Scope.Scope,
  { balance, now, threshold = Option.none() }: Input,
  depletion: Depletion.Depletion,
  charge: number,
): (typeof Charge.Type)["outcome"] => {
  if (Option.isNone(threshold)) return CHARGED
  const { amount } = threshold.value
  const due = Option.getOrElse(AmountDue.known(balance.due), () => Usd.zero)
  const room = Usd.toNumberApproximate(Usd.subtract(amount, due))
  if (charge <= room) return CHARGED
  const days = Math.min(depletion.exceeds(room, 0.5), Scope.daysBetween(now, end))
  return ChargedOrBlocked.make({
    threshold: amount,
    at: Timestamp.fromMillis(now.epochMillis + Math.round(days * DAY)),
  })
}

const chargeOf = (
  scope: Scope.Scope,
  input: Input,
  depletion: Depletion.Depletion,
  levels: ReadonlyArray<number>,
): typeof Charge.Type => {
  const { block = Option.none(), now, overdraft } = input
  const isStopped = Option.isSome(block) || Option.exists(overdraft, (policy) => policy._tag === "Blocked")
  const days = Scope.daysBetween(now, scope.end)
  const quantile = (p: number): number => (isStopped ? 0 : depletion.uncovered(days, p))
  const usd = Distribution.fromQuantile(quantile, levels)
  const isOneUnit = Credits.unitAt(now) === Credits.unitAt(scope.end)
  return {
    event: scope.endsAtRefresh ? "CycleEnd" : "HorizonEnd",
    at: scope.end,
    usd,
    credits: isOneUnit ? creditsOf(usd.point, overdraft) : Option.none(),
    chance: isStopped ? 0 : Distribution.chanceAbove(quantile, 0),
    outcome: isStopped ? CHARGED : outcomeOf(scope, input, depletion, usd.point),
  }
}

const count = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`
const days = (n: number): string => count(n, "day")

/** Whole days and hours, rounded down: `62 days 5 hours`. */
const span = (ofDays: number): string => {
  const hours = Math.floor((ofDays % 1) * 24)
  return hours === 0 ? days(Math.floor(ofDays)) : `${days(Math.floor(ofDays))} ${count(hours, "hour")}`
}

const notEnough = ({ days: telling, observed }: UsageHistory.UsageHistory): string =>
  observed < UsageHistory.MIN_DAYS
    ? `${days(observed)} of history; a projection needs ${UsageHistory.MIN_DAYS}`
    : `${telling.length} of ${days(observed)} tell of usage (on the others credits were gone, little was observed, or the amount due is not known); a projection needs ${UsageHistory.MIN_DAYS}`

/** How old the newest balance may be, in days: the covered length of the history, at least 7 and at most 62. */
const limitOf = (coveredDays: number): number => Math.max(MIN_LIMIT_DAYS, Math.min(MAX_LIMIT_DAYS, coveredDays))

/**
 * The projection to the end of the cycle, or to an earlier `end`. Usage since the observation is forecast like that from now on, with its refreshes
 * on the way, and the further the observation lies back, the wider is the forecast.
 *
 * @throws RangeError when `end` is not after `now`, a level is not between 0 and 1, or no zone has the name.
 */
export const project = (input: Input): Projection => {
  const { block = Option.none(), consumption, levels = DEFAULT_LEVELS, now, observedAt, overdraft, zone } = input
  const [level] = levels
  const request: Scope.Request = { ...input, refreshes: consumption.refreshes }
  const scope = Scope.of(request, BillingCalendar.scheduleOf(request))
  const shared = { now, end: scope.end, pendingSince: scope.pendingSince }
  if (DateTime.lessThanOrEqualTo(scope.end, now)) {
    throw new RangeError("a projection looks forward: give an `end` after `now`")
  }
  const coveredDays = Consumption.coveredMillis(consumption) / DAY
  const limit = limitOf(coveredDays)
  if (scope.age > limit) {
    const why = `the newest balance is ${span(scope.age)} old; with this history a projection takes one of up to ${span(limit)}`
    return { _tag: "TooOld", ...shared, age: Duration.days(scope.age), limit: Duration.days(limit), why }
  }
  const history = UsageHistory.upTo(consumption, observedAt, overdraft, zone)
  if (history.days.length < UsageHistory.MIN_DAYS) {
    return { _tag: "NotEnoughHistory", ...shared, why: notEnough(history) }
  }
  const { offsetDays } = history
  const fromNow = Forecast.ahead(history.days, { offsetDays: offsetDays + scope.age, widening: 1 + scope.age / limit })
  const sinceObserved = Forecast.ahead(history.days, { offsetDays, widening: 1 })
  const depletion = Depletion.of(scope, { fromNow, sinceObserved })
  const outcome: Depletion.Input = { scope, now, depletion, level, coveredDays }
  const runway = (of: (input: Depletion.Input) => Runway.Runway): Runway.Runway => {
    if (Option.isSome(block)) return Runway.blocked(block.value)
    const told = of(outcome)
    return fromNow.method.name === "NoUse" && told._tag !== "Empty" ? { _tag: "NoUse" } : told
  }
  const credits = runway(Depletion.creditsRunway)
  const isBeyond =
    credits._tag === "LastsBeyond" ||
    (credits._tag === "RunsOut" && Option.exists(scope.refresh, (at) => DateTime.lessThan(at, credits.at)))
  return {
    _tag: "Projected",
    ...shared,
    usage: Distribution.fromQuantile((p) => fromNow.total(Scope.daysBetween(now, scope.end), p), levels),
    charges: [chargeOf(scope, input, depletion, levels)],
    overdraft,
    monthly: runway(Depletion.monthlyRunway),
    credits,
    method: fromNow.method.name,
    assumptions: isBeyond ? [...scope.assumptions, "UsageIsEven"] : scope.assumptions,
  }
}
