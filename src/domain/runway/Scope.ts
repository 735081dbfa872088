/** What a projection covers: its end, and what is left to be drawn until then. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../balance/CustomerBalance.js"
import * as Usd from "../money/Usd.js"
import type * as Timestamp from "../time/Timestamp.js"
import * as BillingCalendar from "./BillingCalendar.js"
import type { OverdraftPolicy } from "./OverdraftPolicy.js"

/**
 * What a projection takes for granted, each by name:
 * - `OverdraftNotTold`: whether pay as you go is on was not told; the charge is what it would be if it is.
 * - `PendingRefreshIsApplied`: a refresh that is due but not seen yet sets the monthly credits to the plan's allowance now.
 * - `EndsAtRefresh`: the end that was asked for lies after the next refresh; the projection ends at the refresh.
 * - `EndChosen`: no refresh is known, so that the projection ends after 30 days.
 * - `UsageIsEven`: beyond the cycle, credits last as at a steady rate.
 */
export const Assumption = Schema.Literal(
  "OverdraftNotTold",
  "PendingRefreshIsApplied",
  "EndsAtRefresh",
  "EndChosen",
  "UsageIsEven",
).annotations({ identifier: "ProjectionAssumption" })
/** What a projection takes for granted. */
export type Assumption = typeof Assumption.Type

/** The end of the projection, what is left for it, and what was taken for granted on the way. */
export interface Scope {
  /** Since when usage is forecast: the last look, or a pending refresh after it. */
  readonly from: Timestamp.Timestamp
  readonly end: Timestamp.Timestamp
  readonly endsAtRefresh: boolean
  readonly refresh: Option.Option<Timestamp.Timestamp>
  readonly pendingSince: Option.Option<Timestamp.Timestamp>
  readonly monthly: number
  readonly stable: number
  readonly allowance: Option.Option<number>
  readonly assumptions: ReadonlyArray<Assumption>
}

/** What the scope is read off. */
export interface Request {
  readonly now: Timestamp.Timestamp
  /** When `balance` was observed, at or before `now`. */
  readonly observedAt: Timestamp.Timestamp
  readonly balance: CustomerBalance.CustomerBalance
  readonly overdraft: Option.Option<OverdraftPolicy>
  readonly end?: Timestamp.Timestamp
}

/** The scope of a projection from `now`. */
export const of = ({ balance, end, now, observedAt, overdraft }: Request): Scope => {
  const next = BillingCalendar.nextRefresh(balance, observedAt, now)
  const allowance = Option.map(
    Option.flatMap(balance.subscription, (plan) => plan.allowance.value),
    (usd) => Math.max(0, Usd.toNumberApproximate(usd)),
  )
  const pending = next._tag === "Pending" && Option.isSome(allowance)
  const refresh = next._tag === "None" ? Option.none() : Option.some(next.at)
  const assumptions: Array<Assumption> = []
  if (Option.isNone(overdraft)) assumptions.push("OverdraftNotTold")
  if (pending) assumptions.push("PendingRefreshIsApplied")
  if (end === undefined && Option.isNone(refresh)) assumptions.push("EndChosen")
  const furthest = Option.getOrElse(refresh, () => end ?? DateTime.add(now, { days: 30 }))
  const chosen = end === undefined ? furthest : DateTime.min(end, furthest)
  if (end !== undefined && DateTime.lessThan(chosen, end)) assumptions.push("EndsAtRefresh")
  return {
    from: next._tag === "Pending" && pending ? DateTime.max(observedAt, next.since) : observedAt,
    end: chosen,
    endsAtRefresh: Option.exists(refresh, (at) => at.epochMillis === chosen.epochMillis),
    refresh,
    pendingSince: next._tag === "Pending" ? Option.some(next.since) : Option.none(),
    monthly: pending
      ? Option.getOrElse(allowance, () => 0)
      : Math.max(0, Usd.toNumberApproximate(balance.monthly.value)),
    stable: Math.max(0, Usd.toNumberApproximate(CustomerBalance.stableValue(balance))),
    allowance,
    assumptions,
  }
}
