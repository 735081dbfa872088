/**
 * What happened to the monthly credits between two neighbouring looks. What is left at a refresh expires: so what was used just before one that
 * nobody saw is only bounded, together with what expired.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import type * as Allowances from "./Allowances.js"
import * as Amount from "./Amount.js"
import * as Assumption from "./Assumption.js"
import { confidenceIn, correction, linkOf, monthlyUsage, type Span, unlinked } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"
import type { RefreshEvidence } from "./RefreshEvidence.js"
import * as Undoing from "./Undoing.js"

/** The monthly credits at both looks, and what bears on what happened between. */
export interface Monthly {
  readonly opening: Usd.Usd
  readonly closing: Usd.Usd
  readonly refreshes: RefreshEvidence
  readonly allowances: Allowances.Allowances
  /** What was left had been used up before the refresh: draw order shows it. */
  readonly ranDryBefore: boolean
  /** What a rise can undo, and a fall repeat. */
  readonly undoing: Undoing.Undoing
}

const times = (usd: Usd.Usd, count: number): Usd.Usd => Usd.scaleBy(usd, BigInt(count), 1n, "HalfEven")

/** Of an event that may not have happened unless its amount is above 0. */
const possibly = (amount: Amount.Amount): "Certain" | "Possible" =>
  Usd.isPositive(Amount.lower(amount)) ? "Certain" : "Possible"

const UNDONE = "monthly credits rose by no more than they fell before: an earlier balance was wrong, or was corrected"

/** A rise that undoes earlier falls, or a refresh that came early. */
const undone = (
  monthly: Monthly,
  takenBack: Usd.Usd,
  interval: Span,
  confidence: "Likely" | "Possible" = "Likely",
): ReadonlyArray<LedgerEvent> => {
  const { allowances, closing, opening, refreshes } = monthly
  const change = Usd.subtract(closing, opening)
  const highest = refreshes.most > 0 ? Option.map(allowances.range, (range) => range.highest) : Option.none<Usd.Usd>()
  const span = { ...interval, confidence: "Possible" } as const
  const link = linkOf("undone", span, change)
  const why = Option.isSome(highest) ? refreshes.why : UNDONE
  const most = Option.match(highest, {
    onNone: () => Usd.zero,
    onSome: (usd) => Usd.add(Usd.max(Usd.zero, opening), Usd.subtract(usd, closing)),
  })
  const events: ReadonlyArray<LedgerEvent> = [
    {
      _tag: "Correction",
      book: "Monthly",
      ...span,
      confidence,
      amount: Amount.between(Usd.zero, change),
      link,
      why,
    },
    { _tag: "Usage", pool: "Monthly", ...span, amount: Amount.between(Usd.negate(takenBack), most), link, why },
  ]
  if (Option.isNone(highest)) return events
  const left = Usd.max(Usd.zero, opening)
  return [
    { _tag: "Refresh", ...span, amount: Amount.between(Usd.zero, highest.value), link, why },
    ...(Usd.isZero(left)
      ? []
      : [{ _tag: "Expiry", ...span, amount: Amount.between(Usd.zero, left), link, why } as const]),
    ...events,
  ]
}

/** A fall of which a part may be usage that was counted before. */
const fallen = (fall: Usd.Usd, repeated: Usd.Usd, span: Span): ReadonlyArray<LedgerEvent> => {
  if (Usd.isZero(repeated)) return [monthlyUsage(span, fall)]
  const link = linkOf("repeated-fall", span, Usd.negate(fall))
  const amount = Amount.between(Usd.subtract(fall, repeated), fall)
  const why = "monthly credits fell to what an earlier balance may have said: usage, or that balance again"
  return [
    { _tag: "Usage", pool: "Monthly", ...span, confidence: possibly(amount), amount, link, why },
    {
      _tag: "Correction",
      book: "Monthly",
      ...span,
      confidence: "Possible",
      amount: Amount.between(Usd.negate(repeated), Usd.zero),
      link,
      why,
    },
  ]
}

const withoutRefresh = (monthly: Monthly, span: Span): ReadonlyArray<LedgerEvent> => {
  const { closing, opening, refreshes, undoing } = monthly
  const change = Usd.subtract(closing, opening)
  if (Usd.isZero(change)) return []
  if (Usd.isPositive(change)) {
    const takenBack = Undoing.takenBack(undoing, change)
    if (takenBack !== undefined) return undone(monthly, takenBack, span)
    const why = "monthly credits rose, and no refresh explains it: usage beside whatever it was nets out"
    const link = linkOf("unexplained-rise", span, change)
    return [
      { _tag: "Correction", book: "Monthly", ...span, amount: Amount.atLeast(change), link, why },
      { _tag: "Usage", pool: "Monthly", ...span, confidence: "Possible", amount: Amount.atLeast(Usd.zero), link, why },
    ]
  }
  const fall = Usd.negate(change)
  if (refreshes.mayHaveExpired) return beforeRefresh(monthly, span)
  return fallen(fall, refreshes.isOlder ? fall : Undoing.repeated(undoing, fall), span)
}

const RAN_DRY = "what comes after the monthly credits was drawn before the refresh, so they had been used up"

/** What was left before a refresh: used or expired, nobody saw which, unless draw order tells. */
const beforeRefresh = ({ opening, ranDryBefore }: Monthly, span: Span): ReadonlyArray<LedgerEvent> => {
  // A debt is told with what was used after the refresh.
  if (!Usd.isPositive(opening)) return []
  if (ranDryBefore) {
    return [{ _tag: "Usage", pool: "Monthly", ...span, amount: Amount.exact(opening), link: unlinked, why: RAN_DRY }]
  }
  const amount = Amount.between(Usd.zero, opening)
  const link = linkOf("left-at-refresh", span, Usd.negate(opening))
  const possible = { ...span, confidence: "Possible" } as const
  return [
    {
      _tag: "Usage",
      pool: "Monthly",
      ...possible,
      amount,
      link,
      why: "some of what was left may have been used before the refresh",
    },
    { _tag: "Expiry", ...possible, amount, link, why: "what was left and not used expired at the refresh" },
  ]
}

/**
 * Cycles that passed whole between two looks, each with an allowance from `lowest` to `highest`; of what they and an `opening` brought at least
 * `used` was used.
 */
const wholeCycles = (
  { least, most }: { readonly least: number; readonly most: number },
  { highest, lowest }: Allowances.Range,
  span: Span,
  opening = Usd.zero,
  used = Usd.zero,
): ReadonlyArray<LedgerEvent> => {
  const [lower, upper] = [times(lowest, least), times(highest, most)]
  const refreshed = Amount.between(lower, upper)
  const came = Usd.add(opening, upper)
  if (!Usd.isPositive(came)) return []
  const isKnown = refreshed._tag === "Exact"
  // All that came went: where it is not known how much, the three events are tied together.
  const link = linkOf("whole-cycles", span, Usd.negate(isKnown ? came : opening))
  const usage = Amount.between(used, came)
  const expiry = Amount.between(Usd.zero, Usd.subtract(came, used))
  return [
    {
      _tag: "Refresh",
      ...span,
      confidence: least > 0 ? "Certain" : "Possible",
      amount: refreshed,
      link: isKnown ? unlinked : link,
      why: "cycles passed that nobody looked at",
    },
    {
      _tag: "Usage",
      pool: "Monthly",
      ...span,
      confidence: confidenceIn(usage),
      amount: usage,
      link,
      why: Usd.isZero(used) ? "up to the allowance of each cycle that nobody looked at" : RAN_DRY,
    },
    {
      _tag: "Expiry",
      ...span,
      confidence: "Possible",
      amount: expiry,
      link,
      why: "what was not used of the cycles that nobody looked at",
    },
  ]
}

/** Those between the first refresh and the last one. */
const wholeCyclesOf = ({ allowances, refreshes }: Monthly, interval: Span): ReadonlyArray<LedgerEvent> => {
  const { assumes, told } = allowances
  const [first] = told
  if (first === undefined) return []
  const whole = { least: refreshes.least - 1, most: refreshes.most - 1 }
  const span = { ...interval, assumes: Assumption.union(interval.assumes, assumes) }
  // What is left now bounds the allowance of the last refresh alone.
  return wholeCycles(whole, { lowest: told.reduce(Usd.min, first), highest: told.reduce(Usd.max, first) }, span)
}

const USED_SINCE = "less was left after the refresh than the allowance"

/** A debt that a refresh writes off. */
const debtOf = ({ opening }: Monthly, span: Span): ReadonlyArray<LedgerEvent> =>
  Usd.isNegative(opening)
    ? [correction("Monthly", span, Usd.negate(opening), "monthly credits stood below 0 at a refresh")]
    : []

/** Less was left than the allowance after a debt: used since the refresh, or the refresh paid the debt. */
const beyondDebt = (
  { allowances, closing, opening, refreshes }: Monthly,
  used: Amount.Amount,
  debt: Usd.Usd,
  span: Span,
): ReadonlyArray<LedgerEvent> => {
  const { highest, lowest } = Option.getOrThrow(allowances.range)
  const link = linkOf("after-debt", span, Usd.subtract(closing, opening))
  const from = (usd: Usd.Usd, least: Usd.Usd): Usd.Usd => Usd.max(Usd.zero, Usd.subtract(usd, least))
  const most = Usd.subtract(highest, closing)
  const amount = Amount.between(from(Amount.lower(used), debt), most)
  const why = `${USED_SINCE}, and monthly credits stood below 0 before: used, or the refresh paid that debt`
  const shared = { ...span, link, why }
  const paid = Amount.between(from(debt, most), debt)
  return [
    { _tag: "Correction", book: "Monthly", ...shared, confidence: confidenceIn(paid), amount: paid },
    { _tag: "Refresh", ...shared, amount: Amount.between(lowest, highest), why: refreshes.why },
    { _tag: "Usage", pool: "Monthly", ...shared, confidence: confidenceIn(amount), amount },
  ]
}

const afterRefresh = (monthly: Monthly, interval: Span): ReadonlyArray<LedgerEvent> => {
  const { allowances, closing, opening, refreshes } = monthly
  const { assumes, range, told } = allowances
  const span = { ...interval, assumes: Assumption.union(interval.assumes, assumes) }
  const refresh = { _tag: "Refresh", ...span, why: refreshes.why } as const
  const usage = { _tag: "Usage", pool: "Monthly", ...span } as const
  if (Option.isNone(range)) {
    const [someAllowance] = told
    if (someAllowance !== undefined) {
      const more = Usd.subtract(closing, someAllowance)
      const why = "more was left after the refresh than the plan's allowance: usage beside whatever it was nets out"
      const link = linkOf("more-than-the-allowance", span, more)
      return [
        ...debtOf(monthly, span),
        { ...refresh, amount: Amount.exact(someAllowance), link: unlinked },
        { _tag: "Correction", book: "Monthly", ...span, amount: Amount.atLeast(more), link, why },
        { ...usage, confidence: "Possible", amount: Amount.atLeast(Usd.zero), link, why },
      ]
    }
    const link = linkOf("unknown-allowance", span, closing)
    return [
      ...debtOf(monthly, span),
      { ...refresh, amount: Amount.atLeast(Usd.max(Usd.zero, closing)), link },
      {
        ...usage,
        confidence: "Possible",
        amount: Amount.atLeast(Usd.zero),
        link,
        why: "the allowance is not known, nor what was used of it",
      },
    ]
  }
  const { highest, lowest } = range.value
  const used = Amount.between(Usd.subtract(lowest, closing), Usd.subtract(highest, closing))
  const debt = refreshes.most === 1 ? Usd.max(Usd.zero, Usd.negate(opening)) : Usd.zero
  if (Usd.isPositive(debt) && Usd.isPositive(Usd.subtract(highest, closing)))
    return beyondDebt(monthly, used, debt, span)
  const link = used._tag === "Exact" ? unlinked : linkOf("after-refresh", span, closing)
  const refreshed: LedgerEvent = { ...refresh, amount: Amount.between(lowest, highest), link }
  const events = [...debtOf(monthly, span), refreshed]
  return Amount.isZero(used)
    ? events
    : [...events, { ...usage, confidence: confidenceIn(used), amount: used, link, why: USED_SINCE }]
}

/** Refreshed or not: every reading lies within the bounds. */
const possiblyRefreshed = (monthly: Monthly, interval: Span): ReadonlyArray<LedgerEvent> => {
  const { allowances, closing, opening, refreshes } = monthly
  const { assumes, range, toppedUpBy, told } = allowances
  const { most, why } = refreshes
  if (Option.isNone(range) && told.length > 0) return withoutRefresh(monthly, interval)
  const span = { ...interval, assumes: Assumption.union(interval.assumes, assumes), confidence: "Possible" } as const
  const change = Usd.subtract(closing, opening)
  const left = Usd.max(Usd.zero, opening)
  const link = linkOf("possible-refresh", span, change)
  // A refresh sets credits below 0 to the allowance, too.
  const writtenOff: ReadonlyArray<LedgerEvent> = Usd.isNegative(opening)
    ? [
        {
          _tag: "Correction",
          book: "Monthly",
          ...span,
          amount: Amount.between(Usd.zero, Usd.negate(opening)),
          link,
          why: "monthly credits stood below 0 before a refresh",
        },
      ]
    : []
  if (Option.isNone(range)) {
    const amount = Amount.atLeast(Usd.zero)
    const refreshed = Amount.atLeast(Usd.max(Usd.zero, change))
    return [
      ...writtenOff,
      { _tag: "Refresh", ...span, confidence: possibly(refreshed), amount: refreshed, link, why },
      { _tag: "Expiry", ...span, amount: most === 1 ? Amount.between(Usd.zero, left) : amount, link, why },
      { _tag: "Usage", pool: "Monthly", ...span, amount, link, why },
    ]
  }
  const { highest, lowest } = range.value
  const unrefreshed = Usd.negate(change)
  const toppedUp = Usd.add(unrefreshed, toppedUpBy)
  // What was used if nothing came, if the difference of two allowances came, and if the credits were set to the allowance.
  const readings = [unrefreshed, toppedUp].filter((usd) => !Usd.isNegative(usd))
  const least = readings.reduce(Usd.min, Usd.subtract(lowest, closing))
  const ofRefreshes = Usd.subtract(Usd.add(left, times(highest, most)), closing)
  const came = Amount.between(
    Usd.isNegative(unrefreshed) ? (Usd.isNegative(toppedUp) ? lowest : Usd.min(lowest, toppedUpBy)) : Usd.zero,
    times(highest, most),
  )
  const used = Amount.between(least, readings.reduce(Usd.max, ofRefreshes))
  // What the refreshes before the last one brought can have expired as well.
  const expired = Amount.between(Usd.zero, Usd.add(left, times(highest, most - 1)))
  const events: ReadonlyArray<LedgerEvent> = [
    ...writtenOff,
    { _tag: "Refresh", ...span, confidence: possibly(came), amount: came, link, why },
    { _tag: "Expiry", ...span, amount: expired, link, why },
    { _tag: "Usage", pool: "Monthly", ...span, confidence: possibly(used), amount: used, link, why },
  ]
  return events.filter(({ amount }) => !Amount.isZero(amount))
}

/** Refreshed at least once. Where the monthly credits ran dry in some cycle before the last refresh, that cycle's were all used. */
const refreshed = (monthly: Monthly, span: Span): ReadonlyArray<LedgerEvent> => {
  const { allowances, opening, ranDryBefore, refreshes } = monthly
  const [before, after] = [
    { ...span, to: refreshes.latest },
    { ...span, from: refreshes.earliest },
  ]
  const isJoint = ranDryBefore && refreshes.most > 1 && Usd.isPositive(opening)
  if (!isJoint || Option.isNone(allowances.range)) {
    return [...beforeRefresh(monthly, before), ...wholeCyclesOf(monthly, after), ...afterRefresh(monthly, after)]
  }
  const whole = { least: refreshes.least - 1, most: refreshes.most - 1 }
  const leastUsed = Usd.min(opening, allowances.range.value.lowest)
  return [...wholeCycles(whole, allowances.range.value, span, opening, leastUsed), ...afterRefresh(monthly, after)]
}

/** The events of the monthly credits. */
export const explain = (monthly: Monthly, interval: Span): ReadonlyArray<LedgerEvent> => {
  const { assumes, least, most } = monthly.refreshes
  const span = assumes.length === 0 ? interval : { ...interval, assumes: Assumption.union(interval.assumes, assumes) }
  if (most === 0) return withoutRefresh(monthly, span)
  const change = Usd.subtract(monthly.closing, monthly.opening)
  if (least === 0 && Usd.isPositive(change)) {
    const takenBack = Undoing.takenBack(monthly.undoing, change)
    if (takenBack !== undefined) return undone(monthly, takenBack, span)
    if (monthly.refreshes.mayBeCorrection) {
      return undone(monthly, Usd.min(change, Undoing.certain(monthly.undoing)), span, "Possible")
    }
  }
  return least === 0 ? possiblyRefreshed(monthly, span) : refreshed(monthly, span)
}
