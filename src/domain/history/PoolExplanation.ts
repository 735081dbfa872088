/**
 * What happened to the two pools of credits between two neighbouring looks.
 *
 * Usage draws on monthly credits first, then stable, then pay as you go: so a pool was touched only if the one before it can have run dry. Grants
 * are taken to happen only where the looks show one: what rests on that says so.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Allowances from "./Allowances.js"
import * as Assumption from "./Assumption.js"
import type { Span } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"
import * as MonthlyExplanation from "./MonthlyExplanation.js"
import * as PlanChange from "./PlanChange.js"
import * as RefreshEvidence from "./RefreshEvidence.js"
import * as Snapshot from "./Snapshot.js"
import * as StableExplanation from "./StableExplanation.js"

/** What earlier looks tell that bears on the next pair. */
export interface Known {
  /** The highest allowance that can be taken for granted where no plan tells one. */
  readonly assumedAllowance: Allowances.Assumed
  readonly lastFirst: Option.Option<RefreshEvidence.LastFirst>
}

/** Of a pair with nothing before it. */
export const nothingKnown: Known = { assumedAllowance: Option.none(), lastFirst: Option.none() }

/** The events of both pools, whether both can have been empty at some moment between the looks, and what is known of the last month's first. */
export interface PoolExplanation {
  readonly events: ReadonlyArray<LedgerEvent>
  readonly payAsYouGoPossible: boolean
  readonly lastFirst: Option.Option<RefreshEvidence.LastFirst>
}

/** Explains both pools between neighbouring looks `a`, then `b`, of one account. */
export const explain = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, known: Known): PoolExplanation => {
  const span: Span = { from: a.observedAt, to: b.observedAt, assumes: Assumption.none }
  const [opening, closing] = [Snapshot.monthly(a), Snapshot.monthly(b)]
  const [stableA, stableB] = [Snapshot.stable(a), Snapshot.stable(b)]
  const seen = RefreshEvidence.between(a, b, known.lastFirst)
  const planChanged = PlanChange.isBetween(a, b)
  const allowances = Allowances.between(a, b, known.assumedAllowance)
  // Stable credits fell although monthly credits remain now: a refresh came after that.
  const drawnBefore = Usd.isPositive(closing) && Usd.lessThan(stableB, stableA)
  const ranDryBefore = drawnBefore && seen.most === 1 && !planChanged && Option.isSome(allowances.range)
  const least = ranDryBefore ? 1 : seen.least
  const refreshes = planChanged
    ? PlanChange.withPossibleRefresh(a, b, seen)
    : least === seen.least
      ? seen
      : { ...seen, least }
  const monthlyRanDry = refreshes.most > 0 || !Usd.isPositive(opening) || !Usd.isPositive(closing)
  const stableRanDry =
    !Usd.isPositive(stableA) || !Usd.isPositive(stableB) || (monthlyRanDry && Usd.lessThan(stableA, stableB))
  const monthly = { opening, closing, refreshes, allowances, ranDryBefore }
  return {
    events: [
      ...MonthlyExplanation.explain(monthly, span),
      ...(a.balance.stable._tag === b.balance.stable._tag
        ? StableExplanation.within(stableA, stableB, monthlyRanDry, span)
        : StableExplanation.acrossModels(stableA, stableB, monthlyRanDry, span)),
    ],
    payAsYouGoPossible: monthlyRanDry && stableRanDry,
    lastFirst: RefreshEvidence.lastFirstAt(b, known.lastFirst, seen),
  }
}
