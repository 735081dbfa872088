/**
 * When monthly credits are set anew: the cycle that runs, the next refresh and those after it. Invoices close on another clock, which no body
 * tells.
 */
import * as Arr from "effect/Array"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { CustomerBalance } from "../balance/CustomerBalance.js"
import * as Subscription from "../balance/Subscription.js"
import type * as Consumption from "../history/Consumption.js"
import * as Calendar from "../time/Calendar.js"
import type * as Timestamp from "../time/Timestamp.js"

/**
 * - `Next`: the refresh at `at`, after now.
 * - `Pending`: the refresh of `since` is due, and no body has shown it yet; `at` is the one after it.
 * - `None`: a contract owns billing and names no refresh, and the history shows none.
 */
export type NextRefresh = Data.TaggedEnum<{
  Next: { readonly at: Timestamp.Timestamp }
  Pending: { readonly since: Timestamp.Timestamp; readonly at: Timestamp.Timestamp }
  None: {}
}>

/** Constructors and matcher of the three cases. */
export const NextRefresh = Data.taggedEnum<NextRefresh>()

/** The furthest that an analysis looks ahead, in days. A refresh further away counts as not announced. */
export const MAX_HORIZON_DAYS = 400

const DAY = 86_400_000
/** Announced times closer than this to a refresh are of it: they jitter. */
const SAME_REFRESH_MS = DAY / 2
/** How much later than it was due a refresh may be applied. */
const LATE_MS = 2 * DAY
/** A history whose last refresh is longer ago than this shows no monthly rhythm. */
const RHYTHM_MS = 62 * DAY

/** What a schedule is read off. */
export interface Request {
  readonly balance: CustomerBalance
  /** When `balance` was observed, at or before `now`. */
  readonly observedAt: Timestamp.Timestamp
  readonly now: Timestamp.Timestamp
  /** The refreshes that the history shows. @default none */
  readonly refreshes?: ReadonlyArray<Consumption.Refresh> | undefined
}

/** When monthly credits are refreshed. */
export interface Schedule {
  readonly next: NextRefresh
  /** The day of the month of refreshes, 1 to 31; in a shorter month its last day. */
  readonly anchor: number
  /**
   * - `AnchorIsLastDayShown`: refreshes are known on the last days of short months alone; the day of the month may be a later one.
   * - `RefreshFollowsHistory`: no refresh is announced; the next one comes a month after the last one that the history shows.
   * - `RefreshIsFarAway`: the announced refresh is more than 400 days away, and counts as not announced.
   */
  readonly assumes: ReadonlyArray<"AnchorIsLastDayShown" | "RefreshFollowsHistory" | "RefreshIsFarAway">
  /** Where the cycle of the balance begins; `None` where no end of it is known. */
  readonly begin: Option.Option<Timestamp.Timestamp>
}

/** The first time after `after` that is a number of months from `at`, 1 or more. */
const firstAfter = (at: Timestamp.Timestamp, after: Timestamp.Timestamp, anchor: number): Timestamp.Timestamp => {
  let months = Math.max(1, Calendar.monthsBetween(at, after))
  while (DateTime.lessThanOrEqualTo(Calendar.addMonths(at, months, anchor), after)) months++
  return Calendar.addMonths(at, months, anchor)
}

/** The announced time, where it lies within 400 days of the observation. */
const announcedIn = ({ balance: { refresh }, now, observedAt }: Request): Option.Option<Timestamp.Timestamp> =>
  refresh._tag === "RefreshAt" &&
  refresh.at.epochMillis - now.epochMillis <= MAX_HORIZON_DAYS * DAY &&
  observedAt.epochMillis - refresh.at.epochMillis <= MAX_HORIZON_DAYS * DAY
    ? Option.some(refresh.at)
    : Option.none()

/** Where a rhythm is known: the first refresh after the observation, by the announcement or the history. */
const following = (
  request: Request,
  announced: Option.Option<Timestamp.Timestamp>,
  last: Option.Option<Timestamp.Timestamp>,
  anchor: number,
): Option.Option<Timestamp.Timestamp> => {
  const { balance, observedAt } = request
  if (Option.isSome(announced)) {
    const at = announced.value
    // The date of a refresh that the history shows may stay after it.
    const stays =
      DateTime.lessThanOrEqualTo(at, observedAt) &&
      Option.exists(last, (shown) => shown.epochMillis >= at.epochMillis - SAME_REFRESH_MS)
    if (!stays) return announced
    const shown = Option.getOrElse(last, () => at)
    return Option.some(
      firstAfter(at, DateTime.max(observedAt, DateTime.add(shown, { millis: SAME_REFRESH_MS })), anchor),
    )
  }
  const rhythm = Option.filter(last, (at) => observedAt.epochMillis - at.epochMillis <= RHYTHM_MS)
  if (Option.isSome(rhythm)) return Option.some(firstAfter(rhythm.value, observedAt, anchor))
  if (Option.exists(balance.subscription, Subscription.isContract)) return Option.none()
  return Option.some(Calendar.firstOfMonth(observedAt, 1))
}

/** The latest of the days of the month that the times have; a time that is not on the last day of its month tells it alone. */
const anchorOf = (times: Arr.NonEmptyReadonlyArray<Timestamp.Timestamp>): number => {
  const [first] = times
  return Calendar.isLastOfMonth(first) ? Math.max(...times.map(Calendar.dayOfMonth)) : Calendar.dayOfMonth(first)
}

/** When the cycle began that ends at `end`: at the last time the credits were set anew, else a month before, and not before the account. */
const beginOf = (
  { balance, observedAt }: Request,
  shown: ReadonlyArray<Consumption.Refresh>,
  end: Timestamp.Timestamp,
  anchor: number,
): Option.Option<Timestamp.Timestamp> => {
  const monthBefore = Calendar.addMonths(end, -1, anchor)
  const last = shown.at(-1)
  const isOfCycle = last !== undefined && last.at.epochMillis >= monthBefore.epochMillis - LATE_MS
  const isOnTime =
    last !== undefined &&
    DateTime.lessThanOrEqualTo(last.from, monthBefore) &&
    DateTime.lessThanOrEqualTo(monthBefore, last.to)
  const begin = DateTime.max(isOfCycle && !isOnTime ? last.at : monthBefore, balance.createdAt)
  // The end is further away than a month: the month before it has not begun.
  return DateTime.lessThan(observedAt, begin) ? Option.none() : Option.some(begin)
}

/** The schedule of the monthly credits as a body and the history before it tell it. */
export const scheduleOf = (request: Request): Schedule => {
  const { balance, now, observedAt, refreshes = [] } = request
  const announced = announcedIn(request)
  const shown = refreshes.filter(({ at }) => DateTime.lessThanOrEqualTo(at, observedAt))
  const regular = shown.filter(({ by }) => by === "Refresh").map(({ at }) => at)
  const last = Arr.last(regular)
  const times = [...Option.toArray(announced), ...[...regular].reverse()]
  const anchor = Arr.isNonEmptyReadonlyArray(times) ? anchorOf(times) : 1
  const assumes: Array<Schedule["assumes"][number]> = []
  if (times.length > 0 && anchor < 31 && times.every(Calendar.isLastOfMonth)) assumes.push("AnchorIsLastDayShown")
  if (balance.refresh._tag === "RefreshAt" && Option.isNone(announced)) assumes.push("RefreshIsFarAway")
  const next = following(request, announced, last, anchor)
  if (Option.isNone(next)) return { next: NextRefresh.None(), anchor, assumes, begin: Option.none() }
  if (Option.isNone(announced) && times.length > 0 && anchor !== 1) assumes.push("RefreshFollowsHistory")
  const at = next.value
  if (DateTime.lessThan(now, at)) {
    return { next: NextRefresh.Next({ at }), anchor, assumes, begin: beginOf(request, shown, at, anchor) }
  }
  const pending = NextRefresh.Pending({ since: at, at: firstAfter(at, now, anchor) })
  return { next: pending, anchor, assumes, begin: Option.none() }
}

/**
 * The next refresh after `now` as a body observed at `observedAt` tells it, else a month after the last one that the history shows, else the first
 * of the next calendar month, unless a contract owns billing. A refresh that came due since, or is late, is pending: no body has shown it yet.
 */
export const nextRefresh = (
  balance: CustomerBalance,
  observedAt: Timestamp.Timestamp,
  now: Timestamp.Timestamp,
  refreshes?: ReadonlyArray<Consumption.Refresh>,
): NextRefresh => scheduleOf({ balance, observedAt, now, refreshes }).next

/**
 * The times at which monthly credits are set anew from the observation on, oldest first, up to `until`: one that was due when the balance was
 * observed counts as of then.
 */
export const refreshesAfter = (
  { anchor, next }: Schedule,
  observedAt: Timestamp.Timestamp,
  until: Timestamp.Timestamp,
): ReadonlyArray<Timestamp.Timestamp> => {
  if (next._tag === "None") return []
  const first = next._tag === "Pending" ? next.since : next.at
  const times: Array<Timestamp.Timestamp> = []
  let at = DateTime.max(first, observedAt)
  while (DateTime.lessThanOrEqualTo(at, until)) {
    times.push(at)
    at = firstAfter(first, at, anchor)
  }
  return times
}

/** The beginning of the cycle before the one that runs at `now`: 62 days ago where no refresh is known. */
export const previousCycle = (request: Request): Timestamp.Timestamp => {
  const { anchor, begin, next } = scheduleOf(request)
  if (next._tag === "None") return DateTime.subtract(request.now, { millis: RHYTHM_MS })
  const current = Option.getOrElse(begin, () => Calendar.addMonths(next.at, -1, anchor))
  return Calendar.addMonths(current, -1, anchor)
}
