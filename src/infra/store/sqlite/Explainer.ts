/**
 * Explains what waits for it: folds the ledger over the looks of days, and writes the sums of their rows, their own, and the state that the next
 * day begins with. It stops where that state is the one that was kept, because what follows is explained already.
 *
 * Each is to be called within a transaction; those that write, within one that writes.
 */
import * as Either from "effect/Either"
import type * as Account from "../../../domain/history/Account.js"
import * as Ledger from "../../../domain/history/Ledger.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Canonical from "../Canonical.js"
import { StoreCorrupt } from "../StoreError.js"
import * as Checkpoint from "./Checkpoint.js"
import * as Checksum from "./Checksum.js"
import * as Day from "./Day.js"
import type { DayTable } from "./DayTable.js"
import * as Look from "./Look.js"
import type { Row } from "./LookColumns.js"
import type { LookTable } from "./LookTable.js"
import * as Period from "./Period.js"
import * as PlanText from "./PlanText.js"
import * as Runs from "./Runs.js"
import * as Tally from "./Tally.js"
import type { TermsTable } from "./Terms.js"

/** An account and the id that the file knows it by. */
export interface Known {
  readonly id: number
  readonly account: Account.Account
}

/** The ledger's state after a look, and that look. */
export interface At {
  readonly state: Ledger.State
  readonly previous: Look.Look | undefined
}

/** What a row's looks close. */
export interface RowSums {
  readonly tally: Tally.Tally
  readonly assumes: number
  readonly at: At
}

const START: At = { state: Ledger.start, previous: undefined }

/** The ledger over the tables of an open file. */
export class Explainer {
  private readonly path: string
  private readonly looks: LookTable
  private readonly days: DayTable
  private readonly terms: TermsTable

  constructor(path: string, looks: LookTable, days: DayTable, terms: TermsTable) {
    this.path = path
    this.looks = looks
    this.days = days
    this.terms = terms
  }

  /** One step: what the look closes, and the state after it. */
  step(at: At, look: Look.Look, snapshot: Snapshot.Snapshot): RowSums {
    const [next, entries] = this.entries(at, look, snapshot)
    let assumes = 0
    for (const entry of entries) assumes |= Tally.assumptionBits(entry.assumes)
    return { tally: Tally.ofEntries(entries), assumes, at: next }
  }

  /** One step: the state after the look, and the entries that it closes. */
  entries(at: At, look: Look.Look, snapshot: Snapshot.Snapshot): readonly [At, ReadonlyArray<Ledger.Entry>] {
    if (at.previous !== undefined && look.observedAt < at.previous.observedAt) {
      throw new StoreCorrupt({ path: this.path, table: "look", key: `observed_at ${look.observedAt}` })
    }
    const [state, entries] = Ledger.step(at.state, snapshot)
    return [{ state, previous: look }, entries]
  }

  /** Folds a row's looks, those up to `until` alone where it is given. */
  foldRow(known: Known, from: At, row: Row, until = Number.POSITIVE_INFINITY): RowSums {
    let sums: RowSums = { tally: Tally.empty, assumes: 0, at: from }
    const looks = this.looks.looksOf(row).filter((look) => look.observedAt <= until)
    const snapshots = this.looks.snapshotsOf(known.account, looks)
    for (const [index, look] of looks.entries()) {
      const { assumes, at, tally } = this.step(sums.at, look, snapshots[index] as Snapshot.Snapshot)
      sums = { tally: Tally.add(sums.tally, tally), assumes: sums.assumes | assumes, at }
    }
    return sums
  }

  /** The state before a day's first look, from the last checkpoint up to it. */
  stateBefore(known: Known, day: number): At {
    const kept = this.days.lastCheckpoint(known.id, day)
    let at = START
    if (kept !== undefined) {
      const decoded = Checkpoint.decode(kept.state, (look) => this.looks.snapshotOf(known.account, look))
      if (decoded === undefined) {
        throw new StoreCorrupt({ path: this.path, table: "checkpoint", key: `${known.id}/${kept.day} state` })
      }
      at = decoded
    }
    // A day at a time: there may be many of them.
    let before = (kept?.day ?? Period.BEFORE_ALL) - 1
    for (;;) {
      const next = this.days.nextDay(known.id, before)
      if (next === undefined || next >= day) return at
      for (const row of this.rowsOf(known.id, next)) at = this.foldRow(known, at, row).at
      before = next
    }
  }

  private rowsOf(accountId: number, day: number): ReadonlyArray<Row> {
    return this.looks.between(accountId, Period.dayStart(day), Period.dayStart(day + 1))
  }

  /** The state after the looks up to `until` of the day that it lies in, and what they close on that day. */
  partOfDay(known: Known, until: number): RowSums {
    const day = Period.dayOf(until)
    let sums: RowSums = { tally: Tally.empty, assumes: 0, at: this.stateBefore(known, day) }
    for (const row of this.looks.between(known.id, Period.dayStart(day), until)) {
      const { assumes, at, tally } = this.foldRow(known, sums.at, row, until)
      sums = { tally: Tally.add(sums.tally, tally), assumes: sums.assumes | assumes, at }
    }
    return sums
  }

  /**
   * Explains the days of an account that wait for it, the oldest first, until `isTimeUp`; at least one. Whether none is left.
   */
  explain(known: Known, isTimeUp: () => boolean): boolean {
    let reached: { readonly day: number; readonly at: At } | undefined
    for (;;) {
      const pending = this.days.firstPending(known.id)
      if (pending === undefined) return true
      const day = Number(pending.day)
      if (reached !== undefined && isTimeUp()) return false
      const before = reached?.day === day ? reached.at : this.stateBefore(known, day)
      const after = this.explainDay(known, pending, before)
      const next = this.days.nextDay(known.id, day)
      if (next !== undefined) {
        const text = Checkpoint.encode(after.state, after.previous)
        if (text === undefined || text !== this.days.checkpoint(known.id, next)) {
          this.days.setCheckpoint(known.id, next, text)
          this.days.mark(known.id, next, Day.Pending.explain)
        }
        reached = { day: next, at: after }
      } else {
        reached = { day: Number.NaN, at: after }
      }
    }
  }

  private explainDay(known: Known, row: Day.Row, before: At): At {
    const day = Number(row.day)
    if (row.frozen !== null)
      throw new StoreCorrupt({ path: this.path, table: "day", key: `${known.id}/${day} pending` })
    const isArranged = Number(row.pending) < Day.Pending.arrange
    const { checksum, looks } = isArranged
      ? { checksum: Checksum.fromInt64(row.checksum), looks: Number(row.looks) }
      : this.arrange(known, day)
    let at = before
    let tally = Tally.empty
    let assumes = 0
    for (const each of this.rowsOf(known.id, day)) {
      const sums = this.foldRow(known, at, each)
      this.looks.setTally(each, sums.tally, sums.at.state.payAsYouGoPossible)
      tally = Tally.add(tally, sums.tally)
      assumes |= sums.assumes
      at = sums.at
    }
    if (this.days.checkpoint(known.id, day) === undefined) {
      this.days.setCheckpoint(known.id, day, Checkpoint.encode(before.state, before.previous))
    }
    this.days.update(known.id, {
      day,
      looks,
      firstAt: Number(row.first_at),
      lastAt: Number(row.last_at),
      tally,
      assumes,
      isOpen: at.state.payAsYouGoPossible,
      checksum,
      pending: Day.Pending.nothing,
    })
    return at
  }

  /** Puts the rows of a day in order: looks of one time by their bytes, and equal ones in a row into runs. */
  private arrange(known: Known, day: number): { readonly checksum: Checksum.Checksum; readonly looks: number } {
    const kept = this.rowsOf(known.id, day).flatMap((row) => this.looks.looksOf(row))
    const ordered = this.looks
      .snapshotsOf(known.account, kept)
      .map((snapshot) => ({ snapshot, look: this.lookOf(snapshot) }))
      .sort((a, b) => Canonical.Order(a.snapshot, b.snapshot))
      .map(({ look }) => look)
      .filter((look, index, all) => index === 0 || !Look.same(look, all[index - 1] as Look.Look))
    this.looks.remove(known.id, Period.dayStart(day), Period.dayStart(day + 1))
    for (const run of Runs.of(ordered)) this.looks.insert(known.id, run, Tally.empty, false)
    const hashed = ordered.map((look) => Checksum.of(look, this.terms.of(look.content.termsId).hash))
    return { checksum: hashed.reduce(Checksum.add, Checksum.empty), looks: ordered.length }
  }

  /** A snapshot that was kept, with the terms that a new one of the same plan gets. */
  private lookOf(snapshot: Snapshot.Snapshot): Look.Look {
    const { createdAt, refresh } = snapshot.balance
    const planText = Either.getOrThrow(PlanText.encode(snapshot.balance))
    return Look.fromSnapshot(snapshot, this.terms.idOf(planText, createdAt, refresh))
  }
}
