/**
 * Whether monthly credits were refreshed between two looks: read off the bodies (the announced time moved on, or monthly credits rose
 * beside a month's first), never off the clock alone, because a refresh that is due may not be applied yet.
 */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import * as Subscription from "../balance/Subscription.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Snapshot from "./Snapshot.js"

/**
 * - `None`: no refresh was applied.
 * - `Applied`: `count` refreshes were, the first at `at`, or later where it was overdue.
 * - `Possible`: a month's first lies between and monthly credits did not rise: a refresh and use after it, or a late refresh and no use.
 */
export type RefreshEvidence = Data.TaggedEnum<{
  None: {}
  Applied: { readonly count: number; readonly at: Timestamp.Timestamp; readonly why: string }
  Possible: { readonly count: number; readonly at: Timestamp.Timestamp; readonly why: string }
}>

/** Constructors and matcher of the three cases. */
export const RefreshEvidence = Data.taggedEnum<RefreshEvidence>()

const HOUR = 3_600_000
/** Announced times within this of one another are the same cycle: they jitter. */
const SAME_CYCLE = 12 * HOUR
/** How late after a month's first a refresh without an announced time may still be applied. */
const LATE = 48 * HOUR
const MONTH = 30.4375 * 24 * HOUR

const firstOfNextMonth = (millis: number): number => {
  const date = new Date(millis)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

const firstOfMonth = (millis: number): number => {
  const date = new Date(millis)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
}

/** Months' firsts in `(from, to]`: how many, and the first of them. */
const monthFirsts = (from: number, to: number): { readonly count: number; readonly first: number } => {
  const first = firstOfNextMonth(from)
  if (first > to) return { count: 0, first }
  const [start, end] = [new Date(first), new Date(to)]
  const months = (end.getUTCFullYear() - start.getUTCFullYear()) * 12 + end.getUTCMonth() - start.getUTCMonth()
  return { count: months + 1, first }
}

const clampInto = (at: number, from: number, to: number): Timestamp.Timestamp =>
  Timestamp.fromMillis(Math.min(Math.max(at, from), to))

const byAnnouncement = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, before: number, after: number): RefreshEvidence => {
  if (after - before <= SAME_CYCLE) return RefreshEvidence.None()
  // An announcement that moves before it is due is a new date for the same refresh.
  const due = before <= b.observedAt.epochMillis + SAME_CYCLE
  if (!due && !Usd.lessThan(Snapshot.monthly(a), Snapshot.monthly(b))) return RefreshEvidence.None()
  return RefreshEvidence.Applied({
    count: Math.max(1, Math.round((after - before) / MONTH)),
    at: clampInto(before, a.observedAt.epochMillis, b.observedAt.epochMillis),
    why: "the announced time of the next refresh moved on",
  })
}

const byCalendar = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): RefreshEvidence => {
  const [from, to] = [a.observedAt.epochMillis, b.observedAt.epochMillis]
  const rose = Usd.lessThan(Snapshot.monthly(a), Snapshot.monthly(b))
  const { count, first } = monthFirsts(from, to)
  if (count > 0) {
    const at = Timestamp.fromMillis(first)
    return rose
      ? RefreshEvidence.Applied({ count, at, why: "monthly credits rose across the first of a month" })
      : RefreshEvidence.Possible({
          count,
          at,
          why: "the first of a month lies between, and monthly credits did not rise: refreshed and used, or refreshed late",
        })
  }
  if (rose && from - firstOfMonth(from) <= LATE) {
    return RefreshEvidence.Applied({
      count: 1,
      at: a.observedAt,
      why: "monthly credits rose soon after the first of a month",
    })
  }
  return RefreshEvidence.None()
}

/** A contract refreshes on terms that no body tells: only the rise itself is seen. */
const byRise = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): RefreshEvidence =>
  Usd.lessThan(Snapshot.monthly(a), Snapshot.monthly(b))
    ? RefreshEvidence.Applied({ count: 1, at: b.observedAt, why: "monthly credits of a contract rose" })
    : RefreshEvidence.None()

const isContract = (snapshot: Snapshot.Snapshot): boolean =>
  Option.exists(snapshot.balance.subscription, Subscription.isContract)

/** What two neighbouring looks say about a refresh between them. */
export const between = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): RefreshEvidence => {
  const [before, after] = [a.balance.refresh, b.balance.refresh]
  if (before._tag === "RefreshAt" && after._tag === "RefreshAt") {
    return byAnnouncement(a, b, before.at.epochMillis, after.at.epochMillis)
  }
  return isContract(a) && isContract(b) ? byRise(a, b) : byCalendar(a, b)
}
