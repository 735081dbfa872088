/**
 * When credits run out: paths of usage, one for each probability, drawn from the pools through every refresh from the observation on. What was
 * used between the observation and now is forecast as well.
 */
import * as Option from "effect/Option"
import * as Timestamp from "../time/Timestamp.js"
import * as BillingCalendar from "./BillingCalendar.js"
import * as Distribution from "./Distribution.js"
import * as DrawDown from "./DrawDown.js"
import type { UsageAhead } from "./Forecast.js"
import type * as Runway from "./Runway.js"
import * as Scope from "./Scope.js"

const DAY = 86_400_000

/** Usage since the observation, and usage from now on. */
export interface Outlook {
  readonly sinceObserved: UsageAhead
  readonly fromNow: UsageAhead
}

/** What one path of usage leaves now. */
interface Now {
  readonly pools: DrawDown.Pools
  /** Dollars of usage between the observation and now that no credits covered. */
  readonly uncovered: number
}

/** Days from now until the monthly credits, or all credits, run out on a path; infinite where that is not within the cycle, or 400 days. */
interface RunOut {
  readonly monthly: number
  readonly credits: number
}

/** What becomes of the pools of a scope under an outlook. Every function of `p`, from 0 to 1, is monotone: more is used where `p` is greater. */
export interface Depletion {
  /** Dollars of usage from the observation to `days` from now, at most the next refresh, that no credits cover. */
  readonly uncovered: (days: number, p: number) => number
  /** Days from now until that usage is more than `usd` dollars, up to the next refresh; infinite where that is beyond what is forecast. */
  readonly exceeds: (usd: number, p: number) => number
  readonly monthly: (p: number) => number
  readonly credits: (p: number) => number
}

/** The depletion of a scope's pools. */
export const of = (scope: Scope.Scope, { fromNow, sinceObserved }: Outlook): Depletion => {
  const { age, allowance, pools, refreshes } = scope
  const past = refreshes.filter((days) => days <= age)
  const ahead = refreshes.flatMap((days) => (days > age ? [days - age] : []))

  const nows = new Map<number, Now>()
  const nowOn = (p: number): Now => {
    const known = nows.get(p)
    if (known !== undefined) return known
    let [left, uncovered, used] = [pools, 0, 0]
    for (const [index, until] of [...past, age].entries()) {
      const total = sinceObserved.total(until, p)
      const drawn = DrawDown.draw(left, Math.max(0, total - used))
      left = drawn.pools
      uncovered += drawn.uncovered
      used = total
      if (index < past.length && Option.isSome(allowance)) left = DrawDown.refresh(left, allowance.value)
    }
    const now = { pools: left, uncovered }
    nows.set(p, now)
    return now
  }

  /** Days from now until usage reaches `usd`, in a cycle that ends after `until` days in which usage reaches `total`. */
  const reach = (usd: number, total: number, until: number, p: number): number =>
    total > usd ? Math.min(until, fromNow.reach(usd, p) ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY

  const runOuts = new Map<number, RunOut>()
  const runOutOn = (p: number): RunOut => {
    const known = runOuts.get(p)
    if (known !== undefined) return known
    let left = nowOn(p).pools
    let [start, used] = [0, 0]
    let monthly: number | undefined
    let credits = Number.POSITIVE_INFINITY
    for (const until of [...ahead, BillingCalendar.MAX_HORIZON_DAYS]) {
      const total = fromNow.total(until, p)
      const goneAfter = (usd: number): number => (usd <= 0 ? start : reach(used + usd, total, until, p))
      monthly ??= goneAfter(DrawDown.monthlyLeft(left))
      credits = goneAfter(DrawDown.left(left))
      if (Number.isFinite(credits) || Option.isNone(allowance)) break
      left = DrawDown.refresh(DrawDown.draw(left, Math.max(0, total - used)).pools, allowance.value)
      start = until
      used = total
    }
    const runOut = { monthly: monthly ?? Number.POSITIVE_INFINITY, credits }
    runOuts.set(p, runOut)
    return runOut
  }

  return {
    uncovered: (days, p) => {
      const now = nowOn(p)
      return now.uncovered + DrawDown.draw(now.pools, fromNow.total(days, p)).uncovered
    },
    exceeds: (usd, p) => {
      const now = nowOn(p)
      const room = usd - now.uncovered
      return room < 0 ? 0 : (fromNow.reach(DrawDown.left(now.pools) + room, p) ?? Number.POSITIVE_INFINITY)
    },
    monthly: (p) => runOutOn(p).monthly,
    credits: (p) => runOutOn(p).credits,
  }
}

const after = (now: Timestamp.Timestamp, days: number): Timestamp.Timestamp =>
  Timestamp.fromMillis(now.epochMillis + Math.round(days * DAY))

const within = (now: Timestamp.Timestamp, days: number, limit: number): Timestamp.Timestamp | null =>
  Number.isFinite(days) && days <= limit ? after(now, days) : null

/** The probability that the time is over within so many days. */
const chanceWithin = (time: (p: number) => number, days: number): number =>
  Distribution.chanceAbove((p) => -time(p), -days - 1e-9)

/** What a runway is read off. */
export interface Input {
  readonly scope: Scope.Scope
  readonly now: Timestamp.Timestamp
  readonly depletion: Depletion
  /** Level of the intervals. */
  readonly level: number
  /** Days of history that lie between snapshots: no claim of lasting reaches further ahead. */
  readonly coveredDays: number
}

/** The furthest, in days from now, that credits are said to last where they last beyond what is forecast. */
const claimOf = ({ coveredDays, now, scope }: Input): number =>
  Math.min(
    BillingCalendar.MAX_HORIZON_DAYS,
    Math.max(coveredDays, Option.match(scope.refresh, { onNone: () => 0, onSome: (at) => Scope.daysBetween(now, at) })),
  )

const runsOut = (input: Input, time: (p: number) => number, limit: number): Runway.Runway => {
  const { level, now, scope } = input
  const chanceUntil = Option.getOrElse(scope.refresh, () => scope.end)
  return {
    _tag: "RunsOut",
    at: after(now, time(0.5)),
    earliest: within(now, time((1 + level) / 2), limit),
    latest: within(now, time((1 - level) / 2), limit),
    level,
    chance: chanceWithin(time, Scope.daysBetween(now, chanceUntil)),
  }
}

const lastsCycle = (
  now: Timestamp.Timestamp,
  until: Timestamp.Timestamp,
  time: (p: number) => number,
): Runway.Runway => ({
  _tag: "LastsCycle",
  until,
  chance: chanceWithin(time, Scope.daysBetween(now, until)),
})

const lastsBeyond = (input: Input, time: (p: number) => number): Runway.Runway => {
  const { level, now } = input
  const days = claimOf(input)
  return {
    _tag: "LastsBeyond",
    until: after(now, days),
    chance: chanceWithin(time, days),
    earliest: within(now, time((1 + level) / 2), BillingCalendar.MAX_HORIZON_DAYS),
  }
}

/** The most that the pools can hold now: a refresh since the observation sets the monthly credits to the allowance, which may be 0. */
const mostNow = ({ age, allowance, pools, refreshes }: Scope.Scope): DrawDown.Pools =>
  Option.isSome(allowance) && refreshes.some((days) => days <= age) ? DrawDown.refresh(pools, allowance.value) : pools

/** How long the monthly credits last: at most to the refresh, when what is left expires. */
export const monthlyRunway = (input: Input): Runway.Runway => {
  const { depletion, now, scope } = input
  if (DrawDown.monthlyLeft(mostNow(scope)) === 0) return { _tag: "Empty" }
  const time = depletion.monthly
  const toRefresh = Option.match(scope.refresh, {
    onNone: () => BillingCalendar.MAX_HORIZON_DAYS,
    onSome: (at) => Scope.daysBetween(now, at),
  })
  if (time(0.5) <= toRefresh) return runsOut(input, time, toRefresh)
  return Option.match(scope.refresh, {
    onNone: () => lastsBeyond(input, time),
    onSome: (at) => lastsCycle(now, at, time),
  })
}

/** How long the credits of both pools last, across refreshes where their allowance is known. */
export const creditsRunway = (input: Input): Runway.Runway => {
  const { depletion, now, scope } = input
  if (DrawDown.left(mostNow(scope)) === 0) return { _tag: "Empty" }
  const time = depletion.credits
  if (Number.isFinite(time(0.5))) return runsOut(input, time, BillingCalendar.MAX_HORIZON_DAYS)
  return Option.isSome(scope.refresh) && Option.isNone(scope.allowance)
    ? lastsCycle(now, scope.refresh.value, time)
    : lastsBeyond(input, time)
}
