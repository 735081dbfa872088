/**
 * Stores snapshots in an open file.
 *
 * The common case is a snapshot after the newest one of its account: one INSERT. What that takes is cached for each account (its id, its newest
 * row, its seal and the end of its stored usage) for as long as no other connection writes. A snapshot before that end also removes the stored
 * usage from its UTC day on, and raises the account's epoch.
 */
import * as Either from "effect/Either"
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type { Holder } from "../AccountDirectory.js"
import * as Canonical from "../Canonical.js"
import * as Limits from "../Limits.js"
import type { Outcome, Refused } from "../SnapshotStore.js"
import { StoreOutOfRange, StorePruned } from "../StoreError.js"
import * as Accounts from "./AccountTable.js"
import type { BillingTable } from "./BillingTable.js"
import type * as Driver from "./Driver.js"
import * as FileHeader from "./FileHeader.js"
import type { HolderTable } from "./HolderTable.js"
import * as Migrations from "./Migrations.js"
import * as Plans from "./PlanTable.js"
import * as SnapshotRow from "./SnapshotRow.js"
import type { SnapshotTable } from "./SnapshotTable.js"
import type { UsageTable } from "./UsageTable.js"

/** Milliseconds of a UTC day. */
export const DAY = 86_400_000

/** The UTC day of a time in milliseconds: days since 1970. */
export const dayOf = (millis: number): number => Math.floor(millis / DAY)

/** The tables that snapshots are stored in. */
export interface RowTables {
  readonly accounts: Accounts.AccountTable
  readonly plans: Plans.PlanTable
  readonly snapshots: SnapshotTable
  readonly usage: UsageTable
  readonly holders: HolderTable
}

/** Everything that works on the rows of an open file. */
export interface Tables extends RowTables {
  readonly billing: BillingTable
  readonly database: Driver.Database
  readonly writer: SnapshotWriter
}

/** The end of an account's history. */
interface Tail {
  readonly id: number
  /** UTC day before which nothing is stored any more. */
  readonly sealedBefore: number
  /** The last UTC day with stored usage, or a later one. */
  usageUntil: number
  newest: SnapshotRow.Row | undefined
  /** The plan stored last, and its id. */
  plan: Plans.Plan | undefined
  planId: number
  /** The transaction that it was used in last, and the time of the newest row before it. */
  transaction: number
  newestBefore: number
  /** The first UTC day that this transaction changed other than at the end. */
  changedFrom: number
}

const outcomes = {
  appended: { _tag: "Appended" },
  extended: { _tag: "Extended" },
  late: { _tag: "Late" },
  duplicate: { _tag: "Duplicate" },
} as const satisfies Record<string, Outcome>

const refused = (error: Refused["error"]): Refused => ({ _tag: "Refused", error })

const MAX_CACHED = 4096

/** Stores snapshots. Every method runs within a transaction that writes. */
export class SnapshotWriter {
  private readonly path: string | undefined
  private readonly database: Driver.Database
  private readonly tables: RowTables
  private readonly dataVersion
  private readonly tails = new Map<string, Tail>()
  /** The tails that this transaction changed other than at their ends. */
  private readonly changed: Array<Tail> = []
  private version: number | undefined
  private transaction = 0

  constructor(path: string | undefined, database: Driver.Database, tables: RowTables) {
    this.path = path
    this.database = database
    this.tables = tables
    this.dataVersion = database.prepare<[], number>("PRAGMA data_version").pluck()
  }

  /** Forgets what it cached: after a rollback, and after a change of the tables that it did not make. */
  forgetCaches(): void {
    this.tails.clear()
    this.changed.length = 0
    this.tables.plans.forgetAll()
    this.tables.holders.forgetCaches()
    this.version = undefined
  }

  /**
   * Forgets what it cached where another connection wrote meanwhile. Runs first in each transaction that writes rows.
   *
   * @throws StoreNewerVersion where a newer version of the library migrated the file meanwhile.
   */
  refresh(): void {
    const version = this.dataVersion.get()
    if (version === this.version) return
    FileHeader.versionOf(this.path, FileHeader.ofDatabase(this.database), Migrations.VERSION)
    this.tails.clear()
    this.tables.plans.forgetIds()
    this.tables.holders.forgetCaches()
    this.version = version
  }

  /** Stores a snapshot and, unless it is refused, notes that it answered a holder. */
  append(operation: string, snapshot: Snapshot.Snapshot, answered: Holder | undefined): Outcome {
    this.begin()
    const outcome = this.put(operation, snapshot)
    this.end()
    if (answered !== undefined && outcome._tag !== "Refused") {
      this.tables.holders.noteAnswer(answered, snapshot.observedAt.epochMillis)
    }
    return outcome
  }

  /** Stores snapshots, one result for each. */
  appendAll(operation: string, snapshots: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<Outcome> {
    this.begin()
    const results = isOrdered(snapshots)
      ? snapshots.map((snapshot) => this.put(operation, snapshot))
      : this.putUnordered(operation, snapshots)
    this.end()
    return results
  }

  private begin(): void {
    this.refresh()
    this.transaction++
  }

  /** Removes usage that was computed from a history that is now another one. */
  private end(): void {
    if (this.changed.length === 0) return
    for (const tail of this.changed) {
      this.tables.usage.removeFrom(tail.id, tail.changedFrom)
      this.tables.accounts.raiseEpoch(tail.id)
      tail.usageUntil = Math.min(tail.usageUntil, tail.changedFrom - 1)
      tail.changedFrom = Number.POSITIVE_INFINITY
    }
    this.changed.length = 0
  }

  /** Stores snapshots oldest first, so that most are appended, with the results of the given order. */
  private putUnordered(operation: string, snapshots: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<Outcome> {
    const bytes = new Map<Snapshot.Snapshot, Buffer>()
    const bytesOf = (snapshot: Snapshot.Snapshot): Buffer => {
      const cached = bytes.get(snapshot) ?? Canonical.bytes(snapshot)
      bytes.set(snapshot, cached)
      return cached
    }
    const results: Array<Outcome> = new Array(snapshots.length)
    const order = Array.from(snapshots.keys()).sort((a, b) =>
      Canonical.compare(snapshots[a] as Snapshot.Snapshot, snapshots[b] as Snapshot.Snapshot, bytesOf),
    )
    for (const index of order) results[index] = this.put(operation, snapshots[index] as Snapshot.Snapshot)
    const newest = new Map<string, number>()
    for (const [index, { account, observedAt }] of snapshots.entries()) {
      const outcome = results[index] as Outcome
      if (outcome._tag === "Refused") continue
      const key = Accounts.keyOf(account)
      const before = newest.get(key) ?? this.tails.get(key)?.newestBefore ?? Number.NEGATIVE_INFINITY
      if (outcome._tag !== "Duplicate" && observedAt.epochMillis < before) results[index] = outcomes.late
      newest.set(key, Math.max(before, observedAt.epochMillis))
    }
    return results
  }

  private put(operation: string, snapshot: Snapshot.Snapshot): Outcome {
    const { account, balance, observedAt } = snapshot
    const key = Accounts.keyOf(account)
    const cached = this.tails.get(key)
    const field = Limits.invalidField(snapshot, cached !== undefined)
    if (field !== undefined) return refused(new StoreOutOfRange({ operation, field }))
    const isPlanKnown = cached?.plan !== undefined && Plans.equivalence(cached.plan, balance)
    const plan = isPlanKnown ? undefined : Plans.encode(balance)
    if (plan !== undefined && Either.isLeft(plan)) return refused(new StoreOutOfRange({ operation, field: "plan" }))
    const tail = cached ?? this.load(key, account)
    if (tail.transaction !== this.transaction) {
      tail.transaction = this.transaction
      tail.newestBefore = tail.newest?.[SnapshotRow.OBSERVED_AT] ?? Number.NEGATIVE_INFINITY
    }
    const isSealed = dayOf(observedAt.epochMillis) < tail.sealedBefore
    if (plan !== undefined) {
      const id = isSealed ? this.tables.plans.find(plan.right) : this.tables.plans.idOf(plan.right)
      if (id === undefined) return pruned(operation, tail)
      tail.plan = balance
      tail.planId = id
    }
    const row = SnapshotRow.encode(tail.id, tail.planId, snapshot)
    const { newest } = tail
    if (newest !== undefined && row[SnapshotRow.OBSERVED_AT] <= newest[SnapshotRow.OBSERVED_AT]) {
      return this.putAmong(operation, tail, row, snapshot)
    }
    if (isSealed) return pruned(operation, tail)
    this.tables.snapshots.insert(SnapshotRow.seal(row, 0))
    tail.newest = row
    if (dayOf(row[SnapshotRow.OBSERVED_AT]) <= tail.usageUntil) this.change(tail, row)
    return newest !== undefined && SnapshotRow.agrees(newest, row) ? outcomes.extended : outcomes.appended
  }

  /** Stores a snapshot that was not observed after the newest one, in its place. */
  private putAmong(operation: string, tail: Tail, row: SnapshotRow.Row, snapshot: Snapshot.Snapshot): Outcome {
    const { snapshots } = this.tables
    const [, observedAt, updatedAt] = row
    const last = snapshots.lastOfTimes(tail.id, observedAt, updatedAt)
    const isAfterLast = last === undefined || this.compare(snapshot, last) > 0
    const stored = isAfterLast ? [] : snapshots.ofTimes(tail.id, observedAt, updatedAt).map(SnapshotRow.fromRaw)
    if (stored.some((each) => SnapshotRow.isSame(each, row))) return outcomes.duplicate
    if (dayOf(observedAt) < tail.sealedBefore) return pruned(operation, tail)
    if (isAfterLast) {
      snapshots.insert(SnapshotRow.seal(row, last === undefined ? 0 : Number(last[SnapshotRow.NTH]) + 1))
    } else this.insertAmong(stored, row, snapshot)
    this.change(tail, row)
    const newest = tail.newest?.[SnapshotRow.OBSERVED_AT] ?? observedAt
    if (observedAt < newest) return outcomes.late
    tail.newest = this.lastOf(tail.id)
    return outcomes.appended
  }

  /** Inserts a row before the last one of its times. */
  private insertAmong(stored: ReadonlyArray<SnapshotRow.Row>, row: SnapshotRow.Row, snapshot: Snapshot.Snapshot): void {
    let [low, high] = [0, stored.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.compare(snapshot, (stored[middle] as SnapshotRow.Row).map(toRaw)) > 0) low = middle + 1
      else high = middle
    }
    const place = (stored[low] as SnapshotRow.Row)[SnapshotRow.NTH]
    for (const each of stored.slice(low).reverse()) this.tables.snapshots.move(each, each[SnapshotRow.NTH] + 1)
    this.tables.snapshots.insert(SnapshotRow.seal(row, place))
  }

  /** Compares a snapshot with a stored one of the same account and times. */
  private compare(snapshot: Snapshot.Snapshot, row: SnapshotRow.RawRow): number {
    return Canonical.compare(snapshot, this.tables.snapshots.decoder(snapshot.account).decode(row))
  }

  /** Notes that the history changed other than at its end. */
  private change(tail: Tail, row: SnapshotRow.Row): void {
    if (tail.changedFrom === Number.POSITIVE_INFINITY) this.changed.push(tail)
    tail.changedFrom = Math.min(tail.changedFrom, dayOf(row[SnapshotRow.OBSERVED_AT]))
  }

  private load(key: string, account: Account.Account): Tail {
    const { accounts, usage } = this.tables
    const { id, sealedBefore } = accounts.known(account) ?? accounts.add(account)
    const newest = this.lastOf(id)
    const tail: Tail = {
      id,
      sealedBefore: sealedBefore ?? Number.NEGATIVE_INFINITY,
      usageUntil: usage.lastDay(id) ?? Number.NEGATIVE_INFINITY,
      newest,
      plan: undefined,
      planId: 0,
      transaction: 0,
      newestBefore: Number.NEGATIVE_INFINITY,
      changedFrom: Number.POSITIVE_INFINITY,
    }
    if (this.tails.size >= MAX_CACHED) this.tails.clear()
    this.tails.set(key, tail)
    return tail
  }

  private lastOf(id: number): SnapshotRow.Row | undefined {
    const newest = this.tables.snapshots.last(id)
    return newest && SnapshotRow.fromRaw(newest)
  }
}

const toRaw = (value: number | bigint | null): bigint | null => (typeof value === "number" ? BigInt(value) : value)

const pruned = (operation: string, { sealedBefore }: Tail): Refused =>
  refused(new StorePruned({ operation, until: Timestamp.fromMillis(sealedBefore * DAY) }))

const isOrdered = (snapshots: ReadonlyArray<Snapshot.Snapshot>): boolean => {
  let before = Number.NEGATIVE_INFINITY
  for (const { observedAt } of snapshots) {
    if (observedAt.epochMillis < before) return false
    before = observedAt.epochMillis
  }
  return true
}
