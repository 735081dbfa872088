/**
 * What is expected to be due at the end of a projection, if nothing is paid before: the amount due that was observed, the renewals of the plan to
 * come, and the projected charge for usage. The first is exact, the second as exact as the plan's price and its day are known, the third a forecast.
 */
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

/** A bill. `renewals` is `None` where the plan has a price and the history does not show when it is charged; then the total is without them. */
export const Bill = Schema.Struct({
  at: Timestamp.FromText,
  /** The amount due that was observed. */
  due: Usd.FromText,
  renewals: Schema.OptionFromNullOr(Renewals),
  /** The projected charge for usage, in US dollars. */
  charge: Distribution.Distribution,
  /** All of it, in US dollars. */
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

/** The price of one renewal of a plan whose last one is known. */
const priceOf = ({ price }: Subscription.Subscription, last: Usd.Usd): Usd.Usd =>
  // A last renewal that was less was discounted; one that was more belongs to another plan.
  price._tag === "Flat" && Usd.lessThan(price.price, last) && !isMuchMore(last, price.price) ? price.price : last

/** The renewals after the observation, up to the day on which the projection ends, counted from the last one that the history shows. */
const renewalsOf = (
  { balance, consumption, observedAt }: Input,
  end: Timestamp.Timestamp,
): Option.Option<typeof Renewals.Type> => {
  if (Option.isNone(balance.subscription)) return Option.none()
  const plan = balance.subscription.value
  if (isFree(plan)) return Option.some(NO_RENEWALS)
  const [last, months] = [consumption.renewals.at(-1), monthsOf(plan)]
  if (last === undefined || months === undefined) return Option.none()
  const isFlat = plan.price._tag === "Flat"
  // A plan that is priced by the month can be paid by the year.
  const isYearly = months === 1 && isFlat && isMuchMore(last.usd, plan.price.price)
  // What was charged is another plan's price: when this one renews is not known.
  if (isFlat && !isYearly && Usd.lessThan(last.usd, Usd.scaleBy(plan.price.price, 1n, 2n, "HalfEven"))) {
    return Option.none()
  }
  const at: Array<Timestamp.Timestamp> = []
  const anchor = Calendar.dayOfMonth(last.to)
  for (let nth = 1; ; nth++) {
    const next = Calendar.addMonths(last.to, nth * (isYearly ? 12 : months), anchor)
    // One that falls on the day of the bill is on it.
    if (next.epochMillis >= end.epochMillis + DAY) break
    // One that should have shown by now and did not: the plan does not renew as it did.
    if (next.epochMillis < observedAt.epochMillis - LATE) return Option.none()
    at.push(next)
  }
  return Option.some({ at, usd: Usd.sum(at.map(() => priceOf(plan, last.usd))) })
}

/** The bill at the end of a projection; `None` where there is no projection, or the amount due was not asked for. */
export const of = (input: Input): Option.Option<Bill> => {
  const { balance, projection } = input
  const charge = projection._tag === "Projected" ? projection.charges[0] : undefined
  if (charge === undefined || balance.due._tag !== "Due") return Option.none()
  const due = balance.due.usd
  const renewals = renewalsOf(input, charge.at)
  const known = Usd.add(due, Option.match(renewals, { onNone: () => Usd.zero, onSome: ({ usd }) => usd }))
  const total = Distribution.plus(charge.usd, Usd.toNumberApproximate(known))
  return Option.some({ at: charge.at, due, renewals, charge: charge.usd, total })
}
