/**
 * What is expected to be due at the end of a projection, if nothing is paid before: the amount due that was observed, the renewals of the plan to
 * come, and the projected charge for usage. The first is exact, the second as exact as the plan's price and its day are known, the third a forecast.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as CustomerBalance from "../balance/CustomerBalance.js"
import * as Subscription from "../balance/Subscription.js"
import type * as Consumption from "../history/Consumption.js"
import * as Usd from "../money/Usd.js"
import * as Calendar from "../time/Calendar.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Distribution from "./Distribution.js"
import type * as Projection from "./Projection.js"

/** Renewals of the plan after the observation and before the end: about when each comes, on the day of the end too, and what all of them come to. */
const Renewals = Schema.Struct({ at: Schema.Array(Timestamp.FromText), usd: Usd.SumFromText })

/** Why the renewals to come are not known; then the total is without them. */
export const Unknown = Schema.Literal(
  /** No snapshot tells the plan, or how often it renews. */
  "PlanNotTold",
  /** No renewal of it was seen yet. */
  "NotSeen",
  /** The renewals that were seen are another plan's, and the price of this one depends on its members. */
  "OtherPlan",
  /** The next renewal should have shown by the observation, and did not. */
  "Overdue",
)
/** Why the renewals to come are not known. */
export type Unknown = typeof Unknown.Type

/** A bill. Where the history does not show when the plan is charged, `renewals` is `None`, and the total is without them. */
export const Bill = Schema.Struct({
  at: Timestamp.FromText,
  /** The amount due that was observed. */
  due: Usd.FromText,
  renewals: Schema.OptionFromNullOr(Renewals),
  /** Why `renewals` is `None`, where it is. */
  renewalsUnknown: Schema.optional(Unknown),
  /** The projected charge for usage, in US dollars. */
  charge: Distribution.Distribution,
  /** All that is known of it, in US dollars. */
  total: Distribution.Distribution,
}).annotations({ identifier: "Bill" })
/** What is expected to be due at the end of a projection. */
export type Bill = typeof Bill.Type

/** What a bill is worked out from. */
export interface Input {
  readonly balance: CustomerBalance.CustomerBalance
  readonly observedAt: Timestamp.Timestamp
  readonly consumption: Consumption.Consumption
  readonly projection: Projection.Projection
  /** The zone that the day of the bill is of. @default UTC */
  readonly zone?: Calendar.Zone | undefined
}

const NO_RENEWALS: typeof Renewals.Type = { at: [], usd: Usd.zero }

/** Months from one renewal to the next, where the plan tells them. */
const monthsOf = ({ price }: Subscription.Subscription): number | undefined => {
  if (price._tag !== "Flat" && price._tag !== "PerUser") return undefined
  switch (price.interval._tag) {
    case "Month":
      return 1
    case "Year":
      return 12
    default:
      return undefined
  }
}

/** Whether nothing is charged for the plan here: it costs nothing, or a contract owns billing. */
const isFree = (plan: Subscription.Subscription): boolean =>
  Subscription.isContract(plan) || (plan.price._tag === "Flat" && Usd.isZero(plan.price.price))

const DAY = 24 * 3_600_000
/** How much later than on its day a renewal may show. */
const LATE = DAY / 2

const isMuchMore = (usd: Usd.Usd, than: Usd.Usd): boolean => Usd.lessThan(Usd.add(than, than), usd)

/** When renewals come, and what each of them costs. */
interface Rhythm {
  readonly months: number
  readonly usd: Usd.Usd
}

/** How a plan renews whose last renewal is known; `undefined` where that one tells nothing of it. */
const rhythmOf = (
  { price }: Subscription.Subscription,
  months: number,
  last: Usd.Usd,
  hasChanged: boolean,
): Rhythm | undefined => {
  // A price for each member tells nothing of how many there are.
  if (price._tag !== "Flat") return hasChanged ? undefined : { months, usd: last }
  if (hasChanged) return { months, usd: price.price }
  // A plan that is priced by the month can be paid by the year.
  if (months === 1 && isMuchMore(last, price.price)) return { months: 12, usd: last }
  if (isMuchMore(price.price, last)) return undefined
  // One that was less was discounted.
  return { months, usd: Usd.min(price.price, last) }
}

/** The renewals after the observation, up to the day on which the projection ends, counted from the last one that the history shows. */
const renewalsOf = (
  { balance, consumption, observedAt, zone }: Input,
  end: Timestamp.Timestamp,
): Either.Either<typeof Renewals.Type, Unknown> => {
  if (Option.isNone(balance.subscription)) return Either.left("PlanNotTold")
  const plan = balance.subscription.value
  if (isFree(plan)) return Either.right(NO_RENEWALS)
  const [last, months] = [consumption.renewals.at(-1), monthsOf(plan)]
  if (months === undefined) return Either.left("PlanNotTold")
  if (last === undefined) return Either.left("NotSeen")
  const hasChanged = consumption.planChanges.some((at) => at.epochMillis > last.to.epochMillis)
  const rhythm = rhythmOf(plan, months, last.usd, hasChanged)
  if (rhythm === undefined) return Either.left("OtherPlan")
  // One that falls on the day of the bill is on it.
  const border = Calendar.dayAt(end, zone).to.epochMillis
  const at: Array<Timestamp.Timestamp> = []
  const anchor = Calendar.dayOfMonth(last.to)
  for (let nth = 1; ; nth++) {
    const next = Calendar.addMonths(last.to, nth * rhythm.months, anchor)
    if (next.epochMillis >= border) break
    if (next.epochMillis < observedAt.epochMillis - LATE) return Either.left("Overdue")
    at.push(next)
  }
  return Either.right({ at, usd: Usd.sum(at.map(() => rhythm.usd)) })
}

/** The bill at the end of a projection; `None` where there is no projection, or the amount due was not asked for. */
export const of = (input: Input): Option.Option<Bill> => {
  const { balance, projection } = input
  const charge = projection._tag === "Projected" ? projection.charges[0] : undefined
  if (charge === undefined || balance.due._tag !== "Due") return Option.none()
  const due = balance.due.usd
  const renewals = renewalsOf(input, charge.at)
  const known = Usd.add(due, Either.isRight(renewals) ? renewals.right.usd : Usd.zero)
  const total = Distribution.plus(charge.usd, Usd.toNumberApproximate(known))
  return Option.some({
    at: charge.at,
    due,
    renewals: Either.getRight(renewals),
    ...(Either.isLeft(renewals) ? { renewalsUnknown: renewals.left } : {}),
    charge: charge.usd,
    total,
  })
}
