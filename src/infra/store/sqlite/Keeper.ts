/**
 * Keeps snapshots in an open file.
 *
 * The common case is a look after the last one of its account: the ledger goes one step on, and the look joins the last run or begins a new one. For
 * that a cursor stands at the end of each account that is written to: its last run, its last day, and the ledger's state. Other processes may
 * write too: what they added is caught up with, and anything else makes the cursor begin anew.
 *
 * A look before the last one is put in its place: the runs of its hour are made again, and its day waits to be explained.
 */
import type Database from "better-sqlite3"
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Timestamp from "../../../domain/time/Timestamp.js"
import * as Canonical from "../Canonical.js"
import type { Outcome } from "../SnapshotStore.js"
import { StorePruned } from "../StoreError.js"
import * as Accounts from "./AccountTable.js"
import * as Checkpoint from "./Checkpoint.js"
import * as Checksum from "./Checksum.js"
import * as DayTable from "./DayTable.js"
import type { Entry } from "./Entry.js"
import type { At, Explainer, Known } from "./Explainer.js"
import * as Look from "./Look.js"
import { type LookTable, type Row, tallyOf } from "./LookTable.js"
import * as Period from "./Period.js"
import * as Runs from "./Runs.js"
import * as Tally from "./Tally.js"
import type { TermsTable } from "./Terms.js"

/** The last run of an account. */
interface OpenRun {
  run: Runs.Run
  tally: Tally.Tally
  isOpen: boolean
  isKept: boolean
  isChanged: boolean
}

/** The last day of an account. */
interface OpenDay {
  day: DayTable.Day
  isKept: boolean
  isChanged: boolean
}

/** Where an account ends. */
interface Cursor {
  readonly known: Known
  readonly revision: number
  /** The file's version that it was last compared with. */
  readonly version: number | undefined
  last: OpenRun | undefined
  day: OpenDay | undefined
  /** The ledger's state at the end; `undefined` while days wait to be explained. */
  at: At | undefined
  /** Up to where the account was pruned. */
  readonly prunedUntil: number
}

/** A look that was given, with what it came from. */
interface Given {
  readonly index: number
  readonly entry: Entry
  readonly look: Look.Look
}

/** Cursors that are remembered. */
const MOST_CURSORS = 1024

const outcomes = {
  appended: { _tag: "Appended" },
  extended: { _tag: "Extended" },
  late: { _tag: "Late" },
  duplicate: { _tag: "Duplicate" },
} as const satisfies Record<string, Outcome>

/** The tables of an open file. */
export interface Tables {
  readonly accounts: Accounts.AccountTable
  readonly terms: TermsTable
  readonly looks: LookTable
  readonly days: DayTable.DayTable
  readonly explainer: Explainer
  /** Throws where a newer version of the library has taken the file over. */
  readonly mustBeOurs: () => void
}

/** Keeps snapshots. Each is to be called within a transaction that writes. */
export class Keeper {
  private readonly tables: Tables
  private readonly cursors = new Map<string, Cursor>()
  /** Changes with every transaction of another connection. */
  private readonly dataVersion
  private version: number | undefined

  constructor(database: Database.Database, tables: Tables) {
    this.tables = tables
    this.dataVersion = database.prepare<[], number>("PRAGMA data_version").pluck()
  }

  /** Forgets what it remembers: after a transaction that was rolled back, and after a change that it did not make. */
  forget(): void {
    this.cursors.clear()
    this.tables.accounts.forgetIds()
    this.tables.terms.forgetAll()
    this.version = undefined
  }

  /**
   * Keeps snapshots, one result each. Whatever they make wait is explained until `isTimeUp`.
   */
  keep(operation: string, entries: ReadonlyArray<Entry>, isTimeUp: () => boolean): ReadonlyArray<Outcome> {
    this.lookForOthers()
    const results: Array<Outcome> = []
    const touched: Array<Cursor> = []
    for (const [key, those] of byAccount(entries)) {
      const cursor = this.cursorOf(key, those)
      touched.push(cursor)
      const given = those.map(({ entry, index }) => ({ index, entry, look: this.lookOf(entry) }))
      this.keepOf(operation, cursor, given, results)
      this.flush(cursor)
    }
    for (const { at, known } of touched) {
      if (at === undefined) this.tables.explainer.explain(known, isTimeUp)
    }
    return results
  }

  /** Explains what waits of an account, until `isTimeUp`. Whether none is left. */
  explain(known: Known, isTimeUp: () => boolean): boolean {
    this.lookForOthers()
    this.cursors.delete(Accounts.keyOf(known.account))
    return this.tables.explainer.explain(known, isTimeUp)
  }

  /** The accounts of entries that still wait to be explained. */
  behind(entries: ReadonlyArray<Entry>): ReadonlyArray<Known> {
    const behind: Array<Known> = []
    for (const [key, [{ entry }]] of byAccount(entries)) {
      if (this.cursors.get(key)?.at !== undefined) continue
      const known = { id: this.tables.accounts.idOf(entry.snapshot.account), account: entry.snapshot.account }
      if (this.tables.days.firstPending(known.id) !== undefined) behind.push(known)
    }
    return behind
  }

  private lookForOthers(): void {
    const version = this.dataVersion.get()
    if (version === this.version) return
    this.tables.mustBeOurs()
    this.version = version
    this.tables.accounts.forgetIds()
    this.tables.terms.forgetIds()
  }

  private lookOf({ planText, snapshot }: Entry): Look.Look {
    const { createdAt, refresh } = snapshot.balance
    return Look.fromSnapshot(snapshot, this.tables.terms.idOf(planText, createdAt, refresh))
  }

  private keepOf(operation: string, cursor: Cursor, given: ReadonlyArray<Given>, results: Array<Outcome>): void {
    const ordered = isOrdered(given)
      ? given
      : given.toSorted((a, b) => Canonical.Order(a.entry.snapshot, b.entry.snapshot))
    const late: Array<Given> = []
    const end = cursor.last?.run.sights.end.observedAt ?? Number.NEGATIVE_INFINITY
    for (const each of ordered) {
      const { look } = each
      if (look.observedAt <= cursor.prunedUntil) {
        const until = Timestamp.fromMillis(cursor.prunedUntil)
        results[each.index] = { _tag: "Refused", error: new StorePruned({ operation, until }) }
      } else if (look.observedAt > (cursor.last?.run.sights.end.observedAt ?? Number.NEGATIVE_INFINITY)) {
        results[each.index] = this.add(cursor, each)
      } else {
        late.push(each)
      }
    }
    if (late.length > 0) this.insert(cursor, late, results)
    tellLate(given, end, results)
  }

  /** Adds a look after the last one. */
  private add(cursor: Cursor, { entry, look }: Given): Outcome {
    const { explainer, terms } = this.tables
    const before = cursor.at
    const step = before === undefined ? undefined : explainer.step(before, look, entry.snapshot)
    const day = this.dayOf(cursor, look)
    if (step === undefined) day.pending = Math.max(day.pending, DayTable.Pending.explain)
    else {
      day.tally = day.tally === undefined ? undefined : Tally.add(day.tally, step.tally)
      day.assumes |= step.assumes
      day.isOpen = step.at.state.payAsYouGoPossible
    }
    day.looks++
    day.lastAt = look.observedAt
    day.checksum = Checksum.add(day.checksum, Checksum.of(look, terms.of(look.content.termsId).hash))
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
    this.flushRun(cursor)
    cursor.last = { run: new Runs.Run(look, 0), tally, isOpen, isKept: false, isChanged: true }
    return isSame ? outcomes.extended : outcomes.appended
  }

  /** The day of a look that is added, which begins with it where it is the first one. */
  private dayOf(cursor: Cursor, look: Look.Look): DayTable.Day {
    const day = Period.dayOf(look.observedAt)
    if (cursor.day?.day.day === day) {
      cursor.day.isChanged = true
      return cursor.day.day
    }
    this.flushDay(cursor)
    if (cursor.at !== undefined) {
      this.tables.days.setCheckpoint(cursor.known.id, day, Checkpoint.encode(cursor.at.state, cursor.at.previous))
    }
    const begun = newDay(day, look.observedAt)
    cursor.day = { day: begun, isKept: false, isChanged: true }
    return begun
  }

  /** Puts looks in their places among those that are kept: hour by hour. */
  private insert(cursor: Cursor, given: ReadonlyArray<Given>, results: Array<Outcome>): void {
    this.flush(cursor)
    const hours = new Map<number, Array<Given>>()
    for (const each of given) {
      const hour = Period.hourOf(each.look.observedAt)
      const those = hours.get(hour)
      if (those === undefined) hours.set(hour, [each])
      else those.push(each)
    }
    let isChanged = false
    for (const [hour, those] of hours) isChanged = this.insertIntoHour(cursor.known, hour, those, results) || isChanged
    if (!isChanged) return
    this.tables.accounts.revise(cursor.known.id)
    this.cursors.delete(Accounts.keyOf(cursor.known.account))
    cursor.last = undefined
    cursor.day = undefined
    cursor.at = undefined
  }

  private insertIntoHour(
    { account, id }: Known,
    hour: number,
    given: ReadonlyArray<Given>,
    results: Array<Outcome>,
  ): boolean {
    const { days, looks, terms } = this.tables
    const [start, end] = [Period.hourStart(hour), Period.hourStart(hour + 1)]
    const kept = looks.between(id, start, end).flatMap((row) => looks.looksOf(row))
    const added: Array<Given> = []
    for (const each of given) {
      const isThere = (look: Look.Look) => Look.same(look, each.look)
      const isDuplicate = kept.some(isThere) || added.some(({ look }) => isThere(look))
      results[each.index] = isDuplicate ? outcomes.duplicate : outcomes.appended
      if (!isDuplicate) added.push(each)
    }
    if (added.length === 0) return false
    const snapshotOf = (look: Look.Look): Snapshot.Snapshot =>
      added.find((each) => each.look === look)?.entry.snapshot ?? looks.snapshotOf(account, look)
    const all = [...kept, ...added.map(({ look }) => look)].sort(
      (a, b) =>
        a.observedAt - b.observedAt || a.updatedAt - b.updatedAt || Canonical.Order(snapshotOf(a), snapshotOf(b)),
    )
    looks.remove(id, start, end)
    for (const run of Runs.of(all)) looks.insert(id, run, Tally.empty, false)
    const number = Period.dayOf(end)
    const first = (added[0] as Given).look
    const row = days.one(id, number)
    const day = row === undefined ? newDay(number, first.observedAt) : dayFrom(row)
    day.pending = Math.max(day.pending, DayTable.Pending.explain)
    for (const { look } of added) {
      day.looks++
      day.firstAt = Math.min(day.firstAt, look.observedAt)
      day.lastAt = Math.max(day.lastAt, look.observedAt)
      day.checksum = Checksum.add(day.checksum, Checksum.of(look, terms.of(look.content.termsId).hash))
    }
    if (row === undefined) days.insert(id, day)
    else days.update(id, day)
    return true
  }

  private cursorOf(key: string, [first]: NonEmpty): Cursor {
    const remembered = this.cursors.get(key)
    if (remembered?.at !== undefined) {
      const current = remembered.version === this.version ? remembered : this.catchUp(remembered)
      if (current !== undefined) {
        this.cursors.set(key, current)
        return current
      }
    }
    const cursor = this.load(first.entry.snapshot.account)
    if (this.cursors.size >= MOST_CURSORS) this.cursors.clear()
    this.cursors.set(key, cursor)
    return cursor
  }

  /** A cursor after what others added at the end; `undefined` where they did anything else. */
  private catchUp(cursor: Cursor): Cursor | undefined {
    const { accounts, days, explainer, looks } = this.tables
    const { id } = cursor.known
    const { last } = cursor
    if (last === undefined || cursor.at === undefined || accounts.revisionOf(id) !== cursor.revision) return undefined
    if (days.firstPending(id) !== undefined) return undefined
    const end = last.run.sights.end.observedAt
    const rows = looks.from(id, { observedAt: last.run.first.observedAt, nth: last.run.nth })
    let at = cursor.at
    for (const row of rows) {
      const added = looks.looksOf(row).filter((look) => look.observedAt > end)
      for (const look of added) at = explainer.step(at, look, looks.snapshotOf(cursor.known.account, look)).at
    }
    const row = rows.at(-1)
    return row === undefined ? undefined : this.endAt(cursor.known, cursor.revision, row, at, cursor.prunedUntil)
  }

  private load(account: Account.Account): Cursor {
    const { accounts, days, explainer, looks } = this.tables
    const known = { id: accounts.idOf(account), account }
    const revision = accounts.revisionOf(known.id) ?? 0
    const frozen = days.lastFrozen(known.id)
    const prunedUntil = frozen === undefined ? Number.NEGATIVE_INFINITY : Period.dayStart(Number(frozen.day) + 1)
    const isPending = days.firstPending(known.id) !== undefined
    const row = looks.lastUntil(known.id, Number.MAX_SAFE_INTEGER)
    // The last checkpoint is that of the last day; where that day is frozen, the one behind it.
    const at = isPending ? undefined : explainer.stateBefore(known, Period.AFTER_ALL)
    if (row !== undefined) return this.endAt(known, revision, row, at, prunedUntil)
    return { known, revision, version: this.version, last: undefined, day: undefined, at, prunedUntil }
  }

  /** A cursor behind a row. */
  private endAt(known: Known, revision: number, row: Row, at: At | undefined, prunedUntil: number): Cursor {
    const { days, looks } = this.tables
    const run = Runs.one(looks.looksOf(row), Number(row.nth))
    const dayRow = days.one(known.id, Period.dayOf(Number(row.observed_at)))
    const tally = tallyOf(row)
    const day = dayRow === undefined ? undefined : { day: dayFrom(dayRow), isKept: true, isChanged: false }
    return {
      known,
      revision,
      version: this.version,
      last: run && { run, tally: tally ?? Tally.empty, isOpen: row.is_open === 1n, isKept: true, isChanged: false },
      day,
      // Sums that an int64 did not hold are only known by folding their day again.
      at: tally === undefined || day?.day.tally === undefined ? undefined : at,
      prunedUntil,
    }
  }

  private flush(cursor: Cursor): void {
    this.flushRun(cursor)
    this.flushDay(cursor)
  }

  private flushRun({ known, last }: Cursor): void {
    if (last === undefined || !last.isChanged) return
    if (last.isKept) this.tables.looks.extend(known.id, last.run, last.tally, last.isOpen)
    else this.tables.looks.insert(known.id, last.run, last.tally, last.isOpen)
    last.isKept = true
    last.isChanged = false
  }

  private flushDay({ day, known }: Cursor): void {
    if (day === undefined || !day.isChanged) return
    if (day.isKept) this.tables.days.update(known.id, day.day)
    else this.tables.days.insert(known.id, day.day)
    day.isKept = true
    day.isChanged = false
  }
}

interface Numbered {
  readonly index: number
  readonly entry: Entry
}
type NonEmpty = readonly [Numbered, ...ReadonlyArray<Numbered>]

/** Entries by their account, in the order in which they were given. */
const byAccount = (entries: ReadonlyArray<Entry>): ReadonlyArray<readonly [key: string, NonEmpty]> => {
  // The entries of an encoder share their accounts, so most are told apart by identity.
  const groups = new Map<Account.Account, [Numbered, ...Array<Numbered>]>()
  let [last, group]: [Account.Account | undefined, Array<Numbered>] = [undefined, []]
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index] as Entry
    const { account } = entry.snapshot
    if (account !== last) {
      const known = groups.get(account)
      if (known === undefined) {
        const begun: [Numbered, ...Array<Numbered>] = [{ index, entry }]
        groups.set(account, begun)
        group = begun
        last = account
        continue
      }
      group = known
      last = account
    }
    group.push({ index, entry })
  }
  return Array.from(groups, ([account, those]) => [Accounts.keyOf(account), those])
}

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

const newDay = (day: number, at: number): DayTable.Day => ({
  day,
  looks: 0,
  firstAt: at,
  lastAt: at,
  tally: Tally.empty,
  assumes: 0,
  isOpen: false,
  checksum: Checksum.empty,
  pending: DayTable.Pending.nothing,
})

const dayFrom = (row: DayTable.Row): DayTable.Day => ({
  day: Number(row.day),
  looks: Number(row.looks),
  firstAt: Number(row.first_at),
  lastAt: Number(row.last_at),
  tally: tallyOf(row),
  assumes: Number(row.assumes),
  isOpen: row.is_open === 1n,
  checksum: Checksum.fromInt64(row.checksum),
  pending: Number(row.pending),
})
