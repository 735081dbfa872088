/** What renewals of the subscription can have added to the amount due, as far as the plan's price tells. */
import * as Option from "effect/Option"
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

const SHORTEST_MONTH = 28 * 24 * 3_600_000
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
  const percent = Option.getOrElse(annualDiscount, () => 0)
  if (!(percent > 0 && percent < 100)) return Option.none()
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

/** Whether a rise of the amount due is below every price of the plan: no renewal is in it. Cheap, for the many that are. */
export const isBelowPrice = (plan: Option.Option<Subscription.Subscription>, rise: Usd.Usd): boolean => {
  if (Option.isNone(plan)) return false
  const { annualDiscount, price } = plan.value
  if (price._tag !== "Flat" && price._tag !== "PerUser") return false
  return Usd.lessThan(rise, price.price) && !(Option.getOrElse(annualDiscount, () => 0) > LARGE_DISCOUNT)
}

/**
 * The renewals that a span can hold: one, and one more for each month in it; of a plan with a price for each member any number of prices. A
 * price for the whole subscription is not charged again within a month of a renewal that was seen, nor by the year where it was charged by the month.
 */
export const within = (
  plan: Option.Option<Subscription.Subscription>,
  { from, to }: Pick<Span, "from" | "to">,
  seen: SeenRenewals.SeenRenewals,
): Renewals => {
  if (Option.isNone(plan)) return unknown
  const { annualDiscount, price } = plan.value
  if (price._tag === "Contract") return none(["ContractsRenewApart"])
  if (price._tag === "Unknown") return unknown
  if (!Usd.isPositive(price.price)) return none(Assumption.none)
  if (price._tag === "Flat" && SeenRenewals.isTooSoon(seen, to.epochMillis)) return none(Assumption.none)
  const isByMonth = price.interval._tag === "Month" && !SeenRenewals.wasOf(seen, price.price)
  const discounted = isByMonth ? yearly(price.price, annualDiscount) : Option.none()
  if (price._tag === "PerUser") return at(price.price, discounted, ANY, ANY)
  const months = BigInt(Math.floor((to.epochMillis - from.epochMillis) / SHORTEST_MONTH) + 1)
  const most = Usd.max(
    times(price.price, months),
    Option.getOrElse(discounted, () => Usd.zero),
  )
  return { ...at(price.price, discounted, months, 1n), most: Option.some(most) }
}
