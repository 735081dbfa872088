/** What renewals of the subscription can have added to the amount due, as far as the plan's price tells. */
import * as Option from "effect/Option"
import * as Price from "../balance/Price.js"
import type * as Subscription from "../balance/Subscription.js"
import * as Usd from "../money/Usd.js"
import * as Assumption from "./Assumption.js"
import type { Span } from "./EventSpan.js"
import * as SeenRenewals from "./SeenRenewals.js"

/** The renewals that a span can hold. */
export interface Renewals {
  /** The most that they can have added; `None` where nothing tells. */
  readonly most: Option.Option<Usd.Usd>
  /** The most that they can have added within a rise of the amount due. */
  readonly mostWithin: (rise: Usd.Usd) => Usd.Usd
  /** Whether they can have made up a rise by themselves, to the last digit; of prices by the year to the cent. */
  readonly explain: (rise: Usd.Usd) => boolean
  /** How a charge is called that is likely one of them. */
  readonly kind: "Renewal" | "Unknown"
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

const DAY = 24 * 3_600_000
const YEAR = 365 * DAY

/** The shortest time from one renewal to the next one. */
const shortest = (interval: Price.Interval): number => {
  switch (interval._tag) {
    case "Week":
      return 7 * DAY
    case "Month":
      return 28 * DAY
    case "Year":
      return YEAR
    default:
      return DAY
  }
}
const CENT = Usd.unsafeFromText("0.01")

const times = (usd: Usd.Usd, count: bigint): Usd.Usd => Usd.scaleBy(usd, count, 1n, "HalfEven")

const fits = (part: Usd.Usd, whole: Usd.Usd): bigint =>
  Usd.isPositive(part) ? Usd.toNanos(whole) / Usd.toNanos(part) : 0n

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** Nothing is charged here. */
const none = (assumes: ReadonlyArray<Assumption.Assumption>): Renewals => ({
  most: Option.some(Usd.zero),
  mostWithin: () => Usd.zero,
  explain: () => false,
  kind: "Renewal",
  assumes,
})

const unknown: Renewals = {
  most: Option.none(),
  mostWithin: (rise) => rise,
  explain: () => false,
  kind: "Unknown",
  assumes: Assumption.none,
}

/** Twelve months at once, less the discount; `None` where the plan has no price for it. The discount is a percentage. */
const yearly = (price: Usd.Usd, annualDiscount: Option.Option<number>): Option.Option<Usd.Usd> => {
  const percent = Option.getOrElse(annualDiscount, () => 100)
  if (percent >= 100) return Option.none()
  return Option.some(Usd.scaleBy(price, 12n * BigInt(Math.round((100 - percent) * 1e6)), 100_000_000n, "HalfEven"))
}

/** Renewals at `price`, and at twelve months' price, each up to so many times. */
const at = (price: Usd.Usd, discounted: Option.Option<Usd.Usd>, months: bigint, years: bigint): Renewals => {
  const isTooSmall = (rise: Usd.Usd): boolean =>
    Usd.lessThan(rise, price) && !Option.exists(discounted, (usd) => !Usd.lessThan(rise, usd))
  const byMonth = (rise: Usd.Usd): Usd.Usd => times(price, least(months, fits(price, rise)))
  const byYear = (rise: Usd.Usd): Usd.Usd =>
    Option.match(discounted, { onNone: () => Usd.zero, onSome: (usd) => times(usd, least(years, fits(usd, rise))) })
  return {
    most: Option.none(),
    mostWithin: (rise) => (isTooSmall(rise) ? Usd.zero : Usd.max(byMonth(rise), byYear(rise))),
    explain: (rise) => {
      if (!Usd.isPositive(rise) || isTooSmall(Usd.add(rise, CENT))) return false
      const nextCent = Usd.add(rise, CENT)
      const byYears = byYear(nextCent)
      const differs = Usd.max(Usd.subtract(byYears, rise), Usd.subtract(rise, byYears))
      return Usd.Equivalence(byMonth(rise), rise) || (Usd.isPositive(byYears) && Usd.lessThan(differs, CENT))
    },
    kind: "Renewal",
    assumes: Assumption.none,
  }
}

/** However many members a plan can have. */
const ANY = 1n << 62n

/** A year at a discount up to this, in percent, costs more than a month. */
const LARGE_DISCOUNT = 90

/** The plans of a span, the last one last, those of one price once; a body may not tell its plan. */
export type Plans = ReadonlyArray<Option.Option<Subscription.Subscription>>

/** Whether two looks tell the same price; compared by hand, because every look asks. */
const samePrice = (a: Plans[number], b: Plans[number]): boolean => {
  if (a === b) return true
  if (Option.isNone(a) || Option.isNone(b)) return Option.isNone(a) && Option.isNone(b)
  const [x, y] = [a.value, b.value]
  if (x === y) return true
  return Price.same(x.price, y.price) && Option.getOrNull(x.annualDiscount) === Option.getOrNull(y.annualDiscount)
}

/** The plans with another look's. */
export const withPlan = (plans: Plans, plan: Plans[number]): Plans => {
  const last = plans.at(-1)
  return last !== undefined && samePrice(last, plan) ? plans : [...plans, plan]
}

const isBelowPriceOf = (plan: Plans[number], rise: Usd.Usd): boolean => {
  if (Option.isNone(plan)) return false
  const { annualDiscount, price } = plan.value
  if (price._tag !== "Flat" && price._tag !== "PerUser") return false
  return Usd.lessThan(rise, price.price) && !(Option.getOrElse(annualDiscount, () => 0) > LARGE_DISCOUNT)
}

/** Whether a rise of the amount due is below every price of the plans: no renewal is in it. Cheap, for the many that are. */
export const isBelowPrice = (plans: Plans, rise: Usd.Usd): boolean => plans.every((plan) => isBelowPriceOf(plan, rise))

const withinPlan = (
  plan: Plans[number],
  { from, to }: Pick<Span, "from" | "to">,
  seen: SeenRenewals.SeenRenewals,
  more: bigint,
): Renewals => {
  if (Option.isNone(plan)) return unknown
  const { annualDiscount, price } = plan.value
  if (price._tag === "Contract") return none(["ContractsRenewApart"])
  if (price._tag === "Unknown") return unknown
  if (!Usd.isPositive(price.price)) return none(Assumption.none)
  const isMonthly = price.interval._tag === "Month"
  if (price._tag === "Flat" && isMonthly && SeenRenewals.isTooSoon(seen, to.epochMillis)) return none(Assumption.none)
  const isByMonth = isMonthly && !SeenRenewals.wasOf(seen, price.price)
  const discounted = isByMonth ? yearly(price.price, annualDiscount) : Option.none()
  if (price._tag === "PerUser") return at(price.price, discounted, ANY, ANY)
  const count = BigInt(Math.floor((to.epochMillis - from.epochMillis) / shortest(price.interval)) + 1) + more
  const years = BigInt(Math.floor((to.epochMillis - from.epochMillis) / YEAR) + 1) + more
  const most = Usd.max(
    times(price.price, count),
    Option.match(discounted, { onNone: () => Usd.zero, onSome: (usd) => times(usd, years) }),
  )
  return { ...at(price.price, discounted, count, years), most: Option.some(most) }
}

/** Renewals of two plans: those of both can be in one span. */
const both = (a: Renewals, b: Renewals): Renewals => ({
  most: Option.zipWith(a.most, b.most, (x, y) => Usd.add(x, y)),
  mostWithin: (rise) => Usd.min(rise, Usd.add(a.mostWithin(rise), b.mostWithin(rise))),
  explain: (rise) => a.explain(rise) || b.explain(rise),
  kind: a.kind === "Renewal" && b.kind === "Renewal" ? "Renewal" : "Unknown",
  assumes: Assumption.union(a.assumes, b.assumes),
})

/**
 * The renewals that a span can hold: one, and one more for each interval of the price in it; of a plan with a price for each member any number
 * of prices. A monthly price for the whole subscription is not charged again within a month of a renewal that was seen, nor by the year where it
 * was charged by the month. Where the plan changed within the span, those of all of its plans, and
 * one more of each for the change.
 */
export const within = (plans: Plans, span: Pick<Span, "from" | "to">, seen: SeenRenewals.SeenRenewals): Renewals =>
  plans.map((plan) => withinPlan(plan, span, seen, plans.length > 1 ? 1n : 0n)).reduce(both)
