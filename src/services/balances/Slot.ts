/**
 * What a cache remembers of one key: the last answers to one credential about one subject, and at which version of the history that was
 * found true.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import type * as Option from "effect/Option"
import * as Freshness from "../../domain/freshness/Freshness.js"
import * as Provisional from "../../domain/freshness/Provisional.js"
import * as Account from "../../domain/history/Account.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as SnapshotOrder from "../../domain/history/SnapshotOrder.js"
import type { Answer } from "../../infra/store/Answers.js"
import type { ZooError } from "../../infra/zoo/ZooError.js"
import { Reading, type Revalidating, Warning } from "../Reading.js"

/** An answer with what is asked of it on every read. */
export interface Entry extends Answer, Freshness.Kept {
  /** Whether it tells the amount due. */
  readonly isWhole: boolean
  /** Whether the history has it. One that could not be kept lives in memory alone. */
  readonly isKept: boolean
}

/** What is remembered of a key. */
export interface Slot {
  /** The history's version when it was read last; `NaN`, which equals nothing, where it is to be read again. */
  readonly version: number
  readonly newest: Entry
  /** The newest answer that tells the amount due. */
  readonly whole: Entry | undefined
}

/** An entry of an answer. */
export const entryOf = ({ agreedSince, snapshot }: Answer, key: string, isKept: boolean): Entry => {
  const { balance, observedAt } = snapshot
  return {
    snapshot,
    agreedSince,
    observedAt: observedAt.epochMillis,
    refreshAt: balance.refresh._tag === "RefreshAt" ? balance.refresh.at.epochMillis : undefined,
    draw: Freshness.drawOf(observedAt.epochMillis, key),
    isWhole: balance.due._tag === "Due",
    isKept,
  }
}

/** Since when looks agree, once `snapshot` follows what was answered before. */
export const agreedSince = (previous: Answer | undefined, snapshot: Snapshot.Snapshot): number =>
  previous !== undefined &&
  previous.snapshot.observedAt.epochMillis < snapshot.observedAt.epochMillis &&
  Snapshot.agrees(previous.snapshot, snapshot)
    ? previous.agreedSince
    : snapshot.observedAt.epochMillis

/** Whether an entry is an older answer of the server than one that was observed within the hour before it. */
const isOutdatedBy = (entry: Entry, other: Entry): boolean => {
  const [before, after] = [other.snapshot, entry.snapshot]
  const millis = after.observedAt.epochMillis - before.observedAt.epochMillis
  return (
    millis >= 0 &&
    millis <= SnapshotOrder.COMPARED_MS &&
    DateTime.lessThan(after.balance.updatedAt, before.balance.updatedAt) &&
    !SnapshotOrder.isMisdated(before)
  )
}

/**
 * Whether an entry is newer than another one at `now`: it was observed later and is not outdated, or the other one is outdated beside it. One of
 * the future, because the clock was set back, is not.
 */
export const isNewer = (entry: Entry, than: Entry, now: number): boolean =>
  entry.observedAt <= now &&
  (entry.observedAt > than.observedAt ? !isOutdatedBy(entry, than) : isOutdatedBy(than, entry))

/**
 * A slot with an answer that was just fetched, which replaces none that is newer: another call may have ended before this one. It is read from
 * the history next time, where other processes may have stored a newer one.
 */
export const withEntry = (slot: Slot | undefined, entry: Entry, now: number): Slot => {
  const newerOf = (cached: Entry | undefined): Entry =>
    cached !== undefined && isNewer(cached, entry, now) ? cached : entry
  return {
    version: Number.NaN,
    newest: newerOf(slot?.newest),
    whole: entry.isWhole ? newerOf(slot?.whole) : slot?.whole,
  }
}

const isUnkeptAfter = (entry: Entry | undefined, than: Entry | undefined): entry is Entry =>
  entry !== undefined &&
  !entry.isKept &&
  (than === undefined || (entry.observedAt > than.observedAt && !isOutdatedBy(entry, than)))

/**
 * A slot as the history, read at `version`, has it. What was remembered and is not in the history any more is forgotten, but for an answer
 * that could not be kept and is newer.
 */
export const verified = (slot: Slot | undefined, found: Entry | undefined, version: number): Slot | undefined => {
  const newest = isUnkeptAfter(slot?.newest, found) ? slot.newest : found
  if (newest === undefined) return undefined
  if (newest.isWhole) return { version, newest, whole: newest }
  const before = slot?.whole
  // The history knows this holder still, so what it told before is still its.
  const isStill =
    before !== undefined &&
    Account.equals(before.snapshot.account, newest.snapshot.account) &&
    (!before.isKept || found !== undefined) &&
    before.observedAt <= newest.observedAt
  return { version, newest, whole: isStill ? before : undefined }
}

/** An entry, and what it may be used for. */
export interface Candidate {
  readonly entry: Entry
  readonly freshness: Freshness.Freshness
}

/**
 * What a slot has for whom asks with or without the amount due. Where it was asked for and the newest answer does not tell it, an older one
 * that does may still be fresh; else the newest is something to fall back on.
 */
export const candidate = (
  { newest, whole }: Slot,
  withTotalDue: boolean,
  limits: Freshness.Limits,
  now: number,
): Candidate => {
  if (!withTotalDue || newest === whole) return { entry: newest, freshness: Freshness.of(newest, limits, now) }
  const told = whole && Freshness.of(whole, limits, now)
  if (whole !== undefined && (told === "Fresh" || told === "Revalidate")) return { entry: whole, freshness: told }
  const freshness = Freshness.of(newest, limits, now)
  return { entry: newest, freshness: freshness === "Unusable" ? freshness : "Fallback" }
}

const NO_WARNINGS: ReadonlyArray<Warning> = []

const isProvisional = (entry: Entry, now: number): boolean => Provisional.isProvisional(entry, now)

const ageOf = ({ observedAt }: Entry, now: number): Duration.Duration => Duration.millis(Math.max(0, now - observedAt))

// Handed out time and again, so made once an entry.
const provisional = new WeakMap<Entry, Reading>()
const firm = new WeakMap<Entry, Reading>()

/** A cached entry as a fresh reading; `failed` is why the API did not answer when it was asked for a newer one. */
export const fresh = (entry: Entry, now: number, failed?: ZooError): Reading => {
  const isNew = isProvisional(entry, now)
  if (failed !== undefined) {
    const warnings = [Warning.NotRefreshed({ cause: failed })]
    return Reading.Fresh({ snapshot: entry.snapshot, warnings, isProvisional: isNew })
  }
  const readings = isNew ? provisional : firm
  const known = readings.get(entry)
  if (known !== undefined) return known
  const reading = Reading.Fresh({ snapshot: entry.snapshot, warnings: NO_WARNINGS, isProvisional: isNew })
  readings.set(entry, reading)
  return reading
}

/** An entry that was just fetched. */
export const fetched = (entry: Entry, warnings: ReadonlyArray<Warning>, now: number): Reading =>
  Reading.Fresh({ snapshot: entry.snapshot, warnings, isProvisional: isProvisional(entry, now) })

/** An entry in place of a newer one. */
export const stale = (
  entry: Entry,
  cause: ZooError | Revalidating,
  warnings: ReadonlyArray<Warning>,
  now: number,
): Reading =>
  Reading.Stale({
    snapshot: entry.snapshot,
    warnings,
    isProvisional: isProvisional(entry, now),
    age: ageOf(entry, now),
    cause,
  })

/** An entry where the API was not to be asked. */
export const offline = (entry: Entry, now: number): Reading =>
  Reading.Offline({
    snapshot: entry.snapshot,
    warnings: NO_WARNINGS,
    isProvisional: isProvisional(entry, now),
    age: ageOf(entry, now),
  })

/** The entry of what the history tells of a holder. */
export const fromHistory = (answer: Option.Option<Answer>, key: string): Entry | undefined =>
  answer._tag === "Some" ? entryOf(answer.value, key, true) : undefined
