/**
 * Whether the history is what was written and the ledger explains it: the file is whole, every row has its checksum, the balance equation of every
 * entry holds, and usage at rest is what the ledger computes from the snapshots. Changes that only corrections explain are reported with their
 * amounts. Read from the history; the API is never asked.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Account from "../domain/history/Account.js"
import * as Ledger from "../domain/history/Ledger.js"
import * as LedgerCheckpoint from "../domain/history/LedgerCheckpoint.js"
import * as LedgerDay from "../domain/history/LedgerDay.js"
import * as LedgerEvent from "../domain/history/LedgerEvent.js"
import * as Snapshot from "../domain/history/Snapshot.js"
import * as SnapshotOrder from "../domain/history/SnapshotOrder.js"
import * as Usd from "../domain/money/Usd.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import * as EventLoop from "../infra/store/EventLoop.js"
import { FileCare } from "../infra/store/FileCare.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import { StoreBusy, type StoreCorrupt, type StoreError } from "../infra/store/StoreError.js"
import { type StoredDay, UsageStore } from "../infra/store/UsageStore.js"
import * as UsageSeries from "./UsageSeries.js"

/** A row that is not what was written, or that does not follow from the others. */
export const Damage = Schema.Struct({ table: Schema.String, key: Schema.String, what: Schema.String }).annotations({
  identifier: "Damage",
})
/** A row that is not what was written, or that does not follow from the others. */
export type Damage = typeof Damage.Type

/** A balance equation that does not hold, which the ledger never writes: `residual` is what the events leave, where it can be told. */
export const Open = Schema.Struct({
  book: LedgerEvent.Book,
  from: Timestamp.FromText,
  to: Timestamp.FromText,
  residual: Schema.OptionFromNullOr(Usd.FromText),
})
/** A balance equation that does not hold. */
export type Open = typeof Open.Type

const Count = Schema.Int.pipe(Schema.nonNegative())

/**
 * Result for an account: the UTC days with a snapshot, how many of them are sealed by pruning, and the snapshots that were read. Of much damage the
 * first 100 places are reported; of corrections and open equations the first are reported and all are counted.
 */
export const AccountVerification = Schema.Struct({
  account: Account.Account,
  days: Count,
  sealedDays: Count,
  snapshots: Count,
  damage: Schema.Array(Damage),
  pairs: Count,
  corrections: Count,
  firstCorrections: Schema.Array(LedgerEvent.Correction),
  open: Count,
  firstOpen: Schema.Array(Open),
  /** Snapshots that do not count (see `SnapshotOrder`), and the times of the first misdated ones. */
  outdated: Count,
  misdated: Count,
  firstMisdated: Schema.Array(Timestamp.FromText),
}).annotations({ identifier: "AccountVerification" })
/** Result for an account. */
export type AccountVerification = typeof AccountVerification.Type

/** Whether nothing is damaged and every balance equation holds. */
export const isSound = ({ damage, open }: AccountVerification): boolean => damage.length === 0 && open === 0

/** Corrections and open equations of an account that are reported. */
export const MAX_REPORTED = 20

const MAX_DAMAGE = 100

type Correction = typeof LedgerEvent.Correction.Type

const openOf = (entry: Ledger.Entry): ReadonlyArray<Open> =>
  Ledger.residuals(entry).flatMap(({ book, usd }) =>
    Option.exists(usd, Usd.isZero) ? [] : [{ book, from: entry.from, to: entry.to, residual: usd }],
  )

/** Counts what the entries of one account show. */
class Equations {
  private pairs = 0
  private corrections = 0
  private open = 0
  private readonly firstCorrections: Array<Correction> = []
  private readonly firstOpen: Array<Open> = []

  add(entry: Ledger.Entry): void {
    if (entry._tag === "Pools") this.pairs++
    for (const event of entry.events) {
      if (event._tag === "Correction" && event.confidence !== "Possible" && this.corrections++ < MAX_REPORTED)
        this.firstCorrections.push(event)
    }
    for (const open of openOf(entry)) if (this.open++ < MAX_REPORTED) this.firstOpen.push(open)
  }

  found() {
    const { corrections, firstCorrections, firstOpen, open, pairs } = this
    return { pairs, corrections, firstCorrections, open, firstOpen }
  }
}

/** Counts the snapshots of one account that do not count. */
class Standings {
  private recent = SnapshotOrder.start
  private readonly counts = { Current: 0, Misdated: 0, Outdated: 0 }
  private readonly firstMisdated: Array<Timestamp.Timestamp> = []

  add(snapshot: Snapshot.Snapshot): void {
    const [recent, standing] = SnapshotOrder.step(this.recent, snapshot)
    this.recent = recent
    this.counts[standing]++
    if (standing === "Misdated" && this.counts.Misdated <= MAX_REPORTED) this.firstMisdated.push(snapshot.observedAt)
  }

  found() {
    const { counts, firstMisdated } = this
    return { outdated: counts.Outdated, misdated: counts.Misdated, firstMisdated }
  }
}

/** A row that cannot be read, as damage. */
export const unreadable = ({ key, table }: StoreCorrupt): Damage => ({ table, key, what: "it does not read" })

const asDamage = <A, R>(
  effect: Effect.Effect<A, StoreError, R>,
): Effect.Effect<Option.Option<Damage>, Exclude<StoreError, StoreCorrupt>, R> =>
  effect.pipe(
    Effect.as(Option.none<Damage>()),
    Effect.catchTag("StoreCorrupt", (corrupt) => Effect.succeedSome(unreadable(corrupt))),
  )

/** Damage to the file itself: its pages, its indices, its references, and the rows that belong to no single account. */
export const file: Effect.Effect<ReadonlyArray<Damage>, StoreError, FileCare> = Effect.flatMap(
  FileCare,
  (care) => care.check,
).pipe(
  Effect.catchTag("StoreCorrupt", (corrupt) => Effect.succeed([unreadable(corrupt)])),
  Effect.withSpan("Verification.file", { captureStackTrace: false }),
)

const isSamePlace = (a: Damage, b: Damage): boolean => a.table === b.table && a.key === b.key

/** Each damaged place once: a row that many others refer to is found with every one of them. At most 100. */
export const distinct = (damage: ReadonlyArray<Damage>): ReadonlyArray<Damage> =>
  damage.filter((found, index) => damage.findIndex((other) => isSamePlace(other, found)) === index).slice(0, MAX_DAMAGE)

const usageDamage = (day: number, what: string): Damage => ({
  table: "usage_day",
  key: new Date(LedgerDay.startOf(day)).toISOString().slice(0, 10),
  what,
})

/** Days that are read between two turns of the event loop. */
const DAYS_A_TURN = 16

const same = (a: LedgerDay.Ends["closing"], b: LedgerDay.Ends["closing"]): boolean =>
  a === undefined || b === undefined || (a[0] === b[0] && a[1] === b[1])

/** Whether chains of entries follow on from each other, the first from an earlier one. */
const isChained = (before: LedgerDay.Ends | undefined, chains: ReadonlyArray<LedgerDay.Ends>): boolean => {
  let last = before
  for (const chain of chains) {
    if (last !== undefined && (last.to !== chain.from || !same(last.closing, chain.opening))) return false
    last = chain
  }
  return true
}

const levelsOf = (snapshot: Snapshot.Snapshot): LedgerDay.Ends["closing"] => [
  Snapshot.monthly(snapshot).value,
  Snapshot.stable(snapshot).value,
]

const dueOf = ({ balance }: Snapshot.Snapshot): LedgerDay.Ends["closing"] =>
  balance.due._tag === "Due" ? [balance.due.usd.value, 0n] : undefined

/** Whether the usage of a day ends with the balance of its last snapshot that counts. A day in which none counts has no usage. */
const endsWith = (
  pools: LedgerDay.Ends | undefined,
  due: LedgerDay.Ends | undefined,
  previous: Option.Option<Snapshot.Snapshot>,
): boolean =>
  Option.match(previous, {
    onNone: () => pools === undefined && due === undefined,
    onSome: (last) =>
      (pools === undefined || same(pools.closing, levelsOf(last))) &&
      (due === undefined || due.to !== last.observedAt.epochMillis || same(due.closing, dueOf(last))),
  })

/**
 * Checks the stored days of the sealed span, of which nothing else is left: each day with a snapshot is stored, the days follow on from each other,
 * and each ends with the balances of its last snapshot.
 */
const checkSealed = (of: Account.Account, sealedBefore: number, equations: Equations, standings: Standings) =>
  Effect.gen(function* () {
    const [store, usage] = [yield* SnapshotStore, yield* UsageStore]
    const damage: Array<Damage> = []
    if (!Number.isFinite(sealedBefore)) return { days: 0, damage }
    const dayNumbers = new Set<number>()
    const byTimes = new Map<string, Snapshot.Snapshot>()
    const to = Timestamp.fromMillis(LedgerDay.startOf(sealedBefore))
    yield* Stream.runForEach(store.stream(of, { to }), (snapshot) =>
      Effect.sync(() => {
        standings.add(snapshot)
        dayNumbers.add(LedgerDay.dayOf(snapshot.observedAt.epochMillis))
        byTimes.set(`${snapshot.observedAt.epochMillis}/${snapshot.balance.updatedAt.epochMillis}`, snapshot)
      }),
    )
    const days = [...dayNumbers]
    const before: { pools: LedgerDay.Ends | undefined; due: LedgerDay.Ends | undefined } = {
      pools: undefined,
      due: undefined,
    }
    for (let index = 0; index < days.length; index += DAYS_A_TURN) {
      yield* EventLoop.turn
      const batch = days.slice(index, index + DAYS_A_TURN)
      const range = { from: batch[0] ?? 0, to: (batch.at(-1) ?? 0) + 1, version: Ledger.VERSION }
      const stored = new Map((yield* usage.days(of, range)).map((each) => [each.day, each]))
      for (const number of batch) {
        const row = stored.get(number)
        if (row === undefined) {
          damage.push(usageDamage(number, "its usage is not stored, and its snapshots are pruned"))
          continue
        }
        const day = yield* UsageSeries.fromStored(row)
        for (const { entry } of LedgerDay.entries(day)) equations.add(entry)
        const { due, pools } = LedgerDay.ends(day)
        if (!isChained(before.pools, pools) || !isChained(before.due, due)) {
          damage.push(usageDamage(number, "its usage does not follow on from the day before"))
        }
        const [poolsEnd, dueEnd] = [pools.at(-1), due.at(-1)]
        const state = Option.flatMap(Either.getRight(LedgerCheckpoint.decode(row.checkpoint)), (checkpoint) =>
          checkpoint.state(
            Option.flatMap(checkpoint.previous, ({ observedAt, updatedAt }) =>
              Option.fromNullable(byTimes.get(`${observedAt}/${updatedAt}`)),
            ),
          ),
        )
        if (!Option.exists(state, ({ previous }) => endsWith(poolsEnd, dueEnd, previous)))
          damage.push(usageDamage(number, "its usage does not end with the balance of its last snapshot"))
        before.pools = poolsEnd ?? before.pools
        before.due = dueEnd ?? before.due
      }
    }
    return { days: days.length, damage }
  })

/** Folds the snapshots after the seal again, and compares the result with usage at rest. */
const checkOpen = (of: Account.Account, sealedBefore: number, equations: Equations, standings: Standings) =>
  Effect.gen(function* () {
    const [store, usage, series] = [yield* SnapshotStore, yield* UsageStore, yield* UsageSeries.UsageSeries]
    const isSealed = Number.isFinite(sealedBefore)
    const from = isSealed ? Timestamp.fromMillis(LedgerDay.startOf(sealedBefore)) : undefined
    const state =
      from === undefined
        ? Ledger.start
        : yield* Effect.map(
            series.ledger({ account: of, from, until: Timestamp.fromMillis(from.epochMillis - 1) }),
            (ledger) => ledger.state,
          )
    const stored = new Map<number, StoredDay>()
    const all = yield* usage.days(of, {
      from: isSealed ? sealedBefore : Number.MIN_SAFE_INTEGER,
      to: Number.MAX_SAFE_INTEGER,
      version: Ledger.VERSION,
    })
    for (const day of all) stored.set(day.day, day)
    const lastStored = all.at(-1)?.day ?? Number.NEGATIVE_INFINITY
    const fold = new UsageSeries.DayFold(state)
    const damage: Array<Damage> = []
    let [snapshots, days, last] = [0, 0, Number.NaN]
    const compare = (finished: ReturnType<UsageSeries.DayFold["finished"]>): void => {
      if (finished === undefined) return
      days++
      const written = stored.get(finished.day.day)
      stored.delete(finished.day.day)
      // Days are stored without a gap.
      if (written === undefined && finished.day.day < lastStored) {
        damage.push(usageDamage(finished.day.day, "its usage is not stored, and that of a later day is"))
      }
      const computed = UsageSeries.toStored(finished)
      const isSameText =
        written === undefined || (computed.entries === written.entries && computed.checkpoint === written.checkpoint)
      if (!isSameText) damage.push(usageDamage(finished.day.day, "stored usage is not what the ledger computes"))
    }
    const reading = Stream.runForEachChunk(store.stream(of, from === undefined ? {} : { from }), (page) =>
      Effect.sync(() => {
        for (const snapshot of page) {
          snapshots++
          standings.add(snapshot)
          compare(fold.step(snapshot, (entry) => equations.add(entry)))
          last = LedgerDay.dayOf(snapshot.observedAt.epochMillis)
        }
      }),
    )
    const broken = yield* asDamage(reading)
    if (Option.isNone(broken)) {
      compare(fold.finished())
      // A day that was appended to while it was read is stored no more.
      for (const day of stored.keys())
        if (day <= last) damage.push(usageDamage(day, "stored usage of a day without snapshots"))
    }
    return { snapshots, days, damage: [...damage, ...Option.toArray(broken)] }
  })

/** How often an account that others change meanwhile is verified anew. */
const MAX_ATTEMPTS = 10

const verify = (of: Account.Account) =>
  Effect.gen(function* () {
    const [store, usage] = [yield* SnapshotStore, yield* UsageStore]
    const checked = yield* Effect.catchTag(store.check(of), "StoreCorrupt", (corrupt) =>
      Effect.succeed({ snapshots: 0, damage: [unreadable(corrupt)] }),
    )
    const standing = yield* Effect.catchTag(usage.standing(of), "StoreCorrupt", () => Effect.succeedNone)
    const sealedBefore = Option.getOrElse(
      Option.flatMap(standing, (each) => each.sealedBefore),
      () => Number.NEGATIVE_INFINITY,
    )
    const [equations, standings] = [new Equations(), new Standings()]
    const nothing = (corrupt: StoreCorrupt) => Effect.succeed({ snapshots: 0, days: 0, damage: [unreadable(corrupt)] })
    const sealed = yield* Effect.catchTag(checkSealed(of, sealedBefore, equations, standings), "StoreCorrupt", nothing)
    const open = yield* Effect.catchTag(checkOpen(of, sealedBefore, equations, standings), "StoreCorrupt", nothing)
    const after = yield* Effect.catchTag(usage.standing(of), "StoreCorrupt", () => Effect.succeedNone)
    const hasMoved = Option.getOrUndefined(standing)?.epoch !== Option.getOrUndefined(after)?.epoch
    if (hasMoved) return Option.none<AccountVerification>()
    return Option.some({
      account: of,
      days: sealed.days + open.days,
      sealedDays: sealed.days,
      snapshots: checked.snapshots,
      damage: distinct([...checked.damage, ...sealed.damage, ...open.damage]),
      ...equations.found(),
      ...standings.found(),
    })
  })

/** Services that verification reads. */
export type Requirements = SnapshotStore | UsageStore | UsageSeries.UsageSeries

/**
 * Verifies one account; memory does not grow with its history. A row that does not read is damage that was found, and no failure: what follows it
 * is not folded.
 */
export const account = (of: Account.Account): Effect.Effect<AccountVerification, StoreError, Requirements> =>
  verify(of).pipe(
    Effect.flatMap(Option.match({ onNone: () => Effect.fail("Moved" as const), onSome: Effect.succeed })),
    Effect.retry({ while: (error) => error === "Moved", times: MAX_ATTEMPTS }),
    Effect.catchIf(
      (error) => error === "Moved",
      () => new StoreBusy({ operation: "Verification.account" }),
    ),
    Effect.withSpan("Verification.account", { captureStackTrace: false }),
  )

/** Verifies every account of the history, one after the other. */
export const all: Stream.Stream<AccountVerification, StoreError, Requirements> = Stream.unwrap(
  Effect.map(
    Effect.flatMap(SnapshotStore, (store) => store.listAccounts),
    (accounts) => Stream.mapEffect(Stream.fromIterable(accounts), account),
  ),
)
