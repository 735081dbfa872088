/**
 * What happened to the two pools of credits between two neighbouring looks.
 *
 * Usage draws on monthly credits first, then stable, then pay as you go: so a pool was touched only if the one before it can have run dry. Grants
 * are taken to happen only where the looks show one: what rests on that says so.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Allowances from "./Allowances.js"
import * as DueExplanation from "./DueExplanation.js"
import { plain } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"
import * as MonthlyExplanation from "./MonthlyExplanation.js"
import * as PlanChange from "./PlanChange.js"
import * as RefreshEvidence from "./RefreshEvidence.js"
import type * as SeenRenewals from "./SeenRenewals.js"
import * as Snapshot from "./Snapshot.js"
import * as StableExplanation from "./StableExplanation.js"

/** What earlier looks tell that bears on the next pair. */
export interface Known {
  /** The highest allowance that can be taken for granted where no plan tells one. */
  readonly assumedAllowance: Allowances.Assumed
  readonly lastFirst: Option.Option<RefreshEvidence.LastFirst>
  readonly renewals: SeenRenewals.SeenRenewals
}

/** The events of both pools, whether both can have been empty at some moment between the looks, and what is known of the last month's first. */
export interface PoolExplanation {
  readonly events: ReadonlyArray<LedgerEvent>
  readonly payAsYouGoPossible: boolean
  readonly lastFirst: Option.Option<RefreshEvidence.LastFirst>
}

/** Refreshes that the allowance and draw order leave possible. */
const possibleOf = (
  seen: RefreshEvidence.RefreshEvidence,
  allowances: Allowances.Allowances,
  drawnBefore: boolean,
): RefreshEvidence.RefreshEvidence => {
  if (seen.least > 0 || seen.most === 0) return seen
  if (Option.isNone(allowances.range)) return allowances.told.length === 0 ? seen : { ...seen, most: 0 }
  return drawnBefore ? { ...seen, least: 1 } : seen
}

/** Whether nothing happened to the pools: the looks say the same, and announce the same refresh. */
const isQuiet = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): boolean => {
  const [before, after] = [a.balance.refresh, b.balance.refresh]
  return (
    before._tag === "RefreshAt" &&
    after._tag === "RefreshAt" &&
    before.at.epochMillis === after.at.epochMillis &&
    Usd.Equivalence(Snapshot.monthly(a), Snapshot.monthly(b)) &&
    Usd.Equivalence(Snapshot.stable(a), Snapshot.stable(b)) &&
    a.balance.stable._tag === b.balance.stable._tag &&
    !PlanChange.isBetween(a, b)
  )
}

const NOTHING: ReadonlyArray<LedgerEvent> = []

/** Explains both pools between neighbouring looks `a`, then `b`, of one account. */
export const explain = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, known: Known): PoolExplanation => {
  const [opening, closing] = [Snapshot.monthly(a), Snapshot.monthly(b)]
  const [stableA, stableB] = [Snapshot.stable(a), Snapshot.stable(b)]
  if (isQuiet(a, b)) {
    const isEmpty = !Usd.isPositive(closing) && !Usd.isPositive(stableB)
    return { events: NOTHING, payAsYouGoPossible: isEmpty, lastFirst: Option.none() }
  }
  const span = plain(a.observedAt, b.observedAt)
  const seen = RefreshEvidence.between(a, b, known.lastFirst)
  const planChanged = PlanChange.isBetween(a, b)
  const allowances =
    planChanged || seen.most > 0
      ? Allowances.between(a, b, known.assumedAllowance, planChanged && seen.most === 0)
      : Allowances.none
  const stableRose = Usd.lessThan(stableA, stableB)
  // What comes after the monthly credits was drawn although some remain now: they had run dry before the last refresh.
  const isLeft = Usd.isPositive(closing)
  const payAsYouGoDrawn = (isLeft || stableRose) && DueExplanation.isDrawn(a, b, known.renewals)
  const drawnBefore = isLeft && (payAsYouGoDrawn || Usd.lessThan(stableB, stableA))
  const refreshes = planChanged ? PlanChange.withPossibleRefresh(a, b, seen) : possibleOf(seen, allowances, drawnBefore)
  const monthlyRanDry = refreshes.most > 0 || !Usd.isPositive(opening) || !isLeft || Usd.lessThan(opening, closing)
  const stableRanDry = !Usd.isPositive(stableA) || !Usd.isPositive(stableB) || (monthlyRanDry && stableRose)
  const ranDryBefore = drawnBefore && !planChanged
  const dry = payAsYouGoDrawn ? "Certainly" : monthlyRanDry ? "Possibly" : "Never"
  return {
    events: [
      ...(planChanged ? PlanChange.events(a, b) : NOTHING),
      ...MonthlyExplanation.explain({ opening, closing, refreshes, allowances, ranDryBefore }, span),
      ...(a.balance.stable._tag === b.balance.stable._tag
        ? StableExplanation.within(stableA, stableB, dry, span)
        : StableExplanation.acrossModels(stableA, stableB, monthlyRanDry, span)),
    ],
    payAsYouGoPossible: monthlyRanDry && stableRanDry,
    lastFirst: RefreshEvidence.lastFirstAt(b, known.lastFirst, seen),
  }
}
