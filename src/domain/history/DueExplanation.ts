/**
 * What happened to the amount due between two looks that both know it.
 *
 * It rises with pay-as-you-go usage and with renewals, and falls when an invoice is paid. Pay as you go is only drawn once both pools of
 * credits are empty. Payments are taken to happen only where the looks show one.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import type * as Window from "../time/Window.js"
import * as Amount from "./Amount.js"
import * as Assumption from "./Assumption.js"
import { confidenceIn, linkOf, payAsYouGoUsage, plain, type Span, unlinked } from "./EventSpan.js"
import type { LedgerEvent, Link } from "./LedgerEvent.js"
import * as Renewals from "./Renewals.js"
import * as Reversal from "./Reversal.js"
import * as SeenRenewals from "./SeenRenewals.js"
import type * as Snapshot from "./Snapshot.js"

/** What a later fall can undo of the amount due. */
export interface DueReversal extends Reversal.Reversal {
  /** What the last rises were taken for: usage, or a charge that is no renewal. */
  readonly kind: "Usage" | "Unknown"
}

/** Where nothing can be undone. */
export const noReversal: DueReversal = { ...Reversal.none, kind: "Usage" }

/** What earlier looks tell of the amount due. */
export interface Known {
  readonly seen: SeenRenewals.SeenRenewals
  readonly reversal: DueReversal
}

/** The events, and what is known after them. */
export interface DueExplanation extends Known {
  readonly events: ReadonlyArray<LedgerEvent>
}

/** The events of a rise or a fall, and what is known of renewals after them. */
type Explained = Pick<DueExplanation, "events" | "seen">

const NOTHING: ReadonlyArray<LedgerEvent> = []
const GRANTS: ReadonlyArray<Assumption.Assumption> = ["GrantsShow"]
const PAYMENTS: ReadonlyArray<Assumption.Assumption> = ["PaymentsShow"]
const GRANTS_AND_PAYMENTS: ReadonlyArray<Assumption.Assumption> = ["GrantsShow", "PaymentsShow"]

/** Pay-as-you-go usage and the charge that it makes, in the time in which both pools can have been empty. */
const usageAndCharge = (
  span: Span,
  amount: Amount.Amount,
  link: Option.Option<Link>,
  why: string,
): ReadonlyArray<LedgerEvent> => [
  { _tag: "Usage", pool: "PayAsYouGo", ...span, amount, link, why },
  { _tag: "Charge", kind: "Usage", ...span, amount, link, why },
]

/** The span of events that rest on what renewals take for granted. */
const resting = (span: Span, { assumes }: Renewals.Renewals): Span =>
  assumes.length === 0 ? span : { ...span, assumes: Assumption.union(span.assumes, assumes) }

/** A span within the time in which both pools can have been empty. */
const within = (span: Span, empty: Window.Window): Span => ({
  ...span,
  from: DateTime.max(span.from, empty.from),
  to: DateTime.min(span.to, empty.to),
})

const usageAlone = (span: Span, rise: Usd.Usd, seen: SeenRenewals.SeenRenewals): Explained => ({
  events: payAsYouGoUsage(span, rise),
  seen: SeenRenewals.afterSmaller(seen, rise),
})

const riseWithUsage = (
  renewals: Renewals.Renewals,
  rise: Usd.Usd,
  span: Span,
  seen: SeenRenewals.SeenRenewals,
  empty: Window.Window,
): Explained => {
  const most = renewals.mostWithin(rise)
  if (Usd.isZero(most)) return usageAlone(resting(within(span, empty), renewals), rise, seen)
  const likely = SeenRenewals.likelyIn(seen, renewals, rise, span)
  const link = linkOf("charges", span, rise)
  const why = "the amount due rose, both pools can have been empty, and the rise is enough to hold a renewal"
  const usage = Amount.between(Usd.subtract(rise, most), rise)
  const renewal: LedgerEvent = {
    _tag: "Charge",
    ...span,
    kind: renewals.kind,
    confidence: Option.isSome(likely) ? "Likely" : "Possible",
    amount: Amount.between(Usd.zero, most),
    link,
    why: Option.match(likely, { onNone: () => why, onSome: (known) => known.why }),
  }
  return {
    events: [...usageAndCharge({ ...within(span, empty), confidence: confidenceIn(usage) }, usage, link, why), renewal],
    seen: Option.match(likely, {
      onNone: () => SeenRenewals.afterCandidate(seen, most, span),
      onSome: ({ usd }) => SeenRenewals.afterRenewal(seen, usd, { ...span, confidence: "Likely" }),
    }),
  }
}

const riseWithoutUsage = (
  renewals: Renewals.Renewals,
  rise: Usd.Usd,
  span: Span,
  seen: SeenRenewals.SeenRenewals,
): Explained => {
  const isRenewal = renewals.explain(rise)
  const why = isRenewal
    ? "the amount due rose by the plan's price while credits remained"
    : "the amount due rose while credits remained, and not by the plan's price"
  const kind = isRenewal ? "Renewal" : "Unknown"
  return {
    events: [{ _tag: "Charge", kind, ...span, amount: Amount.exact(rise), link: unlinked, why }],
    seen: isRenewal ? SeenRenewals.afterRenewal(seen, rise, span) : seen,
  }
}

/** A fall of the amount due: a payment, beside which usage and a renewal can have been charged unseen. */
const fallen = (
  renewals: Renewals.Renewals,
  fall: Usd.Usd,
  span: Span,
  empty: Option.Option<Window.Window>,
  isRenewalLikely: boolean,
): ReadonlyArray<LedgerEvent> => {
  const link = linkOf("payment", span, Usd.negate(fall))
  const isNone = Option.exists(renewals.most, Usd.isZero)
  const renewed = Option.match(renewals.most, {
    onNone: () => Amount.atLeast(Usd.zero),
    onSome: (most) => Amount.between(Usd.zero, most),
  })
  const renewal: ReadonlyArray<LedgerEvent> = isNone
    ? []
    : [
        {
          _tag: "Charge",
          kind: renewals.kind,
          ...span,
          confidence: isRenewalLikely ? "Likely" : "Possible",
          amount: renewed,
          link,
          why: isRenewalLikely
            ? "a renewal beside a payment nets out, but this is the day of the month of the last one"
            : "a renewal charged beside a payment nets out and cannot be told apart",
        },
      ]
  if (Option.isSome(empty)) {
    const why = "usage charged beside a payment nets out and cannot be told apart"
    return [
      { _tag: "Payment", ...span, amount: Amount.atLeast(fall), link, why: "the amount due fell" },
      ...usageAndCharge({ ...within(span, empty.value), confidence: "Possible" }, Amount.atLeast(Usd.zero), link, why),
      ...renewal,
    ]
  }
  if (isNone) {
    const why =
      "the amount due fell, credits remained and no renewal is charged here, so that nothing was charged beside the payment"
    return [{ _tag: "Payment", ...resting(span, renewals), amount: Amount.exact(fall), link: unlinked, why }]
  }
  const payment = Amount.add(Amount.exact(fall), renewed)
  return [{ _tag: "Payment", ...span, amount: payment, link, why: "the amount due fell" }, ...renewal]
}

/** A fall by nearly as much as the amount due rose right before: that rise was not so, or as much was paid. */
const undone = (
  { kind }: DueReversal,
  renewals: Renewals.Renewals,
  takenBack: Usd.Usd,
  fall: Usd.Usd,
  span: Span,
  empty: Option.Option<Window.Window>,
): ReadonlyArray<LedgerEvent> => {
  const why = "the amount due fell by nearly what it rose right before: an invoice that was withdrawn, or a payment"
  const shared = { ...span, confidence: "Possible", link: linkOf("undone-due", span, Usd.negate(fall)), why } as const
  const least = Usd.negate(takenBack)
  const renewed = Option.match(renewals.most, {
    onNone: () => Amount.atLeast(Usd.zero),
    onSome: (most) => Amount.between(Usd.zero, most),
  })
  const used = Option.isSome(empty) ? Amount.atLeast(Usd.zero) : Amount.exact(Usd.zero)
  const back = Amount.between(least, Usd.zero)
  const usage = kind === "Usage" ? Amount.add(back, used) : used
  const charged = kind === "Usage" ? renewed : Amount.add(back, renewed)
  const paid = Amount.add(Amount.between(Usd.zero, fall), Amount.add(used, renewed))
  const events: ReadonlyArray<LedgerEvent> = [
    {
      _tag: "Correction",
      book: "Due",
      ...shared,
      amount: Amount.between(Usd.negate(fall), Usd.zero),
    },
    { _tag: "Payment", ...shared, amount: paid },
    { _tag: "Usage", pool: "PayAsYouGo", ...shared, amount: usage },
    { _tag: "Charge", kind: "Usage", ...shared, amount: usage },
    { _tag: "Charge", kind: kind === "Unknown" ? kind : renewals.kind, ...shared, amount: charged },
  ]
  return events.filter(({ amount }) => !Amount.isZero(amount))
}

const reversalAfter = (
  reversal: DueReversal,
  events: ReadonlyArray<LedgerEvent>,
  rise: Usd.Usd,
  at: number,
): DueReversal => {
  const charge = events.find((event) => event._tag === "Charge")
  if (charge?._tag !== "Charge" || charge.kind === "Renewal") return noReversal
  const { kind } = charge
  const before = reversal.kind === kind ? reversal : noReversal
  const { back, backAt, certain, moved, since } = Reversal.afterMove(before, rise, Amount.lower(charge.amount), at)
  return { since, moved, certain, backAt, back, kind }
}

/** A rise that may show again what was taken back. */
const doubting = (
  events: ReadonlyArray<LedgerEvent>,
  repeated: Usd.Usd,
  rise: Usd.Usd,
  span: Span,
): ReadonlyArray<LedgerEvent> => {
  if (Usd.isZero(repeated)) return events
  const link = linkOf("repeated-rise", span, rise)
  const why = "the amount due rose again after a fall that undid a rise: charged, or the same rise again"
  const amount = Amount.between(Usd.zero, repeated)
  const doubtful: LedgerEvent = { _tag: "Correction", book: "Due", ...span, confidence: "Possible", amount, link, why }
  const less = (of: Amount.Amount): Amount.Amount =>
    Amount.between(Usd.max(Usd.zero, Usd.subtract(Amount.lower(of), repeated)), rise)
  return [
    ...events.map((event): LedgerEvent => {
      const least = less(event.amount)
      return {
        ...event,
        amount: least,
        confidence: Usd.isPositive(Amount.lower(least)) ? event.confidence : "Possible",
        link,
      }
    }),
    doubtful,
  ]
}

/**
 * Explains a change from `opening` to `closing` over a span in which the account had these plans. `empty` is the time in which both pools can
 * have been empty.
 */
export const explain = (
  plans: Renewals.Plans,
  { closing, opening }: { readonly opening: Usd.Usd; readonly closing: Usd.Usd },
  { from, to }: Pick<Span, "from" | "to">,
  empty: Option.Option<Window.Window>,
  { reversal, seen }: Known,
): DueExplanation => {
  const change = Usd.subtract(closing, opening)
  const at = to.epochMillis
  if (Usd.isZero(change)) return { events: NOTHING, seen, reversal }
  if (Usd.isNegative(change)) {
    // That credits remained rests on the stable credits, which a grant could have filled up again.
    const span: Span = { from, to, confidence: "Certain", assumes: Option.isSome(empty) ? Assumption.none : GRANTS }
    const [renewals, fall] = [Renewals.within(plans, span, seen), Usd.negate(change)]
    const takenBack = Reversal.takenBack(reversal, fall, at)
    if (takenBack !== undefined) {
      const events = undone(reversal, renewals, takenBack, fall, span, empty)
      return { events, seen, reversal: { ...Reversal.afterBack(fall, at), kind: reversal.kind } }
    }
    const isRenewalLikely = SeenRenewals.isLikelyBesidePayment(seen, span)
    return { events: fallen(renewals, fall, span, empty, isRenewalLikely), seen, reversal: noReversal }
  }
  const span: Span = { from, to, confidence: "Certain", assumes: Option.isSome(empty) ? PAYMENTS : GRANTS_AND_PAYMENTS }
  const risen = (): Explained => {
    if (Option.isSome(empty) && Renewals.isBelowPrice(plans, change)) {
      return usageAlone(within(span, empty.value), change, seen)
    }
    const renewals = Renewals.within(plans, span, seen)
    return Option.match(empty, {
      onNone: () => riseWithoutUsage(renewals, change, span, seen),
      onSome: (window) => riseWithUsage(renewals, change, span, seen, window),
    })
  }
  const explained = risen()
  const events = doubting(explained.events, Reversal.repeated(reversal, change, at), change, span)
  return { events, seen: explained.seen, reversal: reversalAfter(reversal, events, change, at) }
}

/**
 * Whether pay as you go was drawn between two neighbouring looks for certain, because the amount due rose by what renewals cannot explain; if
 * so, what that takes for granted.
 */
export const drawn = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  plans: Renewals.Plans,
  seen: SeenRenewals.SeenRenewals,
): Option.Option<ReadonlyArray<Assumption.Assumption>> => {
  const [before, after] = [a.balance.due, b.balance.due]
  if (before._tag !== "Due" || after._tag !== "Due" || !Usd.lessThan(before.usd, after.usd)) return Option.none()
  const rise = Usd.subtract(after.usd, before.usd)
  if (Renewals.isBelowPrice(plans, rise)) return Option.some(PAYMENTS)
  const renewals = Renewals.within(plans, { from: a.observedAt, to: b.observedAt }, seen)
  return Usd.lessThan(renewals.mostWithin(rise), rise)
    ? Option.some(Assumption.union(PAYMENTS, renewals.assumes))
    : Option.none()
}

/** Pay as you go while the amount due was not asked for: without a bound above. */
export const notAsked = (span: Pick<Span, "from" | "to">): ReadonlyArray<LedgerEvent> => [
  {
    _tag: "Usage",
    pool: "PayAsYouGo",
    ...plain(span.from, span.to),
    confidence: "Possible",
    amount: Amount.atLeast(Usd.zero),
    link: unlinked,
    why: "both pools were empty and the amount due was not asked for",
  },
]
