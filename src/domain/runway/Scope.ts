/** What a projection covers: its end, the refreshes on the way, and what is left to be drawn. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../balance/CustomerBalance.js"
import * as Usd from "../money/Usd.js"
import type * as Timestamp from "../time/Timestamp.js"
import * as BillingCalendar from "./BillingCalendar.js"
import type * as DrawDown from "./DrawDown.js"
import type { OverdraftPolicy } from "./OverdraftPolicy.js"

/**
 * What a projection takes as true without evidence:
 * - `OverdraftNotTold`: whether pay as you go is on is unknown; the charge is what it would be if it is.
 * - `PendingRefreshIsApplied`: refreshes that came due and that no snapshot shows set the monthly credits to the allowance.
 * - `UsageWentOn`: usage went on after the balance was observed, a day ago or more.
 * - `EndsAtRefresh`: the end that was asked for lies after the next refresh; the projection ends at the refresh.
 * - `EndsAtLimit`: the end that was asked for lies more than 400 days ahead; the projection ends there.
 * - `EndChosen`: no refresh is known, so that the projection ends after 30 days.
 * - `UsageIsEven`: beyond the cycle, usage goes on as in it.
 * - `AllowanceIsLastRefresh`: the plan has no allowance; refreshes set the monthly credits to what the last one set them to.
 * - `AnchorIsLastDayShown`, `RefreshFollowsHistory`, `RefreshIsFarAway`: as in `BillingCalendar.Schedule`.
 */
export const Assumption = Schema.Literal(
  "OverdraftNotTold",
  "PendingRefreshIsApplied",
  "UsageWentOn",
  "EndsAtRefresh",
  "EndsAtLimit",
  "EndChosen",
  "UsageIsEven",
  "AllowanceIsLastRefresh",
  "AnchorIsLastDayShown",
  "RefreshFollowsHistory",
  "RefreshIsFarAway",
).annotations({ identifier: "ProjectionAssumption" })
/** What a projection takes as true without evidence. */
export type Assumption = typeof Assumption.Type

/** The end of a projection, what is left for it, and what it assumes. Times in days are fractions of 24 hours. */
export interface Scope {
  /** Days from the observation to now, 0 or more. */
  readonly age: number
  readonly end: Timestamp.Timestamp
  readonly endsAtRefresh: boolean
  /** The next refresh after now. */
  readonly refresh: Option.Option<Timestamp.Timestamp>
  readonly pendingSince: Option.Option<Timestamp.Timestamp>
  /** What was left at the observation. */
  readonly pools: DrawDown.Pools
  /** Days from the observation to each refresh after it, up to 400 days from now. */
  readonly refreshes: ReadonlyArray<number>
  readonly allowance: Option.Option<number>
  readonly assumptions: ReadonlyArray<Assumption>
}

/** What the scope is read off. */
export interface Request extends BillingCalendar.Request {
  readonly overdraft: Option.Option<OverdraftPolicy>
  /** The end of the projection, after `now`. @default the next refresh, or 30 days from now where none is known */
  readonly end?: Timestamp.Timestamp | undefined
}

const DAY = 86_400_000
const CHOSEN_DAYS = 30

/** Days from one time to another, fractions included. */
export const daysBetween = (from: Timestamp.Timestamp, to: Timestamp.Timestamp): number =>
  (to.epochMillis - from.epochMillis) / DAY

/** The allowance that the plan tells, else what the last refresh set the monthly credits to. */
const allowanceOf = ({ balance, refreshes = [] }: Request) => {
  const told = Option.flatMap(balance.subscription, (plan) => plan.allowance.value)
  const last = Option.map(Option.fromNullable(refreshes.at(-1)), ({ allowance }) => allowance)
  const usd = Option.orElse(told, () => last)
  return {
    usd: Option.map(usd, (value) => Math.max(0, Usd.toNumberApproximate(value))),
    isLastRefresh: Option.isNone(told) && Option.isSome(last),
  }
}

/** The scope of a projection from `now`, within a schedule. */
export const of = (request: Request, schedule: BillingCalendar.Schedule): Scope => {
  const { balance, end, now, observedAt, overdraft } = request
  const { next } = schedule
  const allowance = allowanceOf(request)
  const refresh = next._tag === "None" ? Option.none() : Option.some(next.at)
  const limit = DateTime.add(now, { days: BillingCalendar.MAX_HORIZON_DAYS })
  const refreshes = BillingCalendar.refreshesAfter(schedule, observedAt, limit)
  const age = daysBetween(observedAt, now)
  const furthest = Option.getOrElse(refresh, () =>
    end === undefined ? DateTime.add(now, { days: CHOSEN_DAYS }) : limit,
  )
  const chosen = end === undefined ? furthest : DateTime.min(end, furthest)
  const isCut = end !== undefined && DateTime.lessThan(chosen, end)
  const holds: ReadonlyArray<readonly [Assumption, boolean]> = [
    ["OverdraftNotTold", Option.isNone(overdraft)],
    ["PendingRefreshIsApplied", next._tag === "Pending" && Option.isSome(allowance.usd)],
    ["UsageWentOn", age >= 1],
    ["EndsAtRefresh", isCut && Option.isSome(refresh)],
    ["EndsAtLimit", isCut && Option.isNone(refresh)],
    ["EndChosen", end === undefined && Option.isNone(refresh)],
    ["AllowanceIsLastRefresh", allowance.isLastRefresh && refreshes.length > 0],
  ]
  return {
    age,
    end: chosen,
    endsAtRefresh: Option.exists(refresh, (at) => at.epochMillis === chosen.epochMillis),
    refresh,
    pendingSince: next._tag === "Pending" ? Option.some(next.since) : Option.none(),
    pools: {
      monthly: Usd.toNumberApproximate(balance.monthly.value),
      stable: Usd.toNumberApproximate(CustomerBalance.stableValue(balance)),
    },
    refreshes: refreshes.map((at) => daysBetween(observedAt, at)),
    allowance: allowance.usd,
    assumptions: [...holds.flatMap(([name, isSo]) => (isSo ? [name] : [])), ...schedule.assumes],
  }
}
