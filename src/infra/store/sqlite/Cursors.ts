/**
 * Where the accounts that are written to end: the last run, the last day, and the ledger's state. Other processes may write too: what they
 * added at the end is caught up with, and anything else makes a cursor begin anew.
 */
import type Database from "better-sqlite3"
import type * as Account from "../../../domain/history/Account.js"
import type { AccountTable } from "./AccountTable.js"
import * as Day from "./Day.js"
import type { DayTable } from "./DayTable.js"
import type { At, Explainer, Known } from "./Explainer.js"
import type { Row } from "./LookColumns.js"
import type { LookTable } from "./LookTable.js"
import * as Period from "./Period.js"
import * as Runs from "./Runs.js"
import * as SumColumns from "./SumColumns.js"
import * as Tally from "./Tally.js"
import type { TermsTable } from "./Terms.js"

/** The last run of an account. */
export interface OpenRun {
  run: Runs.Run
  tally: Tally.Tally
  isOpen: boolean
  isKept: boolean
  isChanged: boolean
}

/** The last day of an account. */
export interface OpenDay {
  day: Day.Day
  isKept: boolean
  isChanged: boolean
}

/** Where an account ends. */
export interface Cursor {
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

/** The tables of an open file. */
export interface Tables {
  readonly accounts: AccountTable
  readonly terms: TermsTable
  readonly looks: LookTable
  readonly days: DayTable
  readonly explainer: Explainer
  /** Throws where a newer version of the library has taken the file over. */
  readonly mustBeOurs: () => void
}

/** Cursors that are remembered. */
const MOST = 1024

/** The cursors of an open file. Each is to be called within a transaction that writes. */
export class Cursors {
  private readonly tables: Tables
  private readonly cursors = new Map<string, Cursor>()
  /** Changes with every transaction of another connection. */
  private readonly dataVersion
  private version: number | undefined

  constructor(database: Database.Database, tables: Tables) {
    this.tables = tables
    this.dataVersion = database.prepare<[], number>("PRAGMA data_version").pluck()
  }

  /** Forgets what is remembered: after a transaction that was rolled back, and after a change that no cursor made. */
  forget(): void {
    this.cursors.clear()
    this.tables.accounts.forgetIds()
    this.tables.terms.forgetAll()
    this.version = undefined
  }

  /** Forgets the cursor of one account. */
  drop(key: string): void {
    this.cursors.delete(key)
  }

  /** Whether the cursor of an account knows the ledger's state, so that nothing of it waits. */
  isCurrent(key: string): boolean {
    return this.cursors.get(key)?.at !== undefined
  }

  /** To be called first in each transaction: looks whether others wrote. */
  lookForOthers(): void {
    const version = this.dataVersion.get()
    if (version === this.version) return
    this.tables.mustBeOurs()
    this.version = version
    this.tables.accounts.forgetIds()
    this.tables.terms.forgetIds()
  }

  /** The cursor of an account. */
  of(key: string, account: Account.Account): Cursor {
    const remembered = this.cursors.get(key)
    if (remembered?.at !== undefined) {
      const current = remembered.version === this.version ? remembered : this.catchUp(remembered)
      if (current !== undefined) {
        this.cursors.set(key, current)
        return current
      }
    }
    const cursor = this.load(account)
    if (this.cursors.size >= MOST) this.cursors.clear()
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
    const tally = SumColumns.tallyOf(row)
    const day = dayRow === undefined ? undefined : { day: Day.fromRow(dayRow), isKept: true, isChanged: false }
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

  /** Writes what changed. */
  flush(cursor: Cursor): void {
    this.flushRun(cursor)
    this.flushDay(cursor)
  }

  /** Writes the last run, where it changed. */
  flushRun({ known, last }: Cursor): void {
    if (last === undefined || !last.isChanged) return
    if (last.isKept) this.tables.looks.extend(known.id, last.run, last.tally, last.isOpen)
    else this.tables.looks.insert(known.id, last.run, last.tally, last.isOpen)
    last.isKept = true
    last.isChanged = false
  }

  /** Writes the last day, where it changed. */
  flushDay({ day, known }: Cursor): void {
    if (day === undefined || !day.isChanged) return
    if (day.isKept) this.tables.days.update(known.id, day.day)
    else this.tables.days.insert(known.id, day.day)
    day.isKept = true
    day.isChanged = false
  }
}
