/**
 * What happened to the amount due between two looks that both know it.
 *
 * It rises with pay-as-you-go usage and with renewals, and falls when an invoice is paid. Pay as you go is only drawn once both pools of
 * credits are empty. Payments are taken to happen only where the looks show one.
 */
import * as Option from "effect/Option"
import * as Subscription from "../balance/Subscription.js"
import * as Usd from "../money/Usd.js"
import * as Amount from "./Amount.js"
import { linkOf, type Span, unlinked } from "./EventSpan.js"
import type { LedgerEvent, Link } from "./LedgerEvent.js"
import type * as Snapshot from "./Snapshot.js"

const SHORTEST_MONTH = 28 * 24 * 3_600_000

const isByContract = (b: Snapshot.Snapshot): boolean =>
  Option.exists(b.balance.subscription, ({ price }) => price._tag === "Contract")

/** The span of events that rest on a contract's price not being charged here, where there is a contract. */
const apart = (b: Snapshot.Snapshot, span: Span): Span =>
  isByContract(b) ? { ...span, assumes: [...span.assumes, "ContractsRenewApart"] } : span

/** What renewals can have added at most within a span: the flat price once, and once more for each month; `None` where no price tells. */
const mostRenewals = (b: Snapshot.Snapshot, span: Span): Option.Option<Usd.Usd> =>
  Option.flatMap(b.balance.subscription, (plan) => {
    if (plan.price._tag === "Contract") return Option.some(Usd.zero)
    if (plan.price._tag !== "Flat") return Option.none()
    const times = Math.floor((span.to.epochMillis - span.from.epochMillis) / SHORTEST_MONTH) + 1
    return Option.some(Usd.scaleBy(Usd.max(Usd.zero, plan.price.price), BigInt(times), 1n, "HalfEven"))
  })

const isRenewal = (b: Snapshot.Snapshot, rise: Usd.Usd): boolean =>
  Option.exists(Option.flatMap(b.balance.subscription, Subscription.renewalPrice), (price) =>
    Usd.Equivalence(price, rise),
  )

/** The least that a renewal can add: the plan's price once, be it for one member; `None` where no price tells. */
const leastRenewal = (b: Snapshot.Snapshot): Option.Option<Usd.Usd> =>
  Option.flatMap(b.balance.subscription, ({ price }) =>
    price._tag === "Flat" || price._tag === "PerUser" ? Option.some(price.price) : Option.none(),
  )

/** Pay-as-you-go usage and the charge that it makes. */
const usageAndCharge = (
  span: Span,
  amount: Amount.Amount,
  link: Option.Option<Link>,
  why: string,
): ReadonlyArray<LedgerEvent> => [
  { _tag: "Usage", pool: "PayAsYouGo", ...span, amount, link, why },
  { _tag: "Charge", kind: "Usage", ...span, amount, link, why },
]

const riseWithUsage = (b: Snapshot.Snapshot, rise: Usd.Usd, span: Span): ReadonlyArray<LedgerEvent> => {
  const renewals = mostRenewals(b, span)
  const price = Option.flatMap(b.balance.subscription, Subscription.renewalPrice)
  const cannotRenew =
    Option.exists(renewals, Usd.isZero) || Option.exists(leastRenewal(b), (usd) => Usd.lessThan(rise, usd))
  if (cannotRenew) {
    const why = "the amount due rose while both pools were empty"
    return usageAndCharge(apart(b, span), Amount.exact(rise), unlinked, why)
  }
  const most = Usd.min(
    rise,
    Option.getOrElse(renewals, () => rise),
  )
  const link = linkOf("charges", span, rise)
  const why = "the amount due rose while both pools were empty, by enough to hold a renewal"
  const kind = Option.isSome(price) ? "Renewal" : "Unknown"
  return [
    ...usageAndCharge(span, Amount.between(Usd.subtract(rise, most), rise), link, why),
    { _tag: "Charge", kind, ...span, amount: Amount.between(Usd.zero, most), link, why },
  ]
}

/** A fall of the amount due: a payment, beside which usage and a renewal can have been charged unseen. */
const fallen = (
  b: Snapshot.Snapshot,
  fall: Usd.Usd,
  span: Span,
  payAsYouGoPossible: boolean,
): ReadonlyArray<LedgerEvent> => {
  const link = linkOf("payment", span, Usd.negate(fall))
  if (payAsYouGoPossible) {
    return [
      { _tag: "Payment", ...span, amount: Amount.atLeast(fall), link, why: "the amount due fell" },
      ...usageAndCharge(
        span,
        Amount.atLeast(Usd.zero),
        link,
        "usage charged beside a payment nets out and cannot be told apart",
      ),
    ]
  }
  const renewals = mostRenewals(b, span)
  if (Option.exists(renewals, Usd.isZero)) {
    const why =
      "the amount due fell, credits remained and no renewal is charged here, so that nothing was charged beside the payment"
    return [{ _tag: "Payment", ...apart(b, span), amount: Amount.exact(fall), link: unlinked, why }]
  }
  const renewed = Option.match(renewals, {
    onNone: () => Amount.atLeast(Usd.zero),
    onSome: (most) => Amount.between(Usd.zero, most),
  })
  const why = "a renewal charged beside a payment nets out and cannot be told apart"
  return [
    { _tag: "Payment", ...span, amount: Amount.add(Amount.exact(fall), renewed), link, why: "the amount due fell" },
    { _tag: "Charge", kind: "Renewal", ...span, amount: renewed, link, why },
  ]
}

/**
 * Explains a change from `opening` to `closing` over a span that ends with the look `b`. `payAsYouGoPossible` tells whether both pools can
 * have been empty at some moment of it.
 */
export const explain = (
  b: Snapshot.Snapshot,
  { closing, opening }: { readonly opening: Usd.Usd; readonly closing: Usd.Usd },
  interval: Pick<Span, "from" | "to">,
  payAsYouGoPossible: boolean,
): ReadonlyArray<LedgerEvent> => {
  // That credits remained rests on the stable credits, which a grant could have filled up again.
  const span: Span = { ...interval, assumes: payAsYouGoPossible ? ["PaymentsShow"] : ["GrantsShow", "PaymentsShow"] }
  const change = Usd.subtract(closing, opening)
  if (Usd.isZero(change)) return []
  if (Usd.isPositive(change)) {
    if (payAsYouGoPossible) return riseWithUsage(b, change, span)
    const renewal = isRenewal(b, change)
    return [
      {
        _tag: "Charge",
        kind: renewal ? "Renewal" : "Unknown",
        ...span,
        amount: Amount.exact(change),
        link: unlinked,
        why: renewal
          ? "the amount due rose by the plan's price while credits remained"
          : "the amount due rose while credits remained, and not by the plan's price",
      },
    ]
  }
  const beside: Span = { ...interval, assumes: payAsYouGoPossible ? [] : ["GrantsShow"] }
  return fallen(b, Usd.negate(change), beside, payAsYouGoPossible)
}

/** Pay as you go while the amount due was not asked for: without a bound above. */
export const notAsked = (span: Pick<Span, "from" | "to">): ReadonlyArray<LedgerEvent> => [
  {
    _tag: "Usage",
    pool: "PayAsYouGo",
    ...span,
    assumes: [],
    amount: Amount.atLeast(Usd.zero),
    link: unlinked,
    why: "both pools were empty and the amount due was not asked for",
  },
]
