/** Snapshots out of an open file: the newest one, and pages in both directions. Each is to be called within a transaction. */

import * as Option from "effect/Option"
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import type { Page, PageRequest, Range } from "../SnapshotStore.js"
import type { AccountTable } from "./AccountTable.js"
import type * as Look from "./Look.js"
import type { Row } from "./LookColumns.js"
import type { LookTable, Place } from "./LookTable.js"
import * as Period from "./Period.js"

/** Snapshots in a page, where no limit is given, and the most. */
const PAGE = 512
const MOST = 10_000

/** Before and after every time that is kept; a time is at most 8.64e15. */
const FIRST = -9e15
const LAST = 9e15

/** Reads snapshots. */
export class SnapshotReader {
  private readonly accounts: AccountTable
  private readonly looks: LookTable

  constructor(accounts: AccountTable, looks: LookTable) {
    this.accounts = accounts
    this.looks = looks
  }

  /** The newest snapshot observed at or before `at`. */
  newest(account: Account.Account, at: Timestamp.Timestamp | undefined): Option.Option<Snapshot.Snapshot> {
    const id = this.accounts.find(account)
    if (id === undefined) return Option.none()
    const until = at === undefined ? LAST : Math.floor(at.epochMillis)
    const row = this.looks.lastUntil(id, until)
    const look = row && this.looks.looksOf(row).findLast((each) => each.observedAt <= until)
    return Option.map(Option.fromNullable(look), (found) => this.looks.snapshotOf(account, found))
  }

  /** Some snapshots of a range, and the rest of it. */
  page(account: Account.Account, { direction = "Forward", from, limit = PAGE, to }: PageRequest): Page {
    const id = this.accounts.find(account)
    const after = from === undefined ? FIRST : Math.ceil(from.epochMillis) - 1
    const until = to === undefined ? LAST : Math.ceil(to.epochMillis) - 1
    const most = Number.isNaN(limit) ? PAGE : Math.min(MOST, Math.max(1, Math.floor(limit)))
    if (id === undefined || after >= until) return { snapshots: [], next: Option.none() }
    const looks = direction === "Forward" ? this.forward(id, after, until, most) : this.backward(id, after, until, most)
    const last = looks.found.at(-1)
    const snapshots = this.looks.snapshotsOf(account, looks.found)
    if (last === undefined || looks.isAll) return { snapshots, next: Option.none() }
    const edge = Timestamp.fromMillis(last.observedAt + (direction === "Forward" ? 1 : 0))
    return { snapshots, next: Option.some(rest({ from, to }, direction, edge)) }
  }

  private forward(id: number, after: number, until: number, most: number) {
    // A run begins in the hour that it lies in.
    const start: Place = { observedAt: Math.max(FIRST, Period.hourStart(Period.hourOf(after))), nth: LAST_PLACE }
    return this.collect(
      (place, limit) => this.looks.forward(id, place, until, limit),
      start,
      (row) => this.looks.looksOf(row),
      ({ observedAt }) => observedAt > after && observedAt <= until,
      most,
      1,
    )
  }

  private backward(id: number, after: number, until: number, most: number) {
    const first = Math.max(FIRST, Period.hourStart(Period.hourOf(after)))
    return this.collect(
      (place, limit) => this.looks.backward(id, place, first, limit),
      { observedAt: until, nth: LAST_PLACE },
      (row) => this.looks.looksOf(row).toReversed(),
      ({ observedAt }) => observedAt > after && observedAt <= until,
      most,
      -1,
    )
  }

  /** Looks row by row, until there are enough and the next one is of another time. */
  private collect(
    rowsFrom: (place: Place, limit: number) => ReadonlyArray<Row>,
    start: Place,
    looksOf: (row: Row) => ReadonlyArray<Look.Look>,
    isMeant: (look: Look.Look) => boolean,
    most: number,
    sign: 1 | -1,
  ): { readonly found: ReadonlyArray<Look.Look>; readonly isAll: boolean } {
    const found: Array<Look.Look> = []
    let place = start
    for (;;) {
      const limit = most + 1 - Math.min(most, found.length)
      const rows = rowsFrom(place, limit)
      for (const row of rows) {
        for (const look of looksOf(row)) {
          if (!isMeant(look)) continue
          const before = found.at(-1)?.observedAt ?? look.observedAt
          if (sign * (look.observedAt - before) < 0) throw this.looks.corruptAt(look, "observed_at")
          if (found.length >= most && found.at(-1)?.observedAt !== look.observedAt) return { found, isAll: false }
          found.push(look)
        }
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < limit) return { found, isAll: true }
      place = { observedAt: Number(last.observed_at), nth: Number(last.nth) }
    }
  }
}

/** Behind every place among looks of one time. */
const LAST_PLACE = Number.MAX_SAFE_INTEGER

const rest = ({ from, to }: Range, direction: "Forward" | "Backward", edge: Timestamp.Timestamp): Range =>
  direction === "Forward"
    ? { from: edge, ...(to === undefined ? {} : { to }) }
    : { ...(from === undefined ? {} : { from }), to: edge }
