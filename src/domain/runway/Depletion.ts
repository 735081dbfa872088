/** When credits run out: within the cycle by the forecast of totals, beyond it at the forecast's rates held steady. */
import * as Option from "effect/Option"
import * as Timestamp from "../time/Timestamp.js"
import * as BillingCalendar from "./BillingCalendar.js"
import * as DrawDown from "./DrawDown.js"
import type { Forecast } from "./Forecast.js"
import type * as Runway from "./Runway.js"
import type * as Scope from "./Scope.js"

const DAY = 86_400_000
const CYCLES_AHEAD = 24

/** Days from one time to another, fractions included. */
export const daysBetween = (from: Timestamp.Timestamp, to: Timestamp.Timestamp): number =>
  (to.epochMillis - from.epochMillis) / DAY

const after = (now: Timestamp.Timestamp, days: number): Timestamp.Timestamp =>
  Timestamp.fromMillis(now.epochMillis + Math.round(days * DAY))

/** Days until credits run out: by the median and at both ends of an interval; infinite where that is not reached. */
export interface Depletion {
  readonly point: number
  readonly earliest: number
  readonly latest: number
}

/** Credits that do not run out. */
export const never: Depletion = {
  point: Number.POSITIVE_INFINITY,
  earliest: Number.POSITIVE_INFINITY,
  latest: Number.POSITIVE_INFINITY,
}

const finiteDays = (days: number | null): number => days ?? Number.POSITIVE_INFINITY

/** The depletions of a forecast, one a balance, with the interval of `level`. */
export const ofForecast = (forecast: Forecast, level: number): ReadonlyArray<Depletion> =>
  (forecast.depletions ?? []).map(({ days, intervals }) => {
    const interval = intervals.find((candidate) => candidate.level === level)
    return {
      point: finiteDays(days),
      earliest: interval === undefined ? Number.POSITIVE_INFINITY : finiteDays(interval.lower),
      latest: interval === undefined ? Number.POSITIVE_INFINITY : finiteDays(interval.upper),
    }
  })

const runsOut = (now: Timestamp.Timestamp, depletion: Depletion, level: number, chance: number): Runway.Runway => ({
  _tag: "RunsOut",
  at: after(now, depletion.point),
  earliest: Number.isFinite(depletion.earliest) ? after(now, depletion.earliest) : null,
  latest: Number.isFinite(depletion.latest) ? after(now, depletion.latest) : null,
  level,
  chance,
})

/** Usage to the refresh (where none is known, to the end) and usage of a month, both as quantiles. */
export interface Outlook {
  readonly cycle: Forecast
  readonly month: Forecast
}

/** The length of the forecast that long-run rates are read off. */
export const MONTH_DAYS = 30

/** A depletion of both pools; `steady` where a part of it lies beyond the cycle and was read off a steady rate. */
export interface AcrossRefreshes extends Depletion {
  readonly steady: boolean
}

const daysToRefresh = (scope: Scope.Scope): number =>
  Option.match(scope.refresh, {
    onNone: () => Number.POSITIVE_INFINITY,
    onSome: (at) => daysBetween(scope.from, at),
  })

/**
 * Within the cycle by the forecast of totals; beyond it what that forecast leaves of the stable credits, drawn at the rate of a month's
 * forecast, held steady. Without a known allowance nothing is said beyond the cycle: `None` where the median lies there.
 */
export const acrossRefreshes = (
  scope: Scope.Scope,
  within: Depletion,
  outlook: Outlook,
  level: number,
): Option.Option<AcrossRefreshes> => {
  const toRefresh = daysToRefresh(scope)
  const inCycle = (days: number): number => (days <= toRefresh ? days : Number.POSITIVE_INFINITY)
  if (Option.isNone(scope.refresh) || within.latest <= toRefresh) return Option.some({ ...within, steady: false })
  if (Option.isNone(scope.allowance)) {
    if (within.point > toRefresh) return Option.none()
    return Option.some({ ...within, latest: inCycle(within.latest), steady: false })
  }
  const [refresh, allowance] = [scope.refresh.value, scope.allowance.value]
  const refreshes = Array.from({ length: CYCLES_AHEAD }, (_, index) => ({
    startsInDays: daysBetween(refresh, BillingCalendar.addMonths(refresh, index + 1)),
    allowance,
  }))
  const beyond = (days: number, p: number): number => {
    if (days <= toRefresh) return days
    const left = scope.monthly + scope.stable - outlook.cycle.quantile(p)
    const stable = Math.max(0, Math.min(scope.stable, left))
    return toRefresh + DrawDown.days({ monthly: allowance, stable, refreshes }, outlook.month.quantile(p) / MONTH_DAYS)
  }
  return Option.some({
    earliest: beyond(within.earliest, (1 + level) / 2),
    point: beyond(within.point, 0.5),
    latest: beyond(within.latest, (1 - level) / 2),
    steady: true,
  })
}

/** How long the monthly credits last: at most to the refresh, when what is left expires. */
export const monthlyRunway = (
  scope: Scope.Scope,
  depletion: Depletion,
  chance: number,
  level: number,
): Runway.Runway => {
  if (scope.monthly === 0) return { _tag: "Empty" }
  const toRefresh = daysToRefresh(scope)
  if (depletion.point > toRefresh) return { _tag: "LastsCycle", until: after(scope.from, toRefresh), chance }
  if (!Number.isFinite(depletion.point)) return { _tag: "LastsBeyond", until: scope.end }
  const latest = depletion.latest <= toRefresh ? depletion.latest : Number.POSITIVE_INFINITY
  return runsOut(scope.from, { ...depletion, latest }, level, chance)
}

/** How long the credits of both pools last. */
export const creditsRunway = (
  scope: Scope.Scope,
  across: Option.Option<AcrossRefreshes>,
  chance: number,
  level: number,
): Runway.Runway => {
  if (scope.monthly + scope.stable === 0) return { _tag: "Empty" }
  const cycleEnd = Option.getOrElse(scope.refresh, () => scope.end)
  if (Option.isNone(across)) return { _tag: "LastsCycle", until: cycleEnd, chance }
  if (Number.isFinite(across.value.point)) return runsOut(scope.from, across.value, level, chance)
  return {
    _tag: "LastsBeyond",
    until: Option.match(scope.refresh, {
      onNone: () => scope.end,
      onSome: (at) => BillingCalendar.addMonths(at, CYCLES_AHEAD - 1),
    }),
  }
}
