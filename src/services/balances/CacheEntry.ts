/**
 * What a process caches of the last answers: an entry for each subject and credential, and at which version of the history it was found true, so that
 * the cache never returns what another process has replaced.
 */

import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Subject from "../../domain/balance/Subject.js"
import * as Freshness from "../../domain/freshness/Freshness.js"
import * as Provisional from "../../domain/freshness/Provisional.js"
import * as Account from "../../domain/history/Account.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as SnapshotOrder from "../../domain/history/SnapshotOrder.js"
import { RecentMap } from "../../infra/Memo.js"
import type * as AccountDirectory from "../../infra/store/AccountDirectory.js"
import type * as Answers from "../../infra/store/Answers.js"
import { StoreError } from "../../infra/store/StoreError.js"
import { ZooError } from "../../infra/zoo/ZooError.js"
import { NothingCached } from "../Accounts.js"
import type * as FetchPolicy from "../FetchPolicy.js"
import { Reading, type Revalidating, Warning } from "../Reading.js"
import type { Failures } from "./FailureCache.js"
import type { Fetched } from "./Fetch.js"

/** Errors of getting a balance. Not among them: errors of making the client or of opening the history, which the layers fail with. */
export const GetError = Schema.Union(ZooError, NothingCached, StoreError)
/** Errors of getting a balance. */
export type GetError = typeof GetError.Type

/** Who asks for what, and how. */
export interface Request {
  readonly subject: Subject.Subject
  readonly credential: Redacted.Redacted
  readonly policy: FetchPolicy.FetchPolicy
  readonly includeTotalDue: boolean
  /** The name under which gauges tell of this subject, where it has one. */
  readonly observed: string | undefined
}

/** A request with what it is looked up by. */
export interface Query {
  /** What tells base URL, subject and credential apart: never to be written anywhere. */
  readonly key: string
  readonly holder: AccountDirectory.Holder
  readonly policy: FetchPolicy.FetchPolicy
  readonly includeTotalDue: boolean
}

/** An answer with what is asked of it on every read. */
export interface Entry extends Answers.Answer, Freshness.Kept {
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
export const entryOf = ({ agreedSince, snapshot }: Answers.Answer, key: string, isKept: boolean): Entry => {
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
export const agreedSince = (previous: Answers.Answer | undefined, snapshot: Snapshot.Snapshot): number =>
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
export const fromHistory = (answer: Option.Option<Answers.Answer>, key: string): Entry | undefined =>
  answer._tag === "Some" ? entryOf(answer.value, key, true) : undefined

/** What is known of an answer before a call for another one goes out. */
export interface Before {
  readonly entry: Entry | undefined
  /** When the call was begun, in milliseconds since 1970. */
  readonly since: number
}

/** The entry that answers a query, fresh or not. */
const answerOf = (slot: Slot | undefined, { includeTotalDue }: Query): Entry | undefined =>
  includeTotalDue ? slot?.whole : slot?.newest

/** The slots of one process. */
export class Memory {
  private readonly slots: RecentMap<Slot>
  private readonly answers: Answers.Service
  private readonly failures: Failures

  constructor(answers: Answers.Service, failures: Failures, capacity: number) {
    this.slots = new RecentMap(capacity)
    this.answers = answers
    this.failures = failures
  }

  /** What is remembered of a key, true or not. */
  get(key: string): Slot | undefined {
    return this.slots.get(key)
  }

  /** Forgets a key. */
  forget(key: string): void {
    this.slots.delete(key)
  }

  /**
   * What is known at once: `memory` where the history is as it was, else what the `file` tells; `undefined` where neither has anything, or
   * the file cannot be read now.
   */
  atHand(query: Query): { readonly slot: Slot; readonly from: "memory" | "file" } | undefined {
    const { holder, key } = query
    const [slot, version] = [this.slots.get(key), this.answers.version()]
    if (slot?.version === version) return { slot, from: "memory" }
    const found = this.failures.isRefused(key) ? undefined : this.answers.peek(holder)
    if (found === undefined) return undefined
    const current = this.settle(key, entryOf(found, key, true), version)
    return current && { slot: current, from: "file" }
  }

  /** What the history tells. Its version is asked for first: what is written meanwhile shows in the next one. */
  verify({ holder, key }: Query): Effect.Effect<Slot | undefined, StoreError> {
    return Effect.suspend(() => {
      const version = this.answers.version()
      return Effect.map(this.answers.last(holder), (found) => this.settle(key, fromHistory(found, key), version))
    })
  }

  /** What is known as a call goes out at `since`. */
  before(query: Query, since: number): Before {
    return { entry: answerOf(this.slots.get(query.key), query), since }
  }

  /**
   * The answer that was stored since: another one than was cached before, whatever the clock says. Run often while another process asks; it
   * reads the history only where something was written.
   */
  storedSince(query: Query, { entry: cached, since }: Before): Effect.Effect<Option.Option<Entry>> {
    let readVersion = Number.NaN
    return Effect.suspend(() => {
      const version = this.answers.version()
      // A credential that was refused has to be answered itself: the stored answer may be from before.
      if (version === readVersion || this.failures.isRefused(query.key)) return Effect.succeedNone
      return this.verify(query).pipe(
        Effect.map((slot) => {
          readVersion = version
          return Option.filter(
            Option.fromNullable(answerOf(slot, query)),
            ({ observedAt }) => observedAt >= since && observedAt !== cached?.observedAt,
          )
        }),
        Effect.orElseSucceed(Option.none<Entry>),
      )
    })
  }

  /** Caches an answer that was just fetched. Returns the newest answer: another process may have stored a newer one meanwhile. */
  land(query: Query, { isKept, isNewest, snapshot }: Fetched): Effect.Effect<Entry> {
    return Effect.flatMap(Clock.currentTimeMillis, (now) => {
      const { key } = query
      const before = this.slots.get(key)
      const entry = entryOf({ snapshot, agreedSince: agreedSince(before?.newest, snapshot) }, key, isKept)
      const slot = withEntry(before, entry, now)
      this.slots.set(key, slot)
      const current = isNewest ? Effect.succeed(slot) : Effect.orElseSucceed(this.verify(query), () => slot)
      return Effect.map(current, (found) => {
        const newest = answerOf(found, query)
        return newest !== undefined && isNewer(newest, entry, now) ? newest : entry
      })
    })
  }

  private settle(key: string, found: Entry | undefined, version: number): Slot | undefined {
    const slot = verified(this.slots.get(key), found, version)
    // What memory has is handed out without another look at failures.
    if (slot === undefined || this.failures.isRefused(key)) this.slots.delete(key)
    else this.slots.set(key, slot)
    return slot
  }
}
