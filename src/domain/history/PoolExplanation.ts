/**
 * What happened to the two pools of credits between two neighbouring looks.
 *
 * Two rules of the API carry the explanation. Usage draws on monthly credits first, then stable, then pay as you go: so a pool was touched
 * only if the one before it can have run dry. And what is left at a refresh expires: so what was used just before one that nobody saw is
 * only bounded, together with what expired. Grants are taken to happen only where the looks show one: what rests on that says so.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Amount from "./Amount.js"
import * as Assumption from "./Assumption.js"
import { correction, linkOf, type Span, unlinked } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"
import * as RefreshEvidence from "./RefreshEvidence.js"
import * as Snapshot from "./Snapshot.js"
import * as StableExplanation from "./StableExplanation.js"

/** The events of both pools, and whether both can have been empty at some moment between the looks. */
export interface PoolExplanation {
  readonly events: ReadonlyArray<LedgerEvent>
  readonly payAsYouGoPossible: boolean
}

/** The highest allowance that can be taken for granted where no plan tells one; `None` where none is to be. */
export type AssumedAllowance = Option.Option<Usd.Usd>

const isZeroExact = (amount: Amount.Amount): boolean => amount._tag === "Exact" && Usd.isZero(amount.usd)

const monthlyWithoutRefresh = (opening: Usd.Usd, closing: Usd.Usd, span: Span): ReadonlyArray<LedgerEvent> => {
  const change = Usd.subtract(closing, opening)
  if (Usd.isZero(change)) return []
  if (Usd.isPositive(change)) {
    const why = "monthly credits rose, and no refresh explains it: usage beside whatever it was nets out"
    const link = linkOf("unexplained-rise", span, change)
    return [
      { _tag: "Correction", book: "Monthly", ...span, amount: Amount.atLeast(change), link, why },
      { _tag: "Usage", pool: "Monthly", ...span, amount: Amount.atLeast(Usd.zero), link, why },
    ]
  }
  return [
    {
      _tag: "Usage",
      pool: "Monthly",
      ...span,
      amount: Amount.exact(Usd.negate(change)),
      link: unlinked,
      why: "monthly credits fell",
    },
  ]
}

/** What was left before a refresh: used or expired, nobody saw which, unless draw order tells. */
const beforeRefresh = (left: Usd.Usd, usedUp: boolean, span: Span): ReadonlyArray<LedgerEvent> => {
  if (Usd.isNegative(left)) {
    return [correction("Monthly", span, Usd.negate(left), "monthly credits stood below 0 at a refresh")]
  }
  if (Usd.isZero(left)) return []
  const usage = { _tag: "Usage", pool: "Monthly", ...span } as const
  if (usedUp) {
    const why = "stable credits fell before the refresh, so the monthly credits had been used up"
    return [{ ...usage, amount: Amount.exact(left), link: unlinked, why }]
  }
  const amount = Amount.between(Usd.zero, left)
  const link = linkOf("left-at-refresh", span, Usd.negate(left))
  return [
    { ...usage, amount, link, why: "some of what was left may have been used before the refresh" },
    { _tag: "Expiry", ...span, amount, link, why: "what was left and not used expired at the refresh" },
  ]
}

/**
 * The allowances that the plans of both looks tell, else the one that is assumed; lowest and highest of those that reach what is left now.
 */
const allowancesAtLeast = (closing: Usd.Usd, a: Snapshot.Snapshot, b: Snapshot.Snapshot, assumed: AssumedAllowance) => {
  const byPlan = [a, b]
    .flatMap((snapshot) => Option.toArray(Snapshot.allowance(snapshot)))
    .filter((usd) => !Usd.isNegative(usd))
  const isAssumed = byPlan.length === 0 && Option.isSome(assumed)
  const told = isAssumed ? [assumed.value] : byPlan
  const enough = told.filter((usd) => !Usd.lessThan(usd, closing))
  const [first] = enough
  return {
    told,
    assumes: isAssumed ? (["AllowanceIsHighestSeen"] as const) : Assumption.none,
    range:
      first === undefined
        ? Option.none<{ readonly lowest: Usd.Usd; readonly highest: Usd.Usd }>()
        : Option.some({ lowest: enough.reduce(Usd.min), highest: enough.reduce(Usd.max) }),
  }
}

/** Cycles that passed whole between two looks, each with an allowance from `lowest` to `highest`. */
const wholeCycles = (
  count: number,
  { highest, lowest }: { readonly lowest: Usd.Usd; readonly highest: Usd.Usd },
  span: Span,
): ReadonlyArray<LedgerEvent> => {
  const times = (usd: Usd.Usd): Usd.Usd => Usd.scaleBy(usd, BigInt(count), 1n, "HalfEven")
  const [least, most] = [times(lowest), times(highest)]
  if (count === 0 || !Usd.isPositive(most)) return []
  const refreshed = Amount.between(least, most)
  const isKnown = refreshed._tag === "Exact"
  // All that came went: where it is not known how much, the three events are tied together.
  const link = linkOf("whole-cycles", span, isKnown ? Usd.negate(most) : Usd.zero)
  const amount = Amount.between(Usd.zero, most)
  return [
    {
      _tag: "Refresh",
      ...span,
      amount: refreshed,
      link: isKnown ? unlinked : link,
      why: "cycles passed that nobody looked at",
    },
    {
      _tag: "Usage",
      pool: "Monthly",
      ...span,
      amount,
      link,
      why: "up to the allowance of each cycle that nobody looked at",
    },
    { _tag: "Expiry", ...span, amount, link, why: "what was not used of the cycles that nobody looked at" },
  ]
}

const afterRefresh = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  count: number,
  interval: Span,
  why: string,
  assumed: AssumedAllowance,
): ReadonlyArray<LedgerEvent> => {
  const closing = Snapshot.monthly(b)
  const { assumes, range, told } = allowancesAtLeast(closing, a, b, assumed)
  const span = { ...interval, assumes }
  const refresh = { _tag: "Refresh", ...span, why } as const
  const usage = { _tag: "Usage", pool: "Monthly", ...span } as const
  const [someAllowance] = told
  if (Option.isNone(range)) {
    if (someAllowance !== undefined) {
      const more = Usd.subtract(closing, someAllowance)
      return [
        ...wholeCycles(count - 1, { lowest: someAllowance, highest: someAllowance }, span),
        { ...refresh, amount: Amount.exact(someAllowance), link: unlinked },
        correction("Monthly", span, more, "more was left after the refresh than the plan's allowance"),
      ]
    }
    const link = linkOf("unknown-allowance", span, closing)
    return [
      { ...refresh, amount: Amount.atLeast(Usd.max(Usd.zero, closing)), link },
      { ...usage, amount: Amount.atLeast(Usd.zero), link, why: "the allowance is not known, nor what was used of it" },
    ]
  }
  const { highest, lowest } = range.value
  const used = Amount.between(Usd.subtract(lowest, closing), Usd.subtract(highest, closing))
  const link = used._tag === "Exact" ? unlinked : linkOf("after-refresh", span, closing)
  const events: ReadonlyArray<LedgerEvent> = [
    ...wholeCycles(count - 1, range.value, span),
    { ...refresh, amount: Amount.between(lowest, highest), link },
  ]
  return isZeroExact(used)
    ? events
    : [...events, { ...usage, amount: used, link, why: "less was left after the refresh than the allowance" }]
}

/** A month's first without a rise: refreshed and used, or not refreshed yet. Both readings lie within the bounds. */
const possiblyRefreshed = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  count: number,
  interval: Span,
  why: string,
  assumed: AssumedAllowance,
): ReadonlyArray<LedgerEvent> => {
  const [opening, closing] = [Snapshot.monthly(a), Snapshot.monthly(b)]
  const { assumes, range, told } = allowancesAtLeast(closing, a, b, assumed)
  const span = { ...interval, assumes }
  if (Option.isNone(range) && told.length > 0) return monthlyWithoutRefresh(opening, closing, span)
  const fall = Usd.subtract(opening, closing)
  const left = Usd.max(Usd.zero, opening)
  const link = linkOf("possible-refresh", span, Usd.negate(fall))
  if (Option.isNone(range)) {
    const amount = Amount.atLeast(Usd.zero)
    return [
      { _tag: "Refresh", ...span, amount, link, why },
      { _tag: "Expiry", ...span, amount: count === 1 ? Amount.between(Usd.zero, left) : amount, link, why },
      { _tag: "Usage", pool: "Monthly", ...span, amount, link, why },
    ]
  }
  const { highest, lowest } = range.value
  const refreshed = Usd.scaleBy(highest, BigInt(count), 1n, "HalfEven")
  // What the refreshes before the last one brought can have expired as well.
  const mostExpired = Usd.add(left, Usd.scaleBy(highest, BigInt(count - 1), 1n, "HalfEven"))
  const least = Usd.min(fall, Usd.subtract(lowest, closing))
  const most = Usd.max(fall, Usd.subtract(Usd.add(left, refreshed), closing))
  return [
    { _tag: "Refresh", ...span, amount: Amount.between(Usd.zero, refreshed), link, why },
    { _tag: "Expiry", ...span, amount: Amount.between(Usd.zero, mostExpired), link, why },
    { _tag: "Usage", pool: "Monthly", ...span, amount: Amount.between(least, most), link, why },
  ]
}

/** Explains both pools between neighbouring looks `a`, then `b`, of one account. */
export const explain = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  assumed: AssumedAllowance = Option.none(),
): PoolExplanation => {
  const span: Span = { from: a.observedAt, to: b.observedAt, assumes: Assumption.none }
  const evidence = RefreshEvidence.between(a, b)
  const [monthlyA, monthlyB] = [Snapshot.monthly(a), Snapshot.monthly(b)]
  const [stableA, stableB] = [Snapshot.stable(a), Snapshot.stable(b)]
  const refreshed = evidence._tag !== "None"
  const monthlyRanDry = refreshed || !Usd.isPositive(monthlyA) || !Usd.isPositive(monthlyB)
  const stableRanDry =
    !Usd.isPositive(stableA) || !Usd.isPositive(stableB) || (monthlyRanDry && Usd.lessThan(stableA, stableB))
  return {
    events: [
      ...monthlyEvents(a, b, evidence, span, Usd.isPositive(monthlyB) && Usd.lessThan(stableB, stableA), assumed),
      ...(a.balance.stable._tag === b.balance.stable._tag
        ? StableExplanation.within(stableA, stableB, monthlyRanDry, span)
        : StableExplanation.acrossModels(stableA, stableB, monthlyRanDry, span)),
    ],
    payAsYouGoPossible: monthlyRanDry && stableRanDry,
  }
}

/** `stableFellFirst`: stable credits fell although monthly credits remain now, so they fell before a refresh. */
const monthlyEvents = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  evidence: RefreshEvidence.RefreshEvidence,
  span: Span,
  stableFellFirst: boolean,
  assumed: AssumedAllowance,
): ReadonlyArray<LedgerEvent> => {
  switch (evidence._tag) {
    case "None":
      return monthlyWithoutRefresh(Snapshot.monthly(a), Snapshot.monthly(b), span)
    case "Applied": {
      const usedUp = evidence.count === 1 && stableFellFirst
      return [
        ...beforeRefresh(Snapshot.monthly(a), usedUp, { ...span, to: evidence.at }),
        ...afterRefresh(a, b, evidence.count, { ...span, from: evidence.at }, evidence.why, assumed),
      ]
    }
    case "Possible":
      return possiblyRefreshed(a, b, evidence.count, span, evidence.why, assumed)
  }
}
