/** Whether an open file holds what was put in. Each is to be called within a transaction. */
import type Database from "better-sqlite3"
import type { Damage } from "../StoreCare.js"
import { StoreCorrupt } from "../StoreError.js"
import type { AccountTable } from "./AccountTable.js"
import * as Checkpoint from "./Checkpoint.js"
import * as Checksum from "./Checksum.js"
import type { Row } from "./Day.js"
import type { DayTable } from "./DayTable.js"
import type { Explainer, Known } from "./Explainer.js"
import type { HolderTable } from "./HolderTable.js"
import type { LookTable } from "./LookTable.js"
import * as Period from "./Period.js"
import * as Pruner from "./Pruner.js"
import * as SumColumns from "./SumColumns.js"
import * as Tally from "./Tally.js"
import { digestOf, type TermsTable } from "./Terms.js"

/** How much damage is told. */
export const MOST = 100

/** A day that was checked. */
export interface CheckedDay {
  readonly day: number
  readonly snapshots: number
  readonly damage: ReadonlyArray<Damage>
}

/** Checks a file. */
export class Checker {
  private readonly accounts: AccountTable
  private readonly terms: TermsTable
  private readonly looks: LookTable
  private readonly days: DayTable
  private readonly explainer: Explainer
  private readonly holders: HolderTable
  private readonly database: Database.Database
  /** Whether an older ledger made the sums, and nothing may be written: then they wait, all of them. */
  private readonly isOld: () => boolean

  constructor(
    database: Database.Database,
    isOld: () => boolean,
    tables: {
      readonly accounts: AccountTable
      readonly terms: TermsTable
      readonly looks: LookTable
      readonly days: DayTable
      readonly explainer: Explainer
      readonly holders: HolderTable
    },
  ) {
    this.database = database
    this.isOld = isOld
    this.accounts = tables.accounts
    this.terms = tables.terms
    this.looks = tables.looks
    this.days = tables.days
    this.explainer = tables.explainer
    this.holders = tables.holders
  }

  /** Damage to pages, indices, references, and texts that are kept by content. */
  file(): ReadonlyArray<Damage> {
    const damage: Array<Damage> = []
    const pages = this.database.prepare<[], string>(`PRAGMA integrity_check(${MOST})`).pluck().all()
    if (pages[0] !== "ok") for (const what of pages) damage.push({ table: "database", key: "pages", what })
    const references = this.database.prepare<[], { table: string; rowid: number | null }>("PRAGMA foreign_key_check")
    for (const { rowid, table } of references.all()) {
      damage.push({ table, key: `row ${rowid}`, what: "it refers to a row that is not there" })
    }
    const strays = this.database
      .prepare<[], number>("SELECT DISTINCT terms_id FROM look WHERE terms_id NOT IN (SELECT id FROM terms)")
      .pluck()
    for (const id of strays.all()) damage.push({ table: "terms", key: `${id}`, what: "it is missing" })
    const plans = this.database.prepare<[], { id: number; digest: Buffer; json: string }>(
      "SELECT id, digest, json FROM plan",
    )
    for (const { digest, id, json } of plans.iterate()) {
      const isSound = typeof json === "string" && Buffer.isBuffer(digest) && digestOf(json).equals(digest)
      if (!isSound) damage.push({ table: "plan", key: `${id} json`, what: CHANGED })
    }
    for (const key of this.holders.damaged()) damage.push({ table: "holder", key, what: CHANGED })
    for (const id of this.accounts.damaged()) damage.push({ table: "account", key: `${id}`, what: CHANGED })
    const homeless = this.database
      .prepare<[], number>("SELECT DISTINCT account_id FROM look WHERE account_id NOT IN (SELECT id FROM account)")
      .pluck()
    for (const id of homeless.all()) damage.push({ table: "look", key: `${id}`, what: "its account is missing" })
    return damage.slice(0, MOST)
  }

  /** The first day of an account after `day`, checked by itself. */
  nextDay(known: Known, day: number): CheckedDay | undefined {
    const next = this.days.nextDay(known.id, day)
    const row = next === undefined ? undefined : this.days.one(known.id, next)
    if (row === undefined) return undefined
    try {
      return this.checkDay(known, day, row)
    } catch (cause) {
      if (!(cause instanceof StoreCorrupt)) throw cause
      const { key, table } = cause
      return { day: Number(row.day), snapshots: 0, damage: [{ table, key, what: "it does not read" }] }
    }
  }

  /** Rows that belong to no day of the roll-up. */
  strays({ id }: Known): ReadonlyArray<Damage> {
    const days = new Set(this.days.between(id, Period.BEFORE_ALL, Period.AFTER_ALL).map((row) => Number(row.day)))
    const found = this.database.prepare<[number], number>("SELECT observed_at FROM look WHERE account_id = ?").pluck()
    const damage: Array<Damage> = []
    for (const observedAt of found.iterate(id)) {
      if (!days.has(Period.dayOf(observedAt)) && damage.length < MOST) {
        damage.push({ table: "look", key: `${id}/${observedAt}`, what: "its day is not in the roll-up" })
      }
    }
    return damage
  }

  private checkDay(known: Known, before: number, row: Row): CheckedDay {
    const day = Number(row.day)
    const damage: Array<Damage> = []
    const wrong = (table: string, key: string, what: string): void => {
      if (damage.length < MOST) damage.push({ table, key: `${known.id}/${key}`, what })
    }
    const isFrozen = row.frozen !== null
    const isPending = row.pending > 0n || (!isFrozen && this.isOld())
    const rows = this.looks.between(known.id, Period.dayStart(day), Period.dayStart(day + 1))
    let at = isFrozen || isPending ? undefined : this.explainer.stateBefore(known, day)
    let tally = Tally.empty
    let [assumes, snapshots] = [0, 0]
    let checksum = Checksum.empty
    let [firstAt, lastAt] = [Number.NaN, Number.NaN]
    for (const each of rows) {
      const looks = this.looks.looksOf(each)
      for (const look of looks) {
        checksum = Checksum.add(checksum, Checksum.of(look, this.terms.of(look.content.termsId).hash))
        if (Number.isNaN(firstAt)) firstAt = look.observedAt
        if (look.observedAt < lastAt) wrong("look", `${each.observed_at}/${each.nth}`, "it is out of order")
        lastAt = look.observedAt
      }
      snapshots += looks.length
      if (at === undefined) {
        tally = Tally.add(tally, SumColumns.tallyOf(each) ?? Tally.empty)
        continue
      }
      const sums = this.explainer.foldRow(known, at, each)
      if (!SumColumns.holds(each, sums.tally) || (each.is_open === 1n) !== sums.at.state.payAsYouGoPossible) {
        wrong("look", `${each.observed_at}/${each.nth} sums`, "they are not what the ledger explains")
      }
      tally = Tally.add(tally, sums.tally)
      assumes |= sums.assumes
      at = sums.at
    }
    const isEmptied = isFrozen && snapshots === 0
    const sealed = isFrozen ? Checksum.add(checksum, Pruner.sealOf(row, rows)) : checksum
    if (Checksum.toInt64(sealed) !== row.checksum) wrong("day", `${day} checksum`, "it is not that of what is kept")
    if (snapshots !== Number(row.looks))
      wrong("day", `${day} looks`, `it tells ${row.looks}, and ${snapshots} are there`)
    if (!isEmptied && (Number(row.first_at) !== firstAt || Number(row.last_at) !== lastAt)) {
      wrong("day", `${day} first_at, last_at`, "they are not those of its looks")
    }
    if (!isEmptied && !isPending && !SumColumns.holds(row, tally))
      wrong("day", `${day} sums`, "they are not those of its rows")
    if (at !== undefined) {
      if (Number(row.assumes) !== assumes) wrong("day", `${day} assumes`, "it is not what the ledger takes for granted")
      if ((row.is_open === 1n) !== at.state.payAsYouGoPossible) wrong("day", `${day} is_open`, CHANGED)
      this.checkNext(known, day, Checkpoint.encode(at.state, at.previous), wrong)
    }
    if (
      before === Period.BEFORE_ALL &&
      !isFrozen &&
      !isPending &&
      this.days.checkpoint(known.id, day) !== Checkpoint.START
    ) {
      if (this.days.lastFrozen(known.id) === undefined) wrong("checkpoint", `${day} state`, CHANGED)
    }
    return { day, snapshots, damage }
  }

  /** The state that the next day begins with must be the one that this day ends with. */
  private checkNext(
    known: Known,
    day: number,
    state: string | undefined,
    wrong: (table: string, key: string, what: string) => void,
  ): void {
    const next = this.days.nextDay(known.id, day)
    if (next === undefined) return
    const row = this.days.one(known.id, next)
    if (row === undefined || row.pending > 0n || state === undefined) return
    if (this.days.checkpoint(known.id, next) !== state) {
      wrong("checkpoint", `${next} state`, "it is not what the day before ends with")
    }
  }
}

const CHANGED = "it is not what was put in"
