/** What two neighbouring looks say of a change of the plan between them. */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Amount from "./Amount.js"
import { plain, unlinked } from "./EventSpan.js"
import type { LedgerEvent } from "./LedgerEvent.js"
import type { RefreshEvidence } from "./RefreshEvidence.js"
import * as Snapshot from "./Snapshot.js"

const sameAllowance = Option.getEquivalence(Usd.Equivalence)

/** Whether both looks tell the plan, and not the same by its name and allowance. */
export const isBetween = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): boolean => {
  const [before, after] = [a.balance.subscription, b.balance.subscription]
  if (Option.isNone(before) || Option.isNone(after) || before.value === after.value) return false
  const [old, next] = [before.value, after.value]
  return old.name !== next.name || !sameAllowance(old.allowance.value, next.allowance.value)
}

/** The event of a plan that has another name. */
export const events = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): ReadonlyArray<LedgerEvent> => {
  const [before, after] = [a, b].map(({ balance }) => Option.map(balance.subscription, (plan) => plan.name))
  if (before === undefined || after === undefined) return []
  if (Option.isNone(before) || Option.isNone(after) || before.value === after.value) return []
  return [
    {
      _tag: "PlanChange",
      ...plain(a.observedAt, b.observedAt),
      before,
      after,
      amount: Amount.zero,
      link: unlinked,
      why: "the name of the plan changed",
    },
  ]
}

/** Looks closer than this to one another show credits that a change of plan brought: nobody uses them up before the next one. */
const CLOSE = 24 * 3_600_000

/**
 * What the looks say about refreshes where the plan changed between them: that may have set the monthly credits to the new allowance at once.
 * Between close looks it shows as a rise, or as a fall from above the new allowance.
 */
export const withPossibleRefresh = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  evidence: RefreshEvidence,
): RefreshEvidence => {
  const [opening, closing] = [Snapshot.monthly(a), Snapshot.monthly(b)]
  const isClose = b.observedAt.epochMillis - a.observedAt.epochMillis < CLOSE
  const shows =
    Usd.lessThan(opening, closing) || Option.exists(Snapshot.allowance(b), (usd) => Usd.lessThan(usd, opening))
  if (isClose && !(shows && evidence.most === 0)) return { ...evidence, assumes: ["RefreshesShow"] }
  const why = "the plan changed, which may set the monthly credits to its allowance"
  return { ...evidence, most: evidence.most + 1, why: evidence.most === 0 ? why : evidence.why }
}
