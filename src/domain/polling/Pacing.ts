/** When to look at a balance again, and why then: often where something is about to happen, seldom where nothing can. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Provisional from "../freshness/Provisional.js"
import * as Snapshot from "../history/Snapshot.js"
import * as Usd from "../money/Usd.js"
import * as BillingCalendar from "../runway/BillingCalendar.js"
import type * as OverdraftPolicy from "../runway/OverdraftPolicy.js"
import * as Timestamp from "../time/Timestamp.js"

/** What is known as the next look is chosen. */
export interface Input {
  /** Milliseconds since 1970. */
  readonly now: number
  /** The newest look. */
  readonly snapshot: Snapshot.Snapshot
  /** Whether the newest look may miss work that was just done: `Provisional.isProvisional`. */
  readonly isProvisional: boolean
  /** When the credits are expected to reach zero: `Crossing.fromRate`. */
  readonly crossing: Option.Option<Timestamp.Timestamp>
  /** What happens once the credits are gone, where that is known. */
  readonly overdraft?: OverdraftPolicy.OverdraftPolicy | undefined
}

const Millis = Schema.Positive.pipe(Schema.int())

/** How far apart polls are: whole milliseconds above 0, `soonest <= every <= latest`. */
export const Limits = Schema.Struct({
  /** The time between polls that nothing draws nearer or puts off. */
  every: Millis,
  /** The shortest time between polls; the poll right after a refresh alone may come sooner. */
  soonest: Millis,
  /** The longest time between polls. */
  latest: Millis,
})
/** How far apart polls are. */
export type Limits = typeof Limits.Type

/** Longer spans than a year are taken for a year: the time of a next poll is never out of bounds then. */
const MAX_SPAN_MS = 365 * 86_400_000

const millisOf = (span: Duration.DurationInput): number =>
  Math.min(MAX_SPAN_MS, Math.max(1, Math.ceil(Duration.toMillis(span))))

/** Limits from spans, each no shorter than the one before: `soonest`, `every`, `latest`. None is 0, which would leave no turn to others. */
export const limitsOf = (spans: {
  readonly soonest: Duration.DurationInput
  readonly every: Duration.DurationInput
  readonly latest: Duration.DurationInput
}): Limits => {
  const soonest = millisOf(spans.soonest)
  const every = Math.max(soonest, millisOf(spans.every))
  return { soonest, every, latest: Math.max(every, millisOf(spans.latest)) }
}

/**
 * - `Regular`: `every` is over.
 * - `RefreshPending`: a refresh is due, and no look has shown it yet.
 * - `RefreshNear`: the refresh will just have happened.
 * - `CrossingNear`: the credits are expected to reach zero soon.
 * - `Provisional`: the newest look may miss work that was just done; by then it would be reported.
 * - `NothingChanges`: nothing is left to draw and service stops there, so that only a refresh or a grant can change the balance.
 * - `Retry`: the poll failed.
 */
export const Reason = Schema.Literal(
  "Regular",
  "RefreshPending",
  "RefreshNear",
  "CrossingNear",
  "Provisional",
  "NothingChanges",
  "Retry",
)
/** Why the next poll comes when it does. */
export type Reason = typeof Reason.Type

/** When to look next, in milliseconds since 1970, and why then. */
export interface Next {
  readonly at: number
  readonly reason: Reason
}

/** How long after the moment of a refresh it is looked for, in milliseconds. */
export const REFRESH_LAG = 5_000

/** The time between looks for a pending refresh, at first and at most, in milliseconds. */
export const PENDING_SOONEST = 60_000
export const PENDING_LATEST = 900_000

/** The time between looks for a pending refresh, as a share of how late it is: the time at most is reached when it is 2.5 hours late. */
const PENDING_SHARE = 0.1

/** The time between looks, as a share of what is left until the crossing: half an hour before it, seven and a half minutes. */
const CROSSING_SHARE = 0.25

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(value, most))

/**
 * When to look next: the earliest of what there is a reason for, later than now.
 *
 * - Right after the next refresh ({@link REFRESH_LAG}). Where the body names no time and no contract owns billing, that is the first of the next
 *   calendar month UTC.
 * - For a refresh that is late: every minute at first, then after a tenth of how late it is, at most a quarter of an hour.
 * - Before the expected crossing: after a quarter of what is left until then. Once it has passed and credits are left, the
 *   expectation was wrong: the looks draw apart again, as a quarter of the time since.
 * - After the API's lag, where the newest look is provisional.
 * - Else after `every`; after `latest` where nothing can change.
 *
 * Always from `now + soonest` to `now + latest`, but for the look right after a refresh, which may come sooner. No rule sets it later than that.
 */
export const next = ({ crossing, isProvisional, now, overdraft, snapshot }: Input, limits: Limits): Next => {
  const left = Usd.add(Snapshot.monthly(snapshot), Snapshot.stable(snapshot))
  const isGone = !Usd.isPositive(left)
  const within = (at: number): number => clamp(Math.floor(at), now + limits.soonest, now + limits.latest)
  let best: Next =
    isGone && overdraft?._tag === "Blocked"
      ? { at: now + limits.latest, reason: "NothingChanges" }
      : { at: within(now + limits.every), reason: "Regular" }
  const sooner = (at: number, reason: Reason): void => {
    if (at < best.at) best = { at, reason }
  }
  const refresh = BillingCalendar.nextRefresh(snapshot.balance, snapshot.observedAt, Timestamp.fromMillis(now))
  if (refresh._tag === "Pending") {
    const late = now - refresh.since.epochMillis
    sooner(within(now + clamp(PENDING_SHARE * late, PENDING_SOONEST, PENDING_LATEST)), "RefreshPending")
  }
  if (refresh._tag !== "None") sooner(refresh.at.epochMillis + REFRESH_LAG, "RefreshNear")
  if (Option.isSome(crossing) && !isGone) {
    sooner(within(now + CROSSING_SHARE * Math.abs(crossing.value.epochMillis - now)), "CrossingNear")
  }
  if (isProvisional) sooner(within(snapshot.observedAt.epochMillis + Provisional.LAG), "Provisional")
  return best
}
