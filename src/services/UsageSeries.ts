/**
 * The ledger of an account, day by day: from usage at rest where it is stored, and computed from the snapshots where it is not.
 *
 * It is the one path from stored snapshots to every number: reports, statements, the pace of polling, pruning and verification read it. Days are
 * stored when someone asks and the store can be written, at the end of an import, and before pruning; the running day is always computed.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import type * as Account from "../domain/history/Account.js"
import * as Consumption from "../domain/history/Consumption.js"
import * as Ledger from "../domain/history/Ledger.js"
import * as LedgerCheckpoint from "../domain/history/LedgerCheckpoint.js"
import * as LedgerDay from "../domain/history/LedgerDay.js"
import * as LedgerDayText from "../domain/history/LedgerDayText.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as SnapshotOrder from "../domain/history/SnapshotOrder.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import * as EventLoop from "../infra/store/EventLoop.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import { StoreBusy, StoreCorrupt, type StoreError } from "../infra/store/StoreError.js"
import { type StoredDay, UsageStore } from "../infra/store/UsageStore.js"
import * as Logs from "./Logs.js"
import * as SealedBalance from "./SealedBalance.js"

/** Which part of an account's ledger is asked for. */
export interface Request {
  readonly account: Account.Account
  /** Entries that the ledger closed before the UTC day of this time may be left out. */
  readonly from?: Timestamp.Timestamp | undefined
  /** The ledger of what was observed at or before this time; without it, of everything. */
  readonly until?: Timestamp.Timestamp | undefined
}

/** The ledger of an account up to a time. */
export interface LedgerDays {
  /** The days with a snapshot, oldest first. The last one may be a part of its day. */
  readonly days: ReadonlyArray<LedgerDay.LedgerDay>
  /** Entries that are open at that time: pay as you go since the last known amount due. */
  readonly open: ReadonlyArray<Ledger.Entry>
  /** The state of the ledger at that time; of a time within a sealed day that of the day before. */
  readonly state: Ledger.State
  /** Days before this one are sealed: only their entries and the last snapshot of each are stored. Days since 1970. */
  readonly sealedBefore: number
}

/** Options of a series. */
export interface SeriesRequest extends Request, Consumption.Options {
  /** A snapshot that could not be stored and counts all the same, where it is newer than the stored ones. */
  readonly newest?: Snapshot.Snapshot | undefined
}

/** The ledgers of accounts. */
export interface Service {
  /** The ledger of an account. */
  readonly ledger: (request: Request) => Effect.Effect<LedgerDays, StoreError>
  /** The series of usage of an account. */
  readonly series: (request: SeriesRequest) => Effect.Effect<Consumption.Consumption, StoreError>
  /**
   * The balance of an account at a time: the newest snapshot at or before it. Within a sealed day it is the last stored snapshot before, with the
   * balances that the stored events give.
   */
  readonly balanceAt: (
    account: Account.Account,
    at: Timestamp.Timestamp,
  ) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /** The first balance of an account, which its whole ledger opens with. */
  readonly openingOf: (account: Account.Account) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /**
   * Stores the usage of an account: every UTC day before that of its newest snapshot, and before `before` where that is later (days since
   * 1970). Returns how many days were stored. Does nothing on a store that is open for reading only.
   */
  readonly fill: (
    account: Account.Account,
    options?: { readonly before?: number | undefined },
  ) => Effect.Effect<number, StoreError>
}

/** The ledgers of accounts. */
export class UsageSeries extends Context.Tag("zoo-runway/UsageSeries")<UsageSeries, Service>() {}

/** Snapshots that are read at once. */
const PAGE_SNAPSHOTS = 128

/** Days that are stored in one transaction. */
const MAX_DAYS_AT_ONCE = 32

/** How often a history that others change meanwhile is read anew. */
const MAX_ATTEMPTS = 20

const ONE_MS = { millis: 1 }

/** A day that the ledger has closed, and the state after it. */
interface Finished {
  readonly day: LedgerDay.LedgerDay
  readonly state: Ledger.State
  /** When the day's last snapshot was observed, whether it counts or not; milliseconds since 1970. */
  readonly lastObservedAt: number
}

/** Folds the snapshots of an account into days. */
export class DayFold {
  state: Ledger.State
  private builder: LedgerDay.Builder | undefined
  private lastObservedAt = Number.NaN

  /** Begins after a state. */
  constructor(state: Ledger.State) {
    this.state = state
  }

  /** Takes in the next snapshot, and returns the day before where it begins another one. `onEntry` sees each entry before it is merged. */
  step(snapshot: Snapshot.Snapshot, onEntry?: (entry: Ledger.Entry) => void): Finished | undefined {
    const closedAt = snapshot.observedAt.epochMillis
    const day = LedgerDay.dayOf(closedAt)
    const finished = this.builder !== undefined && this.builder.day !== day ? this.finished() : undefined
    if (this.builder === undefined || finished !== undefined) this.builder = new LedgerDay.Builder(day)
    const [next, entries] = Ledger.step(this.state, snapshot)
    this.state = next
    this.lastObservedAt = closedAt
    for (const entry of entries) {
      onEntry?.(entry)
      this.builder.add(entry, closedAt)
    }
    return finished
  }

  /** The running day, as far as it goes. */
  finished(): Finished | undefined {
    return this.builder && { day: this.builder.build(), state: this.state, lastObservedAt: this.lastObservedAt }
  }
}

/** A day as it is stored. */
export const toStored = ({ day, state }: Finished): StoredDay => ({
  day: day.day,
  version: Ledger.VERSION,
  entries: LedgerDayText.encode(day),
  checkpoint: LedgerCheckpoint.encode(state),
})

const corrupt = (day: number, cause: unknown): StoreCorrupt =>
  new StoreCorrupt({ table: "usage_day", key: new Date(LedgerDay.startOf(day)).toISOString().slice(0, 10), cause })

/** A stored day from its text. */
export const fromStored = ({ day, entries }: StoredDay): Effect.Effect<LedgerDay.LedgerDay, StoreCorrupt> =>
  Either.mapLeft(LedgerDayText.decode(day, entries), (why) => corrupt(day, why))

/** Days that are decoded, or collected, between two turns of the event loop. */
const DAYS_A_TURN = 4

const decodeAll = (stored: ReadonlyArray<StoredDay>): Effect.Effect<ReadonlyArray<LedgerDay.LedgerDay>, StoreCorrupt> =>
  Effect.forEach(stored, (day, index) =>
    index > 0 && index % DAYS_A_TURN === 0 ? Effect.zipRight(EventLoop.turn, fromStored(day)) : fromStored(day),
  )

const make: Effect.Effect<Service, never, SnapshotStore | UsageStore> = Effect.gen(function* () {
  const store = yield* SnapshotStore
  const usage = yield* UsageStore

  /** The state after a stored day, or before the first snapshot. */
  const stateAfter = (account: Account.Account, epoch: string, stored: Option.Option<StoredDay>) =>
    Effect.gen(function* () {
      if (Option.isNone(stored)) return Ledger.start
      const { checkpoint, day } = stored.value
      const read = yield* Either.mapLeft(LedgerCheckpoint.decode(checkpoint), (cause) => corrupt(day, cause))
      const previous = Option.isNone(read.previous)
        ? Option.none<Snapshot.Snapshot>()
        : yield* store.asOf(account, Timestamp.fromMillis(read.previous.value.observedAt))
      const state = read.state(previous)
      if (Option.isSome(state)) return state.value
      yield* unmoved(account, epoch)
      return yield* corrupt(day, "its last snapshot is not stored")
    })

  /** Folds the snapshots from a time on, in pages with a turn of the event loop between them. */
  const foldPages = (
    account: Account.Account,
    fold: DayFold,
    range: { readonly from?: Timestamp.Timestamp; readonly to?: Timestamp.Timestamp },
    onDays: (days: ReadonlyArray<Finished>) => Effect.Effect<void, StoreError | Moved>,
  ) =>
    Effect.gen(function* () {
      let rest = Option.some<{ readonly from?: Timestamp.Timestamp; readonly to?: Timestamp.Timestamp }>(range)
      while (Option.isSome(rest)) {
        const page = yield* store.page(account, { ...rest.value, limit: PAGE_SNAPSHOTS })
        yield* EventLoop.turn
        let isTimeUp = EventLoop.slice()
        for (const snapshot of page.snapshots) {
          const day = fold.step(snapshot)
          if (day !== undefined) yield* onDays([day])
          if (!isTimeUp()) continue
          yield* EventLoop.turn
          isTimeUp = EventLoop.slice()
        }
        rest = page.next as typeof rest
        if (Option.isSome(rest)) yield* EventLoop.turn
      }
    })

  /** Stores days as they are finished, as long as the store takes them; `isOptional`: a store that does not is no failure. */
  const filler = (account: Account.Account, epoch: string, isOptional: boolean) => {
    let waiting: Array<StoredDay> = []
    let lastObservedAt = Number.NaN
    let isOpen = !usage.isReadOnly
    let stored = 0
    const flush: Effect.Effect<void, Moved | StoreError> = Effect.suspend(() => {
      const days = waiting
      waiting = []
      if (days.length === 0 || !isOpen) return Effect.void
      const storing = Effect.flatMap(usage.fill(account, epoch, days, lastObservedAt), (isStored) => {
        if (!isStored) return Effect.fail(MOVED)
        stored += days.length
        return Effect.void
      })
      return isOptional
        ? Effect.catchIf(
            storing,
            (error): error is StoreError => error._tag !== "Moved",
            (cause) => {
              isOpen = false
              return Effect.annotateLogs(
                Effect.logDebug("usage is computed and not stored", cause.message),
                Logs.of("UsageSeries"),
              )
            },
          )
        : storing
    })
    return {
      add: (finished: ReadonlyArray<Finished>): Effect.Effect<void, Moved | StoreError> =>
        Effect.suspend(() => {
          for (const each of finished) {
            if (!isOpen) break
            waiting.push(toStored(each))
            lastObservedAt = each.lastObservedAt
          }
          return waiting.length >= MAX_DAYS_AT_ONCE ? flush : Effect.void
        }),
      flush,
      stored: () => stored,
    }
  }

  /** One attempt, which fails with `Moved` where others changed the history meanwhile. */
  const attempt = ({ account, from, until }: Request, before: number | undefined, mustStore: boolean) =>
    Effect.gen(function* () {
      const version = Ledger.VERSION
      // The first day that is not whole at that time.
      const lastDay = until === undefined ? Number.MAX_SAFE_INTEGER : LedgerDay.dayOf(until.epochMillis + 1)
      const firstDay = mustStore
        ? lastDay
        : from === undefined
          ? Number.MIN_SAFE_INTEGER
          : LedgerDay.dayOf(from.epochMillis)
      const read = yield* usage.read(account, { from: firstDay, to: lastDay + 1, before: lastDay, version })
      if (Option.isNone(read)) return { ledger: NOTHING, stored: 0 }
      const { epoch, last } = read.value
      const sealedBefore = Option.getOrElse(read.value.sealedBefore, () => Number.NEGATIVE_INFINITY)
      const whole = read.value.days.filter(({ day }) => day < lastDay)
      const sealedDay = lastDay < sealedBefore ? read.value.days.find(({ day }) => day === lastDay) : undefined
      const state = yield* stateAfter(account, epoch, last)
      const decoded = yield* decodeAll(whole)
      if (sealedDay !== undefined && until !== undefined) {
        // Of a sealed day the stored entries are all there is.
        const day = yield* fromStored(sealedDay)
        const end = yield* stateAfter(account, epoch, Option.some(sealedDay))
        yield* unmoved(account, epoch)
        const isWhole = Option.exists(end.previous, ({ observedAt }) => DateTime.lessThanOrEqualTo(observedAt, until))
        const part = isWhole ? day : LedgerDay.until(day, until.epochMillis)
        const open = isWhole ? Ledger.finish(end) : SealedBalance.openEntries(state, part)
        const days = day.day < firstDay ? decoded : [...decoded, part]
        return { ledger: { days, open, state, sealedBefore }, stored: 0 }
      }
      const fold = new DayFold(state)
      const computed: Array<LedgerDay.LedgerDay> = []
      const fill = filler(account, epoch, !mustStore)
      yield* foldPages(
        account,
        fold,
        {
          ...Option.match(last, {
            onNone: () => ({}),
            onSome: ({ day }) => ({ from: Timestamp.fromMillis(LedgerDay.startOf(day + 1)) }),
          }),
          ...(until === undefined ? {} : { to: DateTime.add(until, ONE_MS) }),
        },
        (finished) => {
          if (!mustStore) for (const { day } of finished) if (day.day >= firstDay) computed.push(day)
          return fill.add(finished)
        },
      )
      const running = fold.finished()
      if (running !== undefined) {
        if (!mustStore && running.day.day >= firstDay) computed.push(running.day)
        if (before !== undefined && running.day.day < before) yield* fill.add([running])
      }
      yield* fill.flush
      yield* unmoved(account, epoch)
      const ledger: LedgerDays = {
        days: [...decoded, ...computed],
        open: Ledger.finish(fold.state),
        state: fold.state,
        sealedBefore,
      }
      return { ledger, stored: fill.stored() }
    })

  /** Fails where the history changed since an epoch. */
  const unmoved = (account: Account.Account, epoch: string): Effect.Effect<void, Moved | StoreError> =>
    Effect.flatMap(usage.standing(account), (now) =>
      Option.exists(now, (standing) => standing.epoch === epoch) ? Effect.void : Effect.fail(MOVED),
    )

  const retrying = <A>(operation: string, work: Effect.Effect<A, Moved | StoreError>): Effect.Effect<A, StoreError> =>
    work.pipe(
      // Others have their turn before the next attempt.
      Effect.tapErrorTag("Moved", () => EventLoop.turn),
      Effect.retry({ while: (error) => error._tag === "Moved", times: MAX_ATTEMPTS }),
      Effect.catchTag("Moved", () => new StoreBusy({ path: usage.path, operation })),
    )

  const ledger: Service["ledger"] = (request) =>
    Effect.map(retrying("UsageSeries.ledger", attempt(request, undefined, false)), (read) => read.ledger)

  const fill: Service["fill"] = (account, { before } = {}) =>
    usage.isReadOnly
      ? Effect.succeed(0)
      : Effect.map(retrying("UsageSeries.fill", attempt({ account }, before, true)), ({ stored }) => stored)

  const series: Service["series"] = ({ cuts, newest, ...request }) =>
    Effect.gen(function* () {
      const { days, open, sealedBefore, state } = yield* ledger(request)
      const collector = new Consumption.Collector({ cuts })
      for (const [index, day] of days.entries()) {
        if (index > 0 && index % DAYS_A_TURN === 0) yield* EventLoop.turn
        LedgerDay.collect(day, collector)
      }
      const isNewer =
        newest !== undefined &&
        // In the sealed span the state is that of the day before, and every snapshot was stored.
        LedgerDay.dayOf(newest.observedAt.epochMillis) >= sealedBefore &&
        Option.match(state.previous, {
          onNone: () => true,
          onSome: (last) => DateTime.lessThan(last.observedAt, newest.observedAt),
        })
      const [last, closed] = isNewer ? Ledger.step(state, newest) : [state, []]
      for (const entry of [...closed, ...(isNewer ? Ledger.finish(last) : open)]) collector.add(entry)
      return collector.series()
    })

  /** The stored day of a time in the sealed span. */
  const sealedDay = (account: Account.Account, day: number) =>
    Effect.gen(function* () {
      const standing = yield* usage.standing(account)
      const isSealed = Option.exists(standing, ({ sealedBefore }) => Option.exists(sealedBefore, (end) => day < end))
      if (!isSealed) return Option.none<LedgerDay.LedgerDay>()
      const [stored] = yield* usage.days(account, { from: day, to: day + 1, version: Ledger.VERSION })
      return stored === undefined ? Option.none() : Option.some(yield* fromStored(stored))
    })

  const balanceAt: Service["balanceAt"] = (account, at) =>
    Effect.gen(function* () {
      const before = yield* store.asOf(account, at)
      const day = yield* sealedDay(account, LedgerDay.dayOf(at.epochMillis))
      if (Option.isNone(day)) return before
      const { snapshots } = yield* store.page(account, { from: DateTime.add(at, ONE_MS), limit: 1 })
      return SealedBalance.at(day.value, before, Option.fromNullable(snapshots[0]), at.epochMillis)
    })

  const openingOf: Service["openingOf"] = (account) =>
    Effect.gen(function* () {
      const first = yield* Stream.runHead(Stream.filter(store.stream(account), Predicate.not(SnapshotOrder.isMisdated)))
      if (Option.isNone(first)) return first
      const number = LedgerDay.dayOf(first.value.observedAt.epochMillis)
      const day = yield* sealedDay(account, number)
      if (Option.isNone(day)) return first
      const end = Timestamp.fromMillis(LedgerDay.startOf(number + 1) - 1)
      const { state } = yield* ledger({ account, from: end, until: end })
      return Option.some(SealedBalance.opening(day.value, first.value, state))
    })

  const spanned = <A>(name: string, effect: Effect.Effect<A, StoreError>): Effect.Effect<A, StoreError> =>
    Effect.withSpan(effect, `UsageSeries.${name}`, { captureStackTrace: false })

  return {
    ledger: (request) => spanned("ledger", ledger(request)),
    series: (request) => spanned("series", series(request)),
    balanceAt,
    openingOf,
    fill: (account, options) => spanned("fill", fill(account, options)),
  }
})

/** Others changed the history while it was read. */
interface Moved {
  readonly _tag: "Moved"
}
const MOVED: Moved = { _tag: "Moved" }

const NOTHING: LedgerDays = { days: [], open: [], state: Ledger.start, sealedBefore: Number.NEGATIVE_INFINITY }

/** The ledgers of the accounts of a store. */
export const layer: Layer.Layer<UsageSeries, never, SnapshotStore | UsageStore> = Layer.effect(UsageSeries, make)
