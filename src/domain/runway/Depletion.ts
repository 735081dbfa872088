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

/** How the pools fare on one path of usage. */
interface Fate {
  /** The pools now. */
  readonly now: DrawDown.Pools
  /** Dollars of usage between the observation and now that no credits covered. */
  readonly uncovered: number
}

/** Days from now until the monthly credits, or all credits, run out on a path; infinite where that is not within the cycle, or 400 days. */
interface Days {
  readonly monthly: number
  readonly credits: number
}

/** What becomes of the pools of a scope under an outlook. Every function of `p`, from 0 to 1, is monotone: more is used where `p` is greater. */
export interface Depletion {
  /** Dollars of usage from the observation to `days` from now, at most the next refresh, that no credits cover. */
  readonly uncovered: (days: number, p: number) => number
  readonly monthly: (p: number) => number
  readonly credits: (p: number) => number
}

/** The depletion of a scope's pools. */
export const of = (scope: Scope.Scope, { fromNow, sinceObserved }: Outlook): Depletion => {
  const { age, allowance, pools, refreshes } = scope
  const past = refreshes.filter((days) => days <= age)
  const ahead = refreshes.flatMap((days) => (days > age ? [days - age] : []))

  const fates = new Map<number, Fate>()
  const fateOf = (p: number): Fate => {
    const known = fates.get(p)
    if (known !== undefined) return known
    let [now, uncovered, used] = [pools, 0, 0]
    for (const [index, until] of [...past, age].entries()) {
      const total = sinceObserved.total(until, p)
      const drawn = DrawDown.draw(now, Math.max(0, total - used))
      now = drawn.pools
      uncovered += drawn.uncovered
      used = total
      if (index < past.length && Option.isSome(allowance)) now = DrawDown.refresh(now, allowance.value)
    }
    const fate = { now, uncovered }
    fates.set(p, fate)
    return fate
  }

  /** Days from now until usage reaches `usd`, in a cycle that ends after `until` days in which usage reaches `total`. */
  const reach = (usd: number, total: number, until: number, p: number): number =>
    total > usd ? Math.min(until, fromNow.reach(usd, p) ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY

  const walked = new Map<number, Days>()
  const daysOf = (p: number): Days => {
    const known = walked.get(p)
    if (known !== undefined) return known
    let { now } = fateOf(p)
    let [start, used] = [0, 0]
    let monthly: number | undefined
    let credits = Number.POSITIVE_INFINITY
    for (const until of [...ahead, BillingCalendar.MAX_HORIZON_DAYS]) {
      const total = fromNow.total(until, p)
      const goneAfter = (left: number): number => (left <= 0 ? start : reach(used + left, total, until, p))
      monthly ??= goneAfter(DrawDown.monthlyLeft(now))
      credits = goneAfter(DrawDown.left(now))
      if (Number.isFinite(credits) || Option.isNone(allowance)) break
      now = DrawDown.refresh(DrawDown.draw(now, Math.max(0, total - used)).pools, allowance.value)
      start = until
      used = total
    }
    const days = { monthly: monthly ?? Number.POSITIVE_INFINITY, credits }
    walked.set(p, days)
    return days
  }

  return {
    uncovered: (days, p) => {
      const { now, uncovered } = fateOf(p)
      return uncovered + DrawDown.draw(now, fromNow.total(days, p)).uncovered
    },
    monthly: (p) => daysOf(p).monthly,
    credits: (p) => daysOf(p).credits,
  }
}

const after = (now: Timestamp.Timestamp, days: number): Timestamp.Timestamp =>
  Timestamp.fromMillis(now.epochMillis + Math.round(days * DAY))

const within = (now: Timestamp.Timestamp, days: number, limit: number): Timestamp.Timestamp | null =>
  Number.isFinite(days) && days <= limit ? after(now, days) : null

/** The probability that the time is over within so many days. */
const chanceWithin = (time: (p: number) => number, days: number): number =>
  Distribution.chanceAbove((p) => -time(p), -days - 1e-9)

/** What a runway is told of. */
export interface Question {
  readonly scope: Scope.Scope
  readonly now: Timestamp.Timestamp
  readonly depletion: Depletion
  /** Level of the intervals. */
  readonly level: number
  /** Days of history that lie between snapshots: no claim of lasting reaches further ahead. */
  readonly coveredDays: number
}

/** The furthest, in days from now, that credits are said to last where they last beyond what is forecast. */
const claimOf = ({ coveredDays, now, scope }: Question): number =>
  Math.min(
    BillingCalendar.MAX_HORIZON_DAYS,
    Math.max(coveredDays, Option.match(scope.refresh, { onNone: () => 0, onSome: (at) => Scope.daysBetween(now, at) })),
  )

const runsOut = (question: Question, time: (p: number) => number, limit: number): Runway.Runway => {
  const { level, now, scope } = question
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

const lastsBeyond = (question: Question, time: (p: number) => number): Runway.Runway => {
  const { level, now } = question
  const days = claimOf(question)
  return {
    _tag: "LastsBeyond",
    until: after(now, days),
    chance: chanceWithin(time, days),
    earliest: within(now, time((1 + level) / 2), BillingCalendar.MAX_HORIZON_DAYS),
  }
}

const isRefreshed = ({ age, allowance, refreshes }: Scope.Scope): boolean =>
  Option.isSome(allowance) && refreshes.some((days) => days <= age)

/** How long the monthly credits last: at most to the refresh, when what is left expires. */
export const monthlyRunway = (question: Question): Runway.Runway => {
  const { depletion, now, scope } = question
  if (!isRefreshed(scope) && DrawDown.monthlyLeft(scope.pools) === 0) return { _tag: "Empty" }
  const time = depletion.monthly
  const toRefresh = Option.match(scope.refresh, {
    onNone: () => BillingCalendar.MAX_HORIZON_DAYS,
    onSome: (at) => Scope.daysBetween(now, at),
  })
  if (time(0.5) <= toRefresh) return runsOut(question, time, toRefresh)
  return Option.match(scope.refresh, {
    onNone: () => lastsBeyond(question, time),
    onSome: (at) => lastsCycle(now, at, time),
  })
}

/** How long the credits of both pools last, across refreshes where their allowance is known. */
export const creditsRunway = (question: Question): Runway.Runway => {
  const { depletion, now, scope } = question
  if (!isRefreshed(scope) && DrawDown.left(scope.pools) === 0) return { _tag: "Empty" }
  const time = depletion.credits
  if (Number.isFinite(time(0.5))) return runsOut(question, time, BillingCalendar.MAX_HORIZON_DAYS)
  return Option.isSome(scope.refresh) && Option.isNone(scope.allowance)
    ? lastsCycle(now, scope.refresh.value, time)
    : lastsBeyond(question, time)
}
