/** The table `snapshot`: one row a snapshot, read in pages. Methods that change rows run within a transaction that writes. */
import * as Option from "effect/Option"
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import { COMPARED_MS, MAX_AHEAD_MS } from "../../../domain/history/SnapshotOrder.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type { Damage, Page, PageRequest, Range } from "../SnapshotStore.js"
import { StoreCorrupt } from "../StoreError.js"
import type * as Driver from "./Driver.js"
import type { PlanTable } from "./PlanTable.js"
import * as SnapshotRow from "./SnapshotRow.js"

/** Before and after every time, also of a damaged row: one must not be left out of a range without ends. */
export const MIN_TIME = Number.NEGATIVE_INFINITY
export const MAX_TIME = Number.POSITIVE_INFINITY

/** Milliseconds of a range: `[from, to)`. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The whole milliseconds of a range. */
export const spanOf = ({ from, to }: Range): Span => ({
  from: from === undefined ? MIN_TIME : Math.ceil(from.epochMillis),
  to: to === undefined ? MAX_TIME : Math.ceil(to.epochMillis),
})

/** A place in the order of an account's rows, as it was read. */
export type Place = readonly [observedAt: unknown, updatedAt: unknown, nth: unknown]

/** Before the first row. */
export const START: Place = [MIN_TIME, MIN_TIME, 0]

const PLACE = "(observed_at, updated_at, nth)"
const ASCENDING = "ORDER BY observed_at, updated_at, nth"
const DESCENDING = "ORDER BY observed_at DESC, updated_at DESC, nth DESC"
const isDated = (row: string): string =>
  `${row}.observed_at >= ${row}.created_at AND ${row}.updated_at <= ${row}.observed_at + ${MAX_AHEAD_MS}`

/** SQL that is true of a row `s` that is not outdated: the rule of `SnapshotOrder`. */
export const IS_NOT_OUTDATED = (() => {
  const before = `FROM snapshot r
    WHERE r.account_id = s.account_id AND (r.observed_at, r.updated_at, r.nth) < (s.observed_at, s.updated_at, s.nth)
      AND ${isDated("r")}`
  return `s.updated_at >= coalesce(
    (SELECT max(r.updated_at) ${before} AND r.observed_at >= s.observed_at - ${COMPARED_MS}),
    (SELECT r.updated_at ${before} ORDER BY r.observed_at DESC, r.updated_at DESC, r.nth DESC LIMIT 1),
    s.updated_at)`
})()

/** SQL that is true of a row `s` that is neither misdated nor outdated. */
const IS_CURRENT = `${isDated("s")} AND ${IS_NOT_OUTDATED}`

/** The table of an open file. */
export class SnapshotTable {
  private readonly path: string | undefined
  private readonly plans: PlanTable
  private readonly sql

  constructor(path: string | undefined, database: Driver.Database, plans: PlanTable) {
    this.path = path
    this.plans = plans
    const rows = <Bind extends ReadonlyArray<unknown>>(rest: string) =>
      database
        .prepare<[number, ...Bind], SnapshotRow.RawRow>(
          `SELECT ${SnapshotRow.columns()} FROM snapshot s WHERE account_id = ? ${rest}`,
        )
        .raw()
        .safeIntegers()
    const key = "account_id = ? AND observed_at = ? AND updated_at = ? AND nth = ?"
    this.sql = {
      insert: database.prepare<SnapshotRow.Row>(SnapshotRow.INSERT),
      move: database.prepare<[number, number, number, number, number, number]>(
        `UPDATE snapshot SET nth = ?, checksum = ? WHERE ${key}`,
      ),
      last: rows<[number]>(`AND observed_at <= ? ${DESCENDING} LIMIT 1`),
      newest: rows<[number]>(`AND observed_at <= ? AND ${IS_CURRENT} ${DESCENDING} LIMIT 1`),
      ofTimes: rows<[number, number]>("AND observed_at = ? AND updated_at = ? ORDER BY nth"),
      lastOfTimes: rows<[number, number]>("AND observed_at = ? AND updated_at = ? ORDER BY nth DESC LIMIT 1"),
      forward: rows<[number, number, number]>(`AND observed_at >= ? AND observed_at < ? ${ASCENDING} LIMIT ?`),
      backward: rows<[number, number, number]>(`AND observed_at >= ? AND observed_at < ? ${DESCENDING} LIMIT ?`),
      restForward: rows<[number, bigint, bigint]>(`AND observed_at = ? AND (updated_at, nth) > (?, ?) ${ASCENDING}`),
      restBackward: rows<[number, bigint, bigint]>(`AND observed_at = ? AND (updated_at, nth) < (?, ?) ${DESCENDING}`),
      after: rows<[...Place, number]>(`AND ${PLACE} > (?, ?, ?) ${ASCENDING} LIMIT ?`),
      placeAt: database
        .prepare<[number, ...Place, number, number], Place>(
          `SELECT observed_at, updated_at, nth FROM snapshot
           WHERE account_id = ? AND ${PLACE} > (?, ?, ?) AND observed_at < ? ${ASCENDING} LIMIT 1 OFFSET ?`,
        )
        .raw(),
      count: database
        .prepare<[number, ...Place, number], number>(
          `SELECT count(*) FROM snapshot WHERE account_id = ? AND ${PLACE} > (?, ?, ?) AND observed_at < ?`,
        )
        .pluck(),
      countWithin: database
        .prepare<[number, number, number], number>(
          "SELECT count(*) FROM snapshot WHERE account_id = ? AND observed_at >= ? AND observed_at < ?",
        )
        .pluck(),
      remove: database.prepare<[number, number, number]>(
        "DELETE FROM snapshot WHERE account_id = ? AND observed_at >= ? AND observed_at < ?",
      ),
      removeBetween: database.prepare<[number, ...Place, ...Place]>(
        `DELETE FROM snapshot WHERE account_id = ? AND ${PLACE} > (?, ?, ?) AND ${PLACE} < (?, ?, ?)`,
      ),
      datedBefore: database
        .prepare<[number, ...Place], Place>(
          `SELECT observed_at, updated_at, nth FROM snapshot r
           WHERE account_id = ? AND ${PLACE} < (?, ?, ?) AND ${isDated("r")} ${DESCENDING} LIMIT 1`,
        )
        .raw()
        .safeIntegers(),
      nextTime: database
        .prepare<[number, number], number>(
          "SELECT observed_at FROM snapshot WHERE account_id = ? AND observed_at >= ? ORDER BY observed_at LIMIT 1",
        )
        .pluck(),
      lastTime: database
        .prepare<[number], number>(
          "SELECT observed_at FROM snapshot WHERE account_id = ? ORDER BY observed_at DESC LIMIT 1",
        )
        .pluck(),
      accountIds: database
        .prepare<[], number>(
          `WITH RECURSIVE ids (id) AS (
             SELECT min(account_id) FROM snapshot
             UNION ALL
             SELECT (SELECT min(account_id) FROM snapshot WHERE account_id > id) FROM ids WHERE id IS NOT NULL
           ) SELECT id FROM ids WHERE id IS NOT NULL`,
        )
        .pluck(),
    }
  }

  /** A decoder of rows that are read in order. */
  decoder(account: Account.Account): SnapshotRow.Decoder {
    return new SnapshotRow.Decoder(this.path, account, (id) => this.plans.of(id))
  }

  /** Adds a row. */
  insert(row: SnapshotRow.Row): void {
    this.sql.insert.run(...row)
  }

  /** Gives a row another place among those of its two times. */
  move(row: SnapshotRow.Row, nth: number): void {
    const [accountId, observedAt, updatedAt, before] = row
    SnapshotRow.seal(row, nth)
    this.sql.move.run(nth, row[SnapshotRow.CHECKSUM], accountId, observedAt, updatedAt, before)
  }

  /** The last row observed at or before a time, whether it is current or not. @throws StoreCorrupt */
  last(accountId: number, until: number = MAX_TIME): SnapshotRow.RawRow | undefined {
    return this.sound(this.sql.last.get(accountId, until))
  }

  /** The newest current row observed at or before a time. @throws StoreCorrupt */
  newest(accountId: number, until: number = MAX_TIME): SnapshotRow.RawRow | undefined {
    return this.sound(this.sql.newest.get(accountId, until))
  }

  /** The time of the oldest row observed at or after `from`. @throws StoreCorrupt where it is not a time. */
  nextTime(accountId: number, from: number = MIN_TIME): number | undefined {
    return this.time(accountId, this.sql.nextTime.get(accountId, from))
  }

  /** The time of the newest row. @throws StoreCorrupt where it is not a time. */
  lastTime(accountId: number): number | undefined {
    return this.time(accountId, this.sql.lastTime.get(accountId))
  }

  /** The rows with both times, in order. @throws StoreCorrupt */
  ofTimes(accountId: number, observedAt: number, updatedAt: number): ReadonlyArray<SnapshotRow.RawRow> {
    const rows = this.sql.ofTimes.all(accountId, observedAt, updatedAt)
    for (const row of rows) this.sound(row)
    return rows
  }

  /** The last row with both times. @throws StoreCorrupt */
  lastOfTimes(accountId: number, observedAt: number, updatedAt: number): SnapshotRow.RawRow | undefined {
    return this.sound(this.sql.lastOfTimes.get(accountId, observedAt, updatedAt))
  }

  /**
   * Reads some snapshots of a range, at most `limit` and the others of the last one's time, and what is left of the range.
   *
   * @throws StoreCorrupt
   */
  page(accountId: number, account: Account.Account, request: PageRequest, limit: number): Page {
    const { from, to } = spanOf(request)
    if (from >= to) return { snapshots: [], next: Option.none() }
    const isForward = request.direction !== "Backward"
    const rows = (isForward ? this.sql.forward : this.sql.backward).all(accountId, from, to, limit + 1)
    const decoder = this.decoder(account)
    const further = rows.length > limit ? rows.pop() : undefined
    const snapshots: Array<Snapshot.Snapshot> = new Array(rows.length)
    // Rows are sound one by one, and yet in a wrong place where a page of the file is damaged.
    let [least, most] = [from, to - 1]
    for (let index = 0; index < rows.length; index++) {
      const row = rows[index] as SnapshotRow.RawRow
      const snapshot = decoder.decode(row)
      const at = snapshot.observedAt.epochMillis
      if (at < least || at > most) throw this.corrupt(row)
      if (isForward) least = at
      else most = at
      snapshots[index] = snapshot
    }
    const last = rows.at(-1)
    if (last === undefined || further === undefined) return { snapshots, next: Option.none() }
    const edge = Number(last[SnapshotRow.OBSERVED_AT])
    if (further[SnapshotRow.OBSERVED_AT] === last[SnapshotRow.OBSERVED_AT]) {
      const [updatedAt, nth] = [last[SnapshotRow.UPDATED_AT] as bigint, last[SnapshotRow.NTH] as bigint]
      const rest = (isForward ? this.sql.restForward : this.sql.restBackward).all(accountId, edge, updatedAt, nth)
      for (const row of rest) snapshots.push(decoder.decode(row))
    }
    const next: Range = isForward
      ? { from: Timestamp.fromMillis(edge + 1), to: request.to }
      : { from: request.from, to: Timestamp.fromMillis(edge) }
    return { snapshots, next: Option.some(next) }
  }

  /**
   * Counts the rows after a place, observed before `to`, at most `limit` of them. `next` is where to go on; `undefined` after the last one.
   */
  countAfter(
    accountId: number,
    place: Place,
    to: number,
    limit: number,
  ): { readonly count: number; readonly next: Place | undefined } {
    const next = this.sql.placeAt.get(accountId, ...place, to, limit - 1)
    return { count: next === undefined ? (this.sql.count.get(accountId, ...place, to) ?? 0) : limit, next }
  }

  /** Counts all rows of an account. */
  count(accountId: number): number {
    return this.sql.count.get(accountId, ...START, MAX_TIME) ?? 0
  }

  /** Counts the rows of a span. */
  countWithin(accountId: number, { from, to }: Span): number {
    return this.sql.countWithin.get(accountId, from, to) ?? 0
  }

  /** Removes the rows of a span, and returns how many. */
  remove(accountId: number, { from, to }: Span): number {
    return this.sql.remove.run(accountId, from, to).changes
  }

  /**
   * Counts the rows of a span that pruning leaves: those from its {@link keptFrom} on.
   *
   * @throws StoreCorrupt
   */
  countKept(accountId: number, span: Span): number {
    const from = this.keptFrom(accountId, span)
    return from === undefined
      ? this.countWithin(accountId, span)
      : (this.sql.count.get(accountId, ...from, span.to) ?? 0) + 1
  }

  /** Removes the rows of a span before its {@link keptFrom}, and returns how many. @throws StoreCorrupt */
  removeAllButLast(accountId: number, span: Span): number {
    const from = this.keptFrom(accountId, span)
    return from === undefined ? 0 : this.sql.removeBetween.run(accountId, span.from, MIN_TIME, 0, ...from).changes
  }

  /**
   * The place of the first row that stays where a span is pruned: that of its newest current row. What follows that row stays too, because the
   * standing of later rows depends on it. A current row that would be outdated beside what stays before the span keeps the row right before
   * it, with which it is compared. Undefined where the span holds no current row: then all of it stays.
   *
   * @throws StoreCorrupt where one of these rows does not read.
   */
  private keptFrom(accountId: number, { from, to }: Span): Place | undefined {
    const newest = this.newest(accountId, to - 1)
    if (newest === undefined || Number(newest[SnapshotRow.OBSERVED_AT]) < from) return undefined
    const place = placeOf(newest)
    const before = this.sql.datedBefore.get(accountId, from, MIN_TIME, 0)
    return before === undefined || !isUpdatedLater(before, place)
      ? place
      : (this.sql.datedBefore.get(accountId, ...place) ?? place)
  }

  /** Ids of the accounts that rows refer to, also of accounts that do not exist. Takes as long for many rows as for few. */
  accountIds(): ReadonlyArray<number> {
    return this.sql.accountIds.all()
  }

  /**
   * Checks the rows after a place, at most `limit` of them. `next` is where to go on; `undefined` after the last one, and after one from which
   * it cannot go on.
   */
  check(
    accountId: number,
    account: Account.Account,
    place: Place,
    limit: number,
  ): { readonly rows: number; readonly damage: ReadonlyArray<Damage>; readonly next: Place | undefined } {
    const rows = this.sql.after.all(accountId, ...place, limit)
    const decoder = this.decoder(account)
    const damage: Array<Damage> = []
    let before = place
    for (const row of rows) {
      try {
        decoder.decode(row)
        if (!isAfter(placeOf(row), before)) throw this.corrupt(row)
        before = placeOf(row)
      } catch (cause) {
        if (!(cause instanceof StoreCorrupt)) throw cause
        const what =
          cause.table === "snapshot" ? "not what was written" : `refers to damage: ${cause.table} ${cause.key}`
        damage.push({ table: "snapshot", key: SnapshotRow.keyOf(row), what })
      }
    }
    const last = rows.at(-1)
    const canGoOn = last !== undefined && rows.length === limit && isAfter(placeOf(last), place)
    return { rows: rows.length, damage, next: canGoOn ? placeOf(last) : undefined }
  }

  private time(accountId: number, millis: number | undefined): number | undefined {
    if (millis === undefined || SnapshotRow.isTime(millis)) return millis
    throw new StoreCorrupt({ path: this.path, table: "snapshot", key: `${accountId}/${millis}` })
  }

  private sound(row: SnapshotRow.RawRow | undefined): SnapshotRow.RawRow | undefined {
    if (row !== undefined && !SnapshotRow.isSound(row)) throw this.corrupt(row)
    return row
  }

  private corrupt(row: SnapshotRow.RawRow): StoreCorrupt {
    return new StoreCorrupt({ path: this.path, table: "snapshot", key: SnapshotRow.keyOf(row) })
  }
}

const placeOf = (row: SnapshotRow.RawRow): Place => [
  row[SnapshotRow.OBSERVED_AT],
  row[SnapshotRow.UPDATED_AT],
  row[SnapshotRow.NTH],
]

/** Whether the balance of a place changed later than that of another one. */
const isUpdatedLater = ([, a]: Place, [, b]: Place): boolean => typeof a === "bigint" && typeof b === "bigint" && a > b

/** Whether a place is after another one. One that does not read as numbers is not. */
const isAfter = (a: Place, b: Place): boolean => {
  for (let index = 0; index < a.length; index++) {
    const [left, right] = [a[index], b[index]]
    if (typeof left !== "bigint") return false
    if (typeof right !== "bigint" && typeof right !== "number") return false
    if (left > right) return true
    if (left < right) return false
  }
  return false
}
