/**
 * How often monthly credits were refreshed between two looks: read off the bodies (the announced time moved on, or monthly credits rose), never
 * off the clock alone, because a refresh that is due may not be applied yet.
 */
import * as Option from "effect/Option"
import * as Subscription from "../balance/Subscription.js"
import * as Usd from "../money/Usd.js"
import * as Calendar from "../time/Calendar.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Assumption from "./Assumption.js"
import * as Snapshot from "./Snapshot.js"

/** From `least` to `most` refreshes, the first of them from `earliest` to `latest`: one moment where the bodies tell it. */
export interface RefreshEvidence {
  readonly least: number
  readonly most: number
  readonly earliest: Timestamp.Timestamp
  readonly latest: Timestamp.Timestamp
  /** Both looks announce it: it happened, whatever the monthly credits did. */
  readonly isAnnounced?: true
  /** The credits of the cycle that ended can have expired already, although those of the next one did not come yet. */
  readonly mayHaveExpired?: true
  /** The rise can be a correction as well, of an earlier balance or of none. */
  readonly mayBeCorrection?: boolean
  /** The later look announces a refresh that was seen before: it can be an older balance. */
  readonly isOlder?: true
  readonly why: string
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** The last refresh that was due: at an announced time, or at a month's first where none was announced. */
export interface LastDue {
  /** When it was due, in milliseconds since 1970. */
  readonly at: number
  /** Whether the monthly credits showed it; else it may still come. */
  readonly isApplied: boolean
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Announced times within this of one another are the same cycle: they jitter. */
const SAME_CYCLE = 12 * HOUR
/** How late after a month's first a refresh without an announced time may still be applied. */
const LATE = 2 * DAY
/** How long after it was due a refresh may be announced as past before the monthly credits show it. */
const SETTLING = DAY
/** Looks closer than this to one another show a late refresh: nobody uses up what it brought before the next one. */
const CLOSE = DAY
/** Looks closer than this show any refresh that lifts the monthly credits. */
const VERY_CLOSE = HOUR / 12
const MONTH = 30.4375 * DAY
const SHORTEST_MONTH = 28 * DAY
/** An announced time that moves by less is not the next month's. */
const SHORTEST_MOVE = 20 * DAY

/** The first of the calendar month of a moment, or of the month so many months later. */
const firstOfMonth = (at: Timestamp.Timestamp, months = 0): number => Calendar.firstOfMonth(at, months).epochMillis

const SHOWN: ReadonlyArray<Assumption.Assumption> = ["RefreshesShow"]

/** None; where no plan is told, its change could have set the monthly credits unseen. */
const never = (
  { balance, observedAt }: Snapshot.Snapshot,
  assumes: ReadonlyArray<Assumption.Assumption> = Option.isSome(balance.subscription) ? Assumption.none : SHOWN,
): RefreshEvidence => ({ least: 0, most: 0, earliest: observedAt, latest: observedAt, why: "", assumes })

/** A time within two looks. What was due after the later one came before that, which shows it: the last millisecond between them at the latest. */
const clampInto = (at: number, a: Snapshot.Snapshot, b: Snapshot.Snapshot): Timestamp.Timestamp => {
  const [from, to] = [a.observedAt.epochMillis, b.observedAt.epochMillis]
  return Timestamp.fromMillis(Math.max(from, at > to ? to - 1 : at))
}

const rises = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): boolean =>
  Usd.lessThan(Snapshot.monthly(a), Snapshot.monthly(b))

/** How many monthly refreshes there can be from `first` on, or from the look `a` on where that is later, up to the look `b`. */
const mostSince = (first: number, a: Snapshot.Snapshot, b: Snapshot.Snapshot): number => {
  const [from, to] = [Math.max(first, a.observedAt.epochMillis), b.observedAt.epochMillis]
  return 1 + Math.max(0, Math.floor((to - from) / SHORTEST_MONTH))
}

/** Whether a refresh that was due at some time before is still to be shown by the monthly credits. */
const isAwaitedAt = (lastDue: Option.Option<LastDue>, at: number): boolean =>
  Option.exists(lastDue, (known) => !known.isApplied && at - known.at < SHORTEST_MONTH)

/** Whether a refresh that was due at a time is one that the monthly credits have shown. */
const wasSeen = (lastDue: Option.Option<LastDue>, at: number): boolean =>
  Option.exists(lastDue, (known) => known.isApplied && Math.abs(known.at - at) <= SAME_CYCLE)

/** Nothing was refreshed yet. Where all that was left is gone soon after the refresh was due, and nothing was drawn after it, it can have expired. */
const notYet = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, due: number, none = never(a)): RefreshEvidence => {
  const late = b.observedAt.epochMillis - due
  const isGone = Usd.isPositive(Snapshot.monthly(a)) && Usd.isZero(Snapshot.monthly(b))
  const isDrawnOn = Usd.lessThan(Snapshot.stable(b), Snapshot.stable(a))
  return isGone && !isDrawnOn && late >= 0 && late <= HOUR ? { ...none, mayHaveExpired: true } : none
}

/** Both snapshots announce the same refresh. */
const byOneDate = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  date: number,
  lastDue: Option.Option<LastDue>,
): RefreshEvidence => {
  const [from, to] = [a.observedAt.epochMillis, b.observedAt.epochMillis]
  const isAwaited = isAwaitedAt(lastDue, to)
  if (rises(a, b)) {
    const isPast = date <= to + SAME_CYCLE
    if (!isAwaited && !isPast) return never(a)
    return {
      least: 1,
      most: 1,
      earliest: isAwaited ? a.observedAt : clampInto(date, a, b),
      latest: b.observedAt,
      why: "monthly credits rose, and a refresh was due",
      assumes: Assumption.none,
    }
  }
  const mayHide = isAwaited && (to - from >= CLOSE || fellToAllowance(a, b))
  return mayHide
    ? {
        least: 0,
        most: 1,
        earliest: a.observedAt,
        latest: b.observedAt,
        why: "a refresh that was due did not show yet, and may have been used up by now",
        assumes: Assumption.none,
      }
    : notYet(a, b, isAwaited ? Option.getOrThrow(lastDue).at : date)
}

/** One of the snapshots announces a refresh that was seen: it can be an older balance than the one before it. */
const byOlder = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): RefreshEvidence =>
  rises(a, b)
    ? {
        least: 0,
        most: 1,
        earliest: a.observedAt,
        latest: b.observedAt,
        why: "the announced time of the next refresh moved on again, and the refresh before it was seen already",
        assumes: Assumption.none,
      }
    : { ...never(a), isOlder: true }

const byAnnouncement = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  before: number,
  after: number,
  lastDue: Option.Option<LastDue>,
): RefreshEvidence => {
  if (Math.abs(after - before) > SHORTEST_MOVE && (wasSeen(lastDue, before) || wasSeen(lastDue, after)))
    return byOlder(a, b)
  if (after - before <= SAME_CYCLE) return byOneDate(a, b, before, lastDue)
  // An announcement that moves before it is due is a new date for the same refresh.
  const isDue = before <= b.observedAt.epochMillis + SAME_CYCLE
  const rose = rises(a, b)
  const isClose = b.observedAt.epochMillis - a.observedAt.epochMillis < CLOSE
  // An early refresh shows as a rise, unless as much as the allowance was left, or it was used up since.
  const mayBeEarly =
    after - before >= SHORTEST_MOVE && !wouldShow(a, b) && (!isClose || !isUntouched(a, b) || isAtAllowance(b))
  if (!isDue && !rose && !mayBeEarly) return never(a)
  const count = Math.min(Math.max(1, Math.round((after - before) / MONTH)), mostSince(before, a, b))
  // So may one that moves by less than a month when it is due.
  const isNewDate = !rose && after - before < SHORTEST_MOVE
  const isSettling = !rose && b.observedAt.epochMillis - before <= SETTLING && !isAtAllowance(b)
  // The new date can come before the new credits.
  if (isSettling && (wouldShow(a, b) || (isClose && isUntouched(a, b)))) return notYet(a, b, before)
  const isDoubtful = isNewDate || isSettling || (!isDue && !rose)
  return {
    least: isDoubtful ? 0 : count,
    most: count,
    ...(isDoubtful ? {} : ANNOUNCED),
    earliest: isDue ? clampInto(before, a, b) : a.observedAt,
    // It may have been applied late: it was pending until then.
    latest: b.observedAt,
    why: isNewDate
      ? "the announced time of the refresh moved by less than a month: refreshed and used, or a new date"
      : isDoubtful
        ? "the announced time of the next refresh moved on, and monthly credits did not rise: refreshed and used, or refreshed late"
        : "the announced time of the next refresh moved on",
    assumes: Assumption.none,
  }
}

/** Whether some monthly credits are left, and as many as before. */
const isUntouched = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): boolean =>
  Usd.isPositive(Snapshot.monthly(b)) && Usd.Equivalence(Snapshot.monthly(a), Snapshot.monthly(b))

const isAtAllowance = (snapshot: Snapshot.Snapshot): boolean =>
  Option.exists(Snapshot.allowance(snapshot), (usd) => !Usd.lessThan(Snapshot.monthly(snapshot), usd))

/** Whether at least nine tenths of the allowance are left. */
const isNearAllowance = (snapshot: Snapshot.Snapshot): boolean =>
  Option.exists(
    Snapshot.allowance(snapshot),
    (usd) => !Usd.lessThan(Snapshot.monthly(snapshot), Usd.scaleBy(usd, 9n, 10n, "HalfEven")),
  )

const ANNOUNCED = { isAnnounced: true } as const

/** Where one look alone announces a refresh, from the time `due` on that it gives for one between them. */
const byOneAnnouncement = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, due: number): RefreshEvidence => {
  if (due > b.observedAt.epochMillis) return never(a)
  const rose = rises(a, b)
  return {
    least: rose ? 1 : 0,
    most: mostSince(due, a, b),
    earliest: clampInto(due, a, b),
    latest: b.observedAt,
    why: rose
      ? "monthly credits rose, and one of the looks announces a refresh between them"
      : "one of the looks announces a refresh between them, and monthly credits did not rise: refreshed and used, or refreshed late",
    assumes: Assumption.none,
  }
}

/**
 * Whether looks that are close together show that no refresh came between them: it would have lifted the monthly credits, which nobody uses up
 * that fast.
 */
const wouldShow = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): boolean =>
  b.observedAt.epochMillis - a.observedAt.epochMillis <= VERY_CLOSE &&
  Option.exists(Snapshot.allowance(b), (usd) => Usd.lessThan(Snapshot.monthly(a), usd))

/** Whether the monthly credits fell from above the allowance to it or below, as a refresh makes them. */
const fellToAllowance = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): boolean =>
  Option.exists(
    Snapshot.allowance(b),
    (usd) => Usd.isPositive(usd) && Usd.lessThan(usd, Snapshot.monthly(a)) && !Usd.lessThan(usd, Snapshot.monthly(b)),
  )

const isContract = (snapshot: Snapshot.Snapshot): boolean =>
  Option.exists(snapshot.balance.subscription, Subscription.isContract)

/** A contract refreshes on terms that no body tells: at any time, and once a month at most. */
const byContract = (a: Snapshot.Snapshot, b: Snapshot.Snapshot): RefreshEvidence => {
  const from = a.observedAt.epochMillis
  const rose = rises(a, b)
  const months = mostSince(from, a, b)
  const noFirst = firstOfMonth(b.observedAt) <= from && !fellToAllowance(a, b)
  if (!rose && months === 1 && (noFirst || wouldShow(a, b))) return never(a, SHOWN)
  return {
    least: rose ? 1 : 0,
    most: months,
    earliest: a.observedAt,
    latest: b.observedAt,
    why: rose
      ? "monthly credits of a contract rose"
      : "a contract tells no time of its refreshes, and one may lie between: refreshed and used, or not refreshed",
    assumes: Assumption.none,
  }
}

const byCalendar = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, lastDue: Option.Option<LastDue>): RefreshEvidence => {
  const [from, to] = [a.observedAt.epochMillis, b.observedAt.epochMillis]
  const rose = rises(a, b)
  const before = firstOfMonth(a.observedAt)
  const isSoon = from - before <= LATE
  const isAwaited = Option.exists(lastDue, (known) => !known.isApplied)
  // Months' firsts in the span: how many, the first and the last of them.
  const count = Calendar.monthsBetween(a.observedAt, b.observedAt)
  const [first, last] = [firstOfMonth(a.observedAt, 1), firstOfMonth(b.observedAt)]
  if (count > 0) {
    if (!rose && wouldShow(a, b)) return notYet(a, b, first, never(a, SHOWN))
    const least = rose ? Math.max(1, to - last <= LATE ? count - 1 : count) : 0
    // The refresh of the month's first before may still have come after the earlier look.
    const isOpen = isSoon && !Option.exists(lastDue, (known) => known.isApplied && known.at === before)
    return {
      least,
      most: count + (isOpen ? 1 : 0),
      earliest: isOpen ? a.observedAt : clampInto(first, a, b),
      latest: b.observedAt,
      why: rose
        ? "monthly credits rose across the first of a month"
        : "the first of a month lies between, and monthly credits did not rise: refreshed and used, or refreshed late",
      assumes: Assumption.none,
    }
  }
  const late = { most: 1, earliest: a.observedAt, latest: b.observedAt, assumes: Assumption.none }
  if (rose && isSoon) return { ...late, least: 1, why: "monthly credits rose soon after the first of a month" }
  if (rose && isAwaited) {
    return { ...late, least: 1, why: "monthly credits rose, and the month's refresh had not been seen" }
  }
  if (isAwaited && ((isSoon && to - from >= CLOSE) || fellToAllowance(a, b))) {
    return { ...late, least: 0, why: "the month's refresh was not seen yet, and may have been used up by now" }
  }
  const isApplied = Option.exists(lastDue, (known) => known.isApplied && known.at === before)
  return isApplied ? never(a) : notYet(a, b, before, never(a, SHOWN))
}

const byDates = (a: Snapshot.Snapshot, b: Snapshot.Snapshot, lastDue: Option.Option<LastDue>): RefreshEvidence => {
  const [before, after] = [a.balance.refresh, b.balance.refresh]
  if (before._tag === "RefreshAt" && after._tag === "RefreshAt") {
    return byAnnouncement(a, b, before.at.epochMillis, after.at.epochMillis, lastDue)
  }
  if (before._tag === "RefreshAt") return byOneAnnouncement(a, b, before.at.epochMillis)
  if (after._tag === "RefreshAt") {
    const last = Calendar.addMonths(after.at, -1).epochMillis
    // The refresh before the announced one lies between the looks, or before them: then it was seen, or is on the calendar.
    if (last > a.observedAt.epochMillis) return byOneAnnouncement(a, b, last)
  }
  return isContract(a) && isContract(b) ? byContract(a, b) : byCalendar(a, b, lastDue)
}

/** What earlier snapshots tell about refreshes. */
export interface Before {
  readonly lastDue: Option.Option<LastDue>
  /** The greatest rise that can undo the falls before it. */
  readonly undoable: Usd.Usd
  /** Whether the plan is another one at the later snapshot, which explains a rise by itself. */
  readonly planChanged: boolean
}

/** Before the first snapshot. */
export const nothingBefore: Before = { lastDue: Option.none(), undoable: Usd.zero, planChanged: false }

/** What two neighbouring snapshots say about refreshes between them, given what earlier ones tell. */
export const between = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  before: Before = nothingBefore,
): RefreshEvidence => {
  const evidence = byDates(a, b, before.lastDue)
  const isWithinAllowance = Option.exists(Snapshot.allowance(b), (usd) => !Usd.lessThan(usd, Snapshot.monthly(b)))
  if (evidence.most > 0 || before.planChanged || !rises(a, b) || !isWithinAllowance) return evidence
  const isUndoing = !Usd.lessThan(before.undoable, Usd.subtract(Snapshot.monthly(b), Snapshot.monthly(a)))
  // Soon after a refresh nearly all of the allowance is left; far below it the balance may have been corrected, or credits given back.
  const isClose = b.observedAt.epochMillis - a.observedAt.epochMillis < CLOSE
  const isDoubtful = isUndoing || (isClose && !isNearAllowance(b))
  return {
    least: isDoubtful ? 0 : 1,
    most: 1,
    ...(isDoubtful ? { mayBeCorrection: true as const } : {}),
    earliest: a.observedAt,
    latest: b.observedAt,
    why: isUndoing
      ? "monthly credits rose by no more than they fell before: an earlier balance was wrong, or a refresh came early"
      : isDoubtful
        ? "monthly credits rose, stayed below the allowance, and no refresh was due: they were corrected, or it came early"
        : "monthly credits rose up to the allowance at most, and no refresh was due: it came early",
    assumes: Assumption.none,
  }
}

/** The last refresh that was due before the snapshot `b`, given the one before `a` and what has come since. */
export const lastDueAt = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  lastDue: Option.Option<LastDue>,
  evidence: RefreshEvidence,
): Option.Option<LastDue> => {
  const [before, after] = [a.balance.refresh, b.balance.refresh]
  if (after._tag === "RefreshAt") {
    const due = before._tag === "RefreshAt" ? before.at.epochMillis : undefined
    if (due !== undefined && wasSeen(lastDue, due)) return lastDue
    const isPassed =
      due !== undefined && after.at.epochMillis - due > SHORTEST_MOVE && due <= b.observedAt.epochMillis + SAME_CYCLE
    if (isPassed) return Option.some({ at: due, isApplied: evidence.least > 0 })
    if (evidence.least > 0) return Option.none()
    return Option.filter(lastDue, (known) => b.observedAt.epochMillis - known.at < SHORTEST_MONTH)
  }
  const first = firstOfMonth(b.observedAt)
  if (evidence.least > 0) return Option.some({ at: first, isApplied: true })
  return first > a.observedAt.epochMillis ? Option.some({ at: first, isApplied: false }) : lastDue
}
