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
import * as DueExplanation from "./DueExplanation.js"
import { plain } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"
import * as MonthlyExplanation from "./MonthlyExplanation.js"
import * as PlanChange from "./PlanChange.js"
import * as RefreshEvidence from "./RefreshEvidence.js"
import type * as Renewals from "./Renewals.js"
import * as Reversal from "./Reversal.js"
import type * as SeenRenewals from "./SeenRenewals.js"
import * as Snapshot from "./Snapshot.js"
import * as StableExplanation from "./StableExplanation.js"
import * as Undoing from "./Undoing.js"

/** What earlier looks tell that bears on the next pair. */
export interface Known {
  /** The highest allowance that can be taken for granted where no plan tells one. */
  readonly assumedAllowance: Allowances.Assumed
  readonly lastDue: Option.Option<RefreshEvidence.LastDue>
  readonly undoing: Undoing.Undoing
  /** What can be undone of the stable credits. */
  readonly stable: Reversal.Reversal
  readonly renewals: SeenRenewals.SeenRenewals
  /** The plan is another one at the later look. */
  readonly planChanged: boolean
  /** The plans since the last known amount due. */
  readonly plans: Renewals.Plans
}

/** The events of both pools, and what is known after them. */
export interface PoolExplanation {
  readonly events: ReadonlyArray<LedgerEvent>
  /** What the usage takes for granted, be it that there was none. */
  readonly assumes: ReadonlyArray<Assumption.Assumption>
  /** Whether both pools can have been empty at some moment between the snapshots. */
  readonly payAsYouGoPossible: boolean
  readonly lastDue: Option.Option<RefreshEvidence.LastDue>
  readonly undoing: Undoing.Undoing
  readonly stable: Reversal.Reversal
}

/** Refreshes that the allowance and draw order leave possible. */
const possibleOf = (
  seen: RefreshEvidence.RefreshEvidence,
  allowances: Allowances.Allowances,
  drawnBefore: boolean,
): RefreshEvidence.RefreshEvidence => {
  if (seen.most === 0 || seen.isAnnounced) return seen
  // A refresh does not leave more than the allowance.
  if (Option.isNone(allowances.range)) return allowances.told.length === 0 ? seen : { ...seen, least: 0, most: 0 }
  if (seen.least > 0) return seen
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
    a.balance.stable._tag === b.balance.stable._tag
  )
}

/** What a later snapshot can undo. */
const undoingAfter = (
  before: Undoing.Undoing,
  refreshes: RefreshEvidence.RefreshEvidence,
  planChanged: boolean,
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
): Undoing.Undoing => {
  if (planChanged || refreshes.least > 0) return Undoing.none
  const change = Usd.subtract(Snapshot.monthly(b), Snapshot.monthly(a))
  if (Usd.isPositive(change)) return Undoing.afterRise(before, change)
  if (refreshes.most > 0) return Undoing.none
  if (Usd.isZero(change)) return before
  const [fall, at] = [Usd.negate(change), b.observedAt.epochMillis]
  return refreshes.isOlder || refreshes.mayHaveExpired
    ? Undoing.afterFall(before, fall, at, fall)
    : Undoing.afterFall(before, fall, at)
}

const NOTHING: ReadonlyArray<LedgerEvent> = []
const GRANTS: ReadonlyArray<Assumption.Assumption> = ["GrantsShow"]

/** Explains both pools between neighbouring looks `a`, then `b`, of one account. */
export const explain = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, known: Known): PoolExplanation => {
  const [opening, closing] = [Snapshot.monthly(a), Snapshot.monthly(b)]
  const [stableA, stableB] = [Snapshot.stable(a), Snapshot.stable(b)]
  const { planChanged } = known
  if (!planChanged && isQuiet(a, b)) {
    const isDry = !Usd.isPositive(closing)
    const isEmpty = isDry && !Usd.isPositive(stableB)
    const assumes = isDry ? GRANTS : Assumption.none
    const { lastDue, stable, undoing } = known
    return { events: NOTHING, assumes, payAsYouGoPossible: isEmpty, lastDue, undoing, stable }
  }
  const seen = RefreshEvidence.between(a, b, {
    lastDue: known.lastDue,
    undoable: Undoing.undoable(known.undoing),
    planChanged,
  })
  const allowances =
    planChanged || seen.most > 0
      ? Allowances.between(a, b, known.assumedAllowance, { planChanged, newOnly: planChanged && seen.most === 0 })
      : Allowances.none
  const stableRose = Usd.lessThan(stableA, stableB)
  // What comes after the monthly credits was drawn although some remain now: they had run dry before the last refresh.
  const isLeft = Usd.isPositive(closing)
  const canRunDry =
    seen.most > 0 || planChanged || !Usd.isPositive(opening) || !isLeft || Usd.lessThan(opening, closing)
  const canAllRunDry = canRunDry && (!Usd.isPositive(stableA) || !Usd.isPositive(stableB) || stableRose)
  const drawn =
    (isLeft || stableRose) && canAllRunDry
      ? DueExplanation.drawn(a, b, known.plans, known.renewals)
      : Option.none<ReadonlyArray<Assumption.Assumption>>()
  const payAsYouGoDrawn = Option.isSome(drawn)
  const drawnBefore = isLeft && (payAsYouGoDrawn || Usd.lessThan(stableB, stableA))
  const refreshes = planChanged ? PlanChange.withPossibleRefresh(a, b, seen) : possibleOf(seen, allowances, drawnBefore)
  const monthlyRanDry = refreshes.most > 0 || !Usd.isPositive(opening) || !isLeft || Usd.lessThan(opening, closing)
  const stableRanDry = !Usd.isPositive(stableA) || !Usd.isPositive(stableB) || (monthlyRanDry && stableRose)
  const span = { ...plain(a.observedAt, b.observedAt), assumes: Option.getOrElse(drawn, () => Assumption.none) }
  const ranDryBefore = drawnBefore && !planChanged
  const dry = payAsYouGoDrawn ? "Certainly" : monthlyRanDry ? "Possibly" : "Never"
  // Where they stand as they stood, a grant and usage can have netted out.
  const netsOut = monthlyRanDry && Usd.Equivalence(stableA, stableB)
  const isOneModel = a.balance.stable._tag === b.balance.stable._tag
  const stable = { opening: stableA, closing: stableB, dry, reversal: known.stable } as const
  const events: ReadonlyArray<LedgerEvent> = [
    ...(planChanged ? PlanChange.events(a, b) : NOTHING),
    ...MonthlyExplanation.explain(
      { opening, closing, refreshes, allowances, ranDryBefore, undoing: known.undoing },
      span,
    ),
    ...(isOneModel
      ? StableExplanation.within(stable, span)
      : StableExplanation.acrossModels(stableA, stableB, monthlyRanDry, span)),
  ]
  return {
    events,
    assumes: Assumption.ofUsage(events, Assumption.union(refreshes.assumes, netsOut ? GRANTS : Assumption.none)),
    payAsYouGoPossible: monthlyRanDry && stableRanDry,
    lastDue: RefreshEvidence.lastDueAt(a, b, known.lastDue, seen),
    undoing: undoingAfter(known.undoing, refreshes, planChanged, a, b),
    stable: isOneModel ? StableExplanation.reversalAfter(stable, b.observedAt.epochMillis) : Reversal.none,
  }
}
