/**
 * Keeps snapshots in an open file.
 *
 * The common case is a look after the last one of its account: the ledger goes one step on, and the look joins the last run or begins a new
 * one, where a cursor stands. A look before the last one is put in its place, and its day waits to be explained.
 */
import type Database from "better-sqlite3"
import type * as Account from "../../../domain/history/Account.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import * as Canonical from "../Canonical.js"
import type { Outcome } from "../SnapshotStore.js"
import { StorePruned } from "../StoreError.js"
import * as Accounts from "./AccountTable.js"
import * as Checkpoint from "./Checkpoint.js"
import * as Checksum from "./Checksum.js"
import { type Cursor, Cursors, type Tables } from "./Cursors.js"
import * as Day from "./Day.js"
import type { Entry } from "./Entry.js"
import type { Known } from "./Explainer.js"
import * as LateLooks from "./LateLooks.js"
import * as Look from "./Look.js"
import * as Period from "./Period.js"
import * as Runs from "./Runs.js"
import * as Tally from "./Tally.js"

/** A look that was given, as which one, and the snapshot that it was made of. */
interface Given extends LateLooks.Late {
  readonly index: number
}

const outcomes = {
  appended: { _tag: "Appended" },
  extended: { _tag: "Extended" },
  late: { _tag: "Late" },
  duplicate: { _tag: "Duplicate" },
} as const satisfies Record<string, Outcome>

/** Keeps snapshots. Each is to be called within a transaction that writes. */
export class Keeper {
  private readonly tables: Tables
  private readonly cursors: Cursors

  constructor(database: Database.Database, tables: Tables) {
    this.tables = tables
    this.cursors = new Cursors(database, tables)
  }

  /** Forgets what it remembers: after a transaction that was rolled back, and after a change that it did not make. */
  forget(): void {
    this.cursors.forget()
  }

  /** Keeps snapshots, one result each. Whatever they make wait is explained until `isTimeUp`. */
  keep(operation: string, entries: ReadonlyArray<Entry>, isTimeUp: () => boolean): ReadonlyArray<Outcome> {
    this.cursors.lookForOthers()
    const results: Array<Outcome> = []
    const touched: Array<Cursor> = []
    for (const [account, those] of byAccount(entries)) {
      const cursor = this.cursors.of(Accounts.keyOf(account), account)
      touched.push(cursor)
      const given = those.map(({ entry, index }) => ({ index, snapshot: entry.snapshot, look: this.lookOf(entry) }))
      this.keepOf(operation, cursor, given, results)
      this.cursors.flush(cursor)
    }
    for (const { at, known } of touched) {
      if (at === undefined) this.tables.explainer.explain(known, isTimeUp)
    }
    return results
  }

  /** Explains what waits of an account, until `isTimeUp`. Whether none is left. */
  explain(known: Known, isTimeUp: () => boolean): boolean {
    this.cursors.lookForOthers()
    this.cursors.drop(Accounts.keyOf(known.account))
    return this.tables.explainer.explain(known, isTimeUp)
  }

  /** The accounts of entries that still wait to be explained. */
  behind(entries: ReadonlyArray<Entry>): ReadonlyArray<Known> {
    const behind: Array<Known> = []
    for (const [account] of byAccount(entries)) {
      if (this.cursors.isCurrent(Accounts.keyOf(account))) continue
      const known = { id: this.tables.accounts.idOf(account), account }
      if (this.tables.days.firstPending(known.id) !== undefined) behind.push(known)
    }
    return behind
  }

  private lookOf({ planText, snapshot }: Entry): Look.Look {
    const { createdAt, refresh } = snapshot.balance
    return Look.fromSnapshot(snapshot, this.tables.terms.idOf(planText, createdAt, refresh))
  }

  private keepOf(operation: string, cursor: Cursor, given: ReadonlyArray<Given>, results: Array<Outcome>): void {
    const late: Array<Given> = []
    const end = endOf(cursor)
    for (const each of isOrdered(given) ? given : given.toSorted(byTimes)) {
      const { index, look } = each
      if (look.observedAt <= cursor.prunedUntil) results[index] = this.pruned(operation, cursor, look)
      else if (look.observedAt > endOf(cursor)) results[index] = this.add(cursor, each)
      else late.push(each)
    }
    if (late.length > 0) this.insert(cursor, late, results)
    tellLate(given, end, results)
  }

  /** A look of a span that was pruned may be one of those that stayed. */
  private pruned(operation: string, { known, prunedUntil }: Cursor, look: Look.Look): Outcome {
    if (LateLooks.isKept(this.tables, known, look)) return outcomes.duplicate
    return { _tag: "Refused", error: new StorePruned({ operation, until: Timestamp.fromMillis(prunedUntil) }) }
  }

  /** Adds a look after the last one. */
  private add(cursor: Cursor, { look, snapshot }: Given): Outcome {
    const { explainer, terms } = this.tables
    const step = cursor.at === undefined ? undefined : explainer.step(cursor.at, look, snapshot)
    const day = this.dayOf(cursor, look)
    if (step === undefined) day.pending = Math.max(day.pending, Day.Pending.explain)
    else {
      day.tally = day.tally === undefined ? undefined : Tally.add(day.tally, step.tally)
      day.assumes |= step.assumes
      day.isOpen = step.at.state.payAsYouGoPossible
    }
    Day.count(day, look, Checksum.of(look, terms.of(look.content.termsId).hash))
    cursor.at = step?.at
    const tally = step?.tally ?? Tally.empty
    const isOpen = step?.at.state.payAsYouGoPossible ?? false
    const { last } = cursor
    if (last?.run.fits(look)) {
      last.run.add(look)
      last.tally = Tally.add(last.tally, tally)
      last.isOpen = isOpen
      last.isChanged = true
      return outcomes.extended
    }
    const isSame = last?.run.agrees(look) ?? false
    this.cursors.flushRun(cursor)
    cursor.last = { run: new Runs.Run(look, 0), tally, isOpen, isKept: false, isChanged: true }
    return isSame ? outcomes.extended : outcomes.appended
  }

  /** The day of a look that is added, which begins with it where it is the first one. */
  private dayOf(cursor: Cursor, look: Look.Look): Day.Day {
    const day = Period.dayOf(look.observedAt)
    if (cursor.day?.day.day === day) {
      cursor.day.isChanged = true
      return cursor.day.day
    }
    this.cursors.flushDay(cursor)
    if (cursor.at !== undefined) {
      this.tables.days.setCheckpoint(cursor.known.id, day, Checkpoint.encode(cursor.at.state, cursor.at.previous))
    }
    const begun = Day.beginning(day, look.observedAt)
    cursor.day = { day: begun, isKept: false, isChanged: true }
    return begun
  }

  /** Puts looks in their places among those that are kept. */
  private insert(cursor: Cursor, given: ReadonlyArray<Given>, results: Array<Outcome>): void {
    this.cursors.flush(cursor)
    const added = LateLooks.insert(this.tables, cursor.known, given)
    for (const each of given) results[each.index] = added.has(each) ? outcomes.appended : outcomes.duplicate
    if (added.size === 0) return
    this.tables.accounts.revise(cursor.known.id)
    this.cursors.drop(Accounts.keyOf(cursor.known.account))
    cursor.last = undefined
    cursor.day = undefined
    cursor.at = undefined
  }
}

const endOf = ({ last }: Cursor): number => last?.run.sights.end.observedAt ?? Number.NEGATIVE_INFINITY

interface Numbered {
  readonly index: number
  readonly entry: Entry
}

/** Entries by their account, in the order in which they were given. Those of an encoder share their accounts, so identity tells them apart. */
const byAccount = (entries: ReadonlyArray<Entry>): ReadonlyMap<Account.Account, ReadonlyArray<Numbered>> => {
  const groups = new Map<Account.Account, Array<Numbered>>()
  let last: { readonly account: Account.Account; readonly group: Array<Numbered> } | undefined
  for (const [index, entry] of entries.entries()) {
    const { account } = entry.snapshot
    if (last?.account !== account) {
      const group = groups.get(account) ?? []
      groups.set(account, group)
      last = { account, group }
    }
    last.group.push({ index, entry })
  }
  return groups
}

const byTimes = (a: Given, b: Given): number => Canonical.Order(a.snapshot, b.snapshot)

const isOrdered = (given: ReadonlyArray<Given>): boolean =>
  given.every(({ look }, index) => index === 0 || (given[index - 1] as Given).look.observedAt < look.observedAt)

/** Marks those that were observed before what was the newest when they were given. */
const tellLate = (given: ReadonlyArray<Given>, end: number, results: Array<Outcome>): void => {
  let newest = end
  for (const { index, look } of given) {
    const tag = results[index]?._tag
    if (look.observedAt < newest && (tag === "Appended" || tag === "Extended")) results[index] = outcomes.late
    if (tag !== "Refused") newest = Math.max(newest, look.observedAt)
  }
}
