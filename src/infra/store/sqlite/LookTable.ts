/** The table `look`: runs of looks as rows, each with the sums of the usage that its looks close. */
import type Database from "better-sqlite3"
import * as Option from "effect/Option"
import * as AmountDue from "../../../domain/balance/AmountDue.js"
import type * as CustomerBalance from "../../../domain/balance/CustomerBalance.js"
import type * as Pool from "../../../domain/balance/Pool.js"
import type * as Account from "../../../domain/history/Account.js"
import * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Usd from "../../../domain/money/Usd.js"
import { StoreCorrupt } from "../StoreError.js"
import * as Look from "./Look.js"
import { COLUMNS, flawOf, flawOfSums, type LookColumns, type Row } from "./LookColumns.js"
import * as Period from "./Period.js"
import type { Run } from "./Runs.js"
import * as Sights from "./Sights.js"
import * as SumColumns from "./SumColumns.js"
import type { Tally } from "./Tally.js"
import * as Terms from "./Terms.js"

const SETS = SumColumns.NAMES.map((name) => `${name} = ?`).join(", ")

/** A place in the order of an account's looks. */
export interface Place {
  readonly observedAt: number
  readonly nth: number
}

/** The table of an open file. */
export class LookTable {
  private readonly path: string
  private readonly terms: Terms.TermsTable
  private readonly sql

  constructor(path: string, database: Database.Database, terms: Terms.TermsTable) {
    this.path = path
    this.terms = terms
    const select = `SELECT ${COLUMNS.join(", ")} FROM look WHERE account_id = ?`
    const rows = <Bound extends Array<unknown>>(rest: string) =>
      database.prepare<[number, ...Bound], Row>(`${select} ${rest}`).safeIntegers()
    this.sql = {
      last: rows<[number]>("AND observed_at <= ? ORDER BY observed_at DESC, nth DESC LIMIT 1"),
      between: rows<[number, number]>("AND observed_at > ? AND observed_at <= ? ORDER BY observed_at, nth"),
      from: rows<[number, number]>("AND (observed_at, nth) >= (?, ?) ORDER BY observed_at, nth"),
      forward: rows<[number, number, number, number]>(
        "AND (observed_at, nth) > (?, ?) AND observed_at <= ? ORDER BY observed_at, nth LIMIT ?",
      ),
      backward: rows<[number, number, number, number]>(
        "AND (observed_at, nth) < (?, ?) AND observed_at > ? ORDER BY observed_at DESC, nth DESC LIMIT ?",
      ),
      insert: database.prepare(
        `INSERT INTO look (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
      ),
      extend: database.prepare(
        `UPDATE look SET due_usd = ?, sights = ?, ${SETS}, is_open = ?
         WHERE account_id = ? AND observed_at = ? AND nth = ?`,
      ),
      setTally: database.prepare(
        `UPDATE look SET ${SETS}, is_open = ?
         WHERE account_id = ? AND observed_at = ? AND nth = ?`,
      ),
      remove: database.prepare("DELETE FROM look WHERE account_id = ? AND observed_at > ? AND observed_at <= ?"),
    }
  }

  /** The last row that begins at or before a time. */
  lastUntil(accountId: number, millis: number): Row | undefined {
    return this.sql.last.get(accountId, millis)
  }

  /** Rows that begin in `(after, until]`, in order. */
  between(accountId: number, after: number, until: number): ReadonlyArray<Row> {
    return this.sql.between.all(accountId, after, until)
  }

  /** Rows that begin at a place or after it, in order. */
  from(accountId: number, { nth, observedAt }: Place): ReadonlyArray<Row> {
    return this.sql.from.all(accountId, observedAt, nth)
  }

  /** Rows after a place that begin at or before `until`, in order. */
  forward(accountId: number, { nth, observedAt }: Place, until: number, limit: number): ReadonlyArray<Row> {
    return this.sql.forward.all(accountId, observedAt, nth, until, limit)
  }

  /** Rows before a place that begin after `after`, the last one first. */
  backward(accountId: number, { nth, observedAt }: Place, after: number, limit: number): ReadonlyArray<Row> {
    return this.sql.backward.all(accountId, observedAt, nth, after, limit)
  }

  /** Adds a run. */
  insert(accountId: number, run: Run, tally: Tally, isOpen: boolean): void {
    const { content, first } = run
    this.sql.insert.run(
      accountId,
      first.observedAt,
      run.nth,
      first.observedAt - first.updatedAt,
      content.termsId,
      content.monthlyUsd,
      content.monthlyCredits,
      content.stableUsd,
      content.grantedCredits,
      content.prepaidCreditsUsd,
      run.dueUsd,
      run.sights.bytes(),
      ...SumColumns.valuesOf(tally),
      isOpen ? 1 : 0,
    )
  }

  /** Writes what a run that is there became. */
  extend(accountId: number, run: Run, tally: Tally, isOpen: boolean): void {
    this.sql.extend.run(
      run.dueUsd,
      run.sights.bytes(),
      ...SumColumns.valuesOf(tally),
      isOpen ? 1 : 0,
      accountId,
      run.first.observedAt,
      run.nth,
    )
  }

  /** Writes the sums of a row, where they are others. */
  setTally(row: Row, tally: Tally, isOpen: boolean): void {
    if (SumColumns.holds(row, tally) && (row.is_open === 1n) === isOpen) return
    this.sql.setTally.run(...SumColumns.valuesOf(tally), isOpen ? 1 : 0, row.account_id, row.observed_at, row.nth)
  }

  /** Removes the rows that begin in `(after, until]`. */
  remove(accountId: number, after: number, until: number): void {
    this.sql.remove.run(accountId, after, until)
  }

  /**
   * The looks of a row.
   *
   * @throws StoreCorrupt where its sights are none.
   */
  looksOf(row: Row): ReadonlyArray<Look.Look> {
    const flaw = flawOfSums(row)
    if (flaw !== undefined) throw this.corrupt(row, flaw)
    return this.looksOfColumns(row)
  }

  /**
   * The looks of a row of which no sums were read.
   *
   * @throws StoreCorrupt where its sights are none.
   */
  looksOfColumns(row: LookColumns): ReadonlyArray<Look.Look> {
    const flaw = flawOf(row)
    if (flaw !== undefined) throw this.corrupt(row, flaw)
    const observedAt = Number(row.observed_at)
    const content: Look.Content = {
      termsId: Number(row.terms_id),
      monthlyUsd: row.monthly_usd,
      monthlyCredits: row.monthly_credits,
      stableUsd: row.stable_usd,
      grantedCredits: row.granted_credits,
      prepaidCreditsUsd: row.prepaid_credits_usd,
    }
    const first = { observedAt, updatedAt: observedAt - Number(row.lag), isDueTold: row.due_usd !== null }
    const sights = Sights.decode(first, row.sights)
    const last = sights?.at(-1)
    const isSound =
      sights !== undefined &&
      last !== undefined &&
      Period.hourOf(last.observedAt) === Period.hourOf(observedAt) &&
      (row.due_usd === null) === !sights.some((sight) => sight.isDueTold)
    if (!isSound) throw this.corrupt(row, "sights")
    return sights.map(({ isDueTold, observedAt, updatedAt }) => ({
      observedAt,
      updatedAt,
      isDueTold,
      content,
      dueUsd: isDueTold ? row.due_usd : null,
    }))
  }

  /**
   * Looks as snapshots of an account.
   *
   * @throws StoreCorrupt where a column holds what no snapshot has.
   */
  snapshotsOf(account: Account.Account, looks: ReadonlyArray<Look.Look>): ReadonlyArray<Snapshot.Snapshot> {
    let base: { readonly content: Look.Content; readonly of: ReturnType<LookTable["partsOf"]> } | undefined
    return looks.map((look) => {
      if (base?.content !== look.content) base = { content: look.content, of: this.partsOf(look) }
      return this.toSnapshot(account, look, base.of)
    })
  }

  /** A look as a snapshot. */
  snapshotOf(account: Account.Account, look: Look.Look): Snapshot.Snapshot {
    return this.toSnapshot(account, look, this.partsOf(look))
  }

  private toSnapshot(
    account: Account.Account,
    look: Look.Look,
    { monthly, stable, terms }: ReturnType<LookTable["partsOf"]>,
  ): Snapshot.Snapshot {
    const { createdAt, plan, refresh } = terms
    const time = (column: string, millis: number) =>
      Option.getOrThrowWith(Terms.timeOf(millis), () => this.corruptAt(look, column))
    const balance: CustomerBalance.CustomerBalance = {
      monthly,
      stable,
      due: look.dueUsd === null ? AmountDue.notRequested : AmountDue.due(this.usd(look, "due_usd", look.dueUsd)),
      refresh,
      subscriptionId: plan.subscriptionId,
      subscription: plan.subscription,
      enterprisePrice: plan.enterprisePrice,
      id: plan.id,
      mapId: plan.mapId,
      createdAt,
      updatedAt: time("lag", look.updatedAt),
    }
    return Snapshot.make(account, time("observed_at", look.observedAt), balance)
  }

  private partsOf(look: Look.Look) {
    const { content } = look
    const monthly: Pool.Monthly = {
      value: this.usd(look, "monthly_usd", content.monthlyUsd),
      credits: Option.map(Option.fromNullable(content.monthlyCredits), Look.creditsOf),
    }
    return { monthly, stable: this.stableOf(look), terms: this.terms.of(content.termsId) }
  }

  private stableOf(look: Look.Look): Pool.Stable {
    const { grantedCredits, prepaidCreditsUsd, stableUsd } = look.content
    const usd = this.usd(look, "stable_usd", stableUsd)
    if (grantedCredits !== null) return { _tag: "Granted", value: usd, credits: Look.creditsOf(grantedCredits) }
    if (prepaidCreditsUsd === null) throw this.corruptAt(look, "granted_credits")
    return { _tag: "PrePaid", cash: usd, credits: this.usd(look, "prepaid_credits_usd", prepaidCreditsUsd) }
  }

  private usd(look: Look.Look, column: keyof Row, nanos: bigint): Usd.Usd {
    return Option.getOrThrowWith(Usd.fromNanos(nanos), () => this.corruptAt(look, column))
  }

  /** What is wrong with a column of the row that a look is in. */
  corruptAt(look: Look.Look, column: string): StoreCorrupt {
    return new StoreCorrupt({ path: this.path, table: "look", key: `observed_at ${look.observedAt} ${column}` })
  }

  private corrupt(row: LookColumns, column: keyof Row): StoreCorrupt {
    const key = `${row.account_id}/${row.observed_at}/${row.nth} ${column}`
    return new StoreCorrupt({ path: this.path, table: "look", key })
  }
}
