/**
 * How often monthly credits were refreshed between two looks: read off the bodies (the announced time moved on, or monthly credits rose), never
 * off the clock alone, because a refresh that is due may not be applied yet.
 */
import * as Option from "effect/Option"
import * as Subscription from "../balance/Subscription.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Assumption from "./Assumption.js"
import * as Snapshot from "./Snapshot.js"

/** From `least` to `most` refreshes, the first of them from `earliest` to `latest`: one moment where the bodies tell it. */
export interface RefreshEvidence {
  readonly least: number
  readonly most: number
  readonly earliest: Timestamp.Timestamp
  readonly latest: Timestamp.Timestamp
  readonly why: string
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** What is known of the refresh of a month whose first, in milliseconds since the epoch, has passed, and that nothing announced. */
export interface LastFirst {
  readonly first: number
  /** It was seen; else it may still come. */
  readonly isApplied: boolean
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Announced times within this of one another are the same cycle: they jitter. */
const SAME_CYCLE = 12 * HOUR
/** How late after a month's first a refresh without an announced time may still be applied. */
const LATE = 2 * DAY
/** Looks closer than this to one another show a late refresh: nobody uses up what it brought before the next one. */
const CLOSE = DAY
const MONTH = 30.4375 * DAY
const SHORTEST_MONTH = 28 * DAY

const firstOfMonth = (millis: number, months = 0): number => {
  const date = new Date(millis)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
}

/** Months' firsts in `(from, to]`: how many, the first and the last of them. */
const monthFirsts = (from: number, to: number): { readonly count: number; readonly first: number; last: number } => {
  const [first, last] = [firstOfMonth(from, 1), firstOfMonth(to)]
  const [start, end] = [new Date(first), new Date(last)]
  const months = (end.getUTCFullYear() - start.getUTCFullYear()) * 12 + end.getUTCMonth() - start.getUTCMonth()
  return { count: months + 1, first, last }
}

const never = (
  { observedAt }: Snapshot.Snapshot,
  assumes: ReadonlyArray<Assumption.Assumption> = Assumption.none,
): RefreshEvidence => ({ least: 0, most: 0, earliest: observedAt, latest: observedAt, why: "", assumes })

const clampInto = (at: number, a: Snapshot.Snapshot, b: Snapshot.Snapshot): Timestamp.Timestamp =>
  at <= a.observedAt.epochMillis
    ? a.observedAt
    : at >= b.observedAt.epochMillis
      ? b.observedAt
      : Timestamp.fromMillis(at)

const byAnnouncement = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, before: number, after: number): RefreshEvidence => {
  if (after - before <= SAME_CYCLE) return never(a)
  // An announcement that moves before it is due is a new date for the same refresh.
  const due = before <= b.observedAt.epochMillis + SAME_CYCLE
  if (!due && !Usd.lessThan(Snapshot.monthly(a), Snapshot.monthly(b))) return never(a)
  const count = Math.max(1, Math.round((after - before) / MONTH))
  // Where it was overdue at the earlier look already, it came at some moment between.
  const overdue = before <= a.observedAt.epochMillis
  const at = clampInto(before, a, b)
  const why = "the announced time of the next refresh moved on"
  return { least: count, most: count, earliest: at, latest: overdue ? b.observedAt : at, why, assumes: Assumption.none }
}

const isContract = (snapshot: Snapshot.Snapshot): boolean =>
  Option.exists(snapshot.balance.subscription, Subscription.isContract)

/** A contract refreshes on terms that no body tells: at any time, and once a month at most. */
const byContract = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): RefreshEvidence => {
  const [from, to] = [a.observedAt.epochMillis, b.observedAt.epochMillis]
  const rose = Usd.lessThan(Snapshot.monthly(a), Snapshot.monthly(b))
  const months = Math.floor((to - from) / SHORTEST_MONTH) + 1
  if (!rose && months === 1 && firstOfMonth(to) <= from) return never(a, ["RefreshesShow"])
  return {
    least: rose ? 1 : 0,
    most: months,
    earliest: a.observedAt,
    latest: b.observedAt,
    why: rose
      ? "monthly credits of a contract rose"
      : "a contract tells no time of its refreshes, and a month's first lies between: refreshed and used, or not refreshed",
    assumes: Assumption.none,
  }
}

const byCalendar = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  lastFirst: Option.Option<LastFirst>,
): RefreshEvidence => {
  const [from, to] = [a.observedAt.epochMillis, b.observedAt.epochMillis]
  const rose = Usd.lessThan(Snapshot.monthly(a), Snapshot.monthly(b))
  const isAwaited = Option.exists(lastFirst, (known) => !known.isApplied)
  const { count, first, last } = monthFirsts(from, to)
  if (count > 0) {
    const at = clampInto(first, a, b)
    const most = count + (isAwaited && from - firstOfMonth(from) <= LATE ? 1 : 0)
    const least = rose ? Math.max(1, to - last <= LATE ? count - 1 : count) : 0
    const why = rose
      ? "monthly credits rose across the first of a month"
      : "the first of a month lies between, and monthly credits did not rise: refreshed and used, or refreshed late"
    return { least, most, earliest: at, latest: at, why, assumes: Assumption.none }
  }
  const before = firstOfMonth(from)
  const isSoon = from - before <= LATE
  const late = { most: 1, earliest: a.observedAt, latest: b.observedAt, assumes: Assumption.none }
  if (rose && isSoon) return { ...late, least: 1, why: "monthly credits rose soon after the first of a month" }
  if (rose && isAwaited)
    return { ...late, least: 1, why: "monthly credits rose, and the month's refresh had not been seen" }
  if (!isSoon) return never(a)
  if (isAwaited && to - from >= CLOSE) {
    return { ...late, least: 0, why: "the month's refresh was not seen yet, and may have been used up by now" }
  }
  const isApplied = Option.exists(lastFirst, (known) => known.isApplied && known.first === before)
  return isApplied ? never(a) : never(a, ["RefreshesShow"])
}

/** What two neighbouring looks say about refreshes between them, given what the earlier ones say of the last month's first before them. */
export const between = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  lastFirst: Option.Option<LastFirst> = Option.none(),
): RefreshEvidence => {
  const [before, after] = [a.balance.refresh, b.balance.refresh]
  if (before._tag === "RefreshAt" && after._tag === "RefreshAt") {
    return byAnnouncement(a, b, before.at.epochMillis, after.at.epochMillis)
  }
  return isContract(a) && isContract(b) ? byContract(a, b) : byCalendar(a, b, lastFirst)
}

/** What is known of the last month's first before the look `b`, given what was known before and what has come since. */
export const lastFirstAt = (
  b: Snapshot.Snapshot,
  lastFirst: Option.Option<LastFirst>,
  evidence: RefreshEvidence,
): Option.Option<LastFirst> => {
  if (b.balance.refresh._tag === "RefreshAt") return Option.none()
  if (evidence.most === 0) return lastFirst
  return Option.some({ first: firstOfMonth(b.observedAt.epochMillis), isApplied: evidence.least > 0 })
}
