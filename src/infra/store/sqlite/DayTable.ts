/** The tables `day`, the roll-up of an account's looks by UTC day, and `checkpoint`, the ledger's state before a day's first look. */
import type Database from "better-sqlite3"
import * as Option from "effect/Option"
import type { AccountSummary } from "../SnapshotStore.js"
import { StoreCorrupt } from "../StoreError.js"
import { toAccount } from "./AccountTable.js"
import * as Checksum from "./Checksum.js"
import type { Day, Row } from "./Day.js"
import { Pending } from "./Day.js"
import * as SumColumns from "./SumColumns.js"
import { timeOf } from "./Terms.js"

interface Summary {
  readonly snapshots: number
  readonly first: number
  readonly last: number
}

/** The usage of a day; its sums are `undefined` where an int64 did not hold them. */
export interface UsageOfDay extends Pick<Day, "day" | "looks" | "tally" | "assumes" | "isOpen"> {}

const COLUMNS = [
  "day",
  "looks",
  "first_at",
  "last_at",
  ...SumColumns.NAMES,
  "assumes",
  "is_open",
  "checksum",
  "pending",
  "frozen",
] as const satisfies ReadonlyArray<keyof Row>

const USAGE = ["day", "looks", ...SumColumns.NAMES, "assumes", "is_open"] as const satisfies ReadonlyArray<keyof Row>

type Sum = bigint | null
type UsageRow = readonly [bigint, bigint, Sum, Sum, bigint, Sum, Sum, bigint, bigint, bigint]

/** Whether a column of {@link USAGE} is a sum, which an int64 may not have held. */
const isSum = (nth: number): boolean => NULLABLE.has(USAGE[nth] ?? "")

const NULLABLE: ReadonlySet<string> = new Set([
  "credits_lower",
  "credits_hidden",
  "paygo_lower",
  "paygo_hidden",
  "frozen",
])

const WRITTEN = COLUMNS.filter((column) => column !== "day" && column !== "frozen")

const values = (day: Day): ReadonlyArray<number | bigint | null> => {
  const { tally } = day
  return [
    day.looks,
    day.firstAt,
    day.lastAt,
    ...(tally === undefined ? SumColumns.UNKNOWN : SumColumns.valuesOf(tally)),
    day.assumes,
    day.isOpen ? 1 : 0,
    Checksum.toInt64(day.checksum),
    day.pending,
  ]
}

/** The tables of an open file. */
export class DayTable {
  private readonly path: string
  private readonly sql

  constructor(path: string, database: Database.Database) {
    this.path = path
    const select = `SELECT ${COLUMNS.join(", ")} FROM day WHERE account_id = ?`
    const rows = <Bound extends Array<unknown>>(rest: string) =>
      database.prepare<[number, ...Bound], Row>(`${select} ${rest}`).safeIntegers()
    this.sql = {
      one: rows<[number]>("AND day = ?"),
      between: rows<[number, number]>("AND day BETWEEN ? AND ? ORDER BY day"),
      looks: database.prepare<[number], number>("SELECT coalesce(sum(looks), 0) FROM day WHERE account_id = ?").pluck(),
      usage: database
        .prepare<[number, number, number], UsageRow>(
          `SELECT ${USAGE.join(", ")} FROM day WHERE account_id = ? AND day BETWEEN ? AND ? ORDER BY day`,
        )
        .raw()
        .safeIntegers(),
      last: rows<[number]>("AND day <= ? ORDER BY day DESC LIMIT 1"),
      next: database
        .prepare<[number, number], number>("SELECT day FROM day WHERE account_id = ? AND day > ? ORDER BY day LIMIT 1")
        .pluck(),
      pending: rows<[]>("AND pending > 0 ORDER BY day LIMIT 1"),
      frozen: rows<[]>("AND frozen IS NOT NULL ORDER BY day DESC LIMIT 1"),
      unarranged: database
        .prepare<[], number>(`SELECT account_id FROM day WHERE pending > 0 AND pending = ${Pending.arrange} LIMIT 1`)
        .pluck(),
      summaries: database.prepare<
        [],
        { readonly id: number; readonly base_url: string; readonly owner: string } & Summary
      >(
        `SELECT id, base_url, owner, snapshots, first, last FROM account JOIN (
           SELECT account_id, sum(looks) AS snapshots, min(first_at) AS first, max(last_at) AS last
           FROM day GROUP BY account_id
         ) ON account_id = id`,
      ),
      insert: database.prepare(
        `INSERT INTO day (account_id, day, ${WRITTEN.join(", ")}) VALUES (?, ?, ${WRITTEN.map(() => "?").join(", ")})`,
      ),
      update: database.prepare(
        `UPDATE day SET ${WRITTEN.map((column) => `${column} = ?`).join(", ")} WHERE account_id = ? AND day = ?`,
      ),
      mark: database.prepare(
        "UPDATE day SET pending = max(pending, ?) WHERE account_id = ? AND day = ? AND frozen IS NULL",
      ),
      freeze: database.prepare("UPDATE day SET frozen = ? WHERE account_id = ? AND day = ?"),
      checkpoint: database
        .prepare<[number, number], string>("SELECT state FROM checkpoint WHERE account_id = ? AND day = ?")
        .pluck(),
      lastCheckpoint: database.prepare<[number, number], { readonly day: number; readonly state: string }>(
        "SELECT day, state FROM checkpoint WHERE account_id = ? AND day <= ? ORDER BY day DESC LIMIT 1",
      ),
      setCheckpoint: database.prepare(
        "INSERT INTO checkpoint (account_id, day, state) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
      ),
      removeCheckpoints: database.prepare("DELETE FROM checkpoint WHERE account_id = ? AND day <= ?"),
      removeCheckpoint: database.prepare("DELETE FROM checkpoint WHERE account_id = ? AND day = ?"),
    }
  }

  /** The row of a day. */
  one(accountId: number, day: number): Row | undefined {
    return this.sound(accountId, this.sql.one.get(accountId, day))
  }

  /** The rows of days from `first` to `last`, both included, in order. */
  between(accountId: number, first: number, last: number): ReadonlyArray<Row> {
    return this.sql.between.all(accountId, first, last).map((row) => this.sound(accountId, row))
  }

  /** How many looks an account has. */
  looksOf(accountId: number): number {
    return this.sql.looks.get(accountId) ?? 0
  }

  /** The usage of days from `first` to `last`, both included, in order: a year of them is asked for at once. */
  usageBetween(accountId: number, first: number, last: number): ReadonlyArray<UsageOfDay> {
    return this.sql.usage.all(accountId, first, last).map((row) => {
      for (let nth = 0; nth < row.length; nth++) {
        const isSound = typeof row[nth] === "bigint" || (row[nth] === null && isSum(nth))
        if (!isSound) throw this.corrupt(`${accountId}/${row[0]} ${USAGE[nth]}`)
      }
      const [day, looks, credits_lower, credits_hidden, credits_unbounded, ...rest] = row
      const [paygo_lower, paygo_hidden, paygo_unbounded, assumes, isOpen] = rest
      return {
        day: Number(day),
        looks: Number(looks),
        tally: SumColumns.tallyOf({
          credits_lower,
          credits_hidden,
          credits_unbounded,
          paygo_lower,
          paygo_hidden,
          paygo_unbounded,
        }),
        assumes: Number(assumes),
        isOpen: isOpen === 1n,
      }
    })
  }

  /** The last row of a day up to `day`. */
  lastUntil(accountId: number, day: number): Row | undefined {
    return this.sound(accountId, this.sql.last.get(accountId, day))
  }

  /** The first day with looks after a day. */
  nextDay(accountId: number, day: number): number | undefined {
    return this.sql.next.get(accountId, day)
  }

  /** The first day that waits to be explained. */
  firstPending(accountId: number): Row | undefined {
    return this.sound(accountId, this.sql.pending.get(accountId))
  }

  /** The last day whose sums are frozen. */
  lastFrozen(accountId: number): Row | undefined {
    return this.sound(accountId, this.sql.frozen.get(accountId))
  }

  /** The id of an account with rows to be put in order. */
  unarranged(): number | undefined {
    return this.sql.unarranged.get()
  }

  /** Every account with days. */
  summaries(): ReadonlyArray<AccountSummary> {
    return this.sql.summaries.all().map((row) => {
      const time = (column: string, millis: number) =>
        Option.getOrThrowWith(timeOf(millis), () => this.corrupt(`${row.id} ${column}`))
      return {
        account: toAccount(this.path, row),
        snapshots: row.snapshots,
        first: time("first_at", row.first),
        last: time("last_at", row.last),
      }
    })
  }

  /** A row whose every column is of its type: a flipped bit can make another type of a value, whatever the table says. */
  private sound<R extends Row | undefined>(accountId: number, row: R): R {
    if (row === undefined) return row
    for (const column of COLUMNS) {
      const value = row[column]
      if (typeof value === "bigint" || (value === null && NULLABLE.has(column))) continue
      throw this.corrupt(`${accountId}/${row.day} ${column}`)
    }
    return row
  }

  private corrupt(key: string): StoreCorrupt {
    return new StoreCorrupt({ path: this.path, table: "day", key })
  }

  insert(accountId: number, day: Day): void {
    this.sql.insert.run(accountId, day.day, ...values(day))
  }

  update(accountId: number, day: Day): void {
    this.sql.update.run(...values(day), accountId, day.day)
  }

  /** Marks a day to be explained, or more. */
  mark(accountId: number, day: number, pending: number): void {
    this.sql.mark.run(pending, accountId, day)
  }

  /** Freezes the sums of a day, which a version of the ledger made. */
  freeze(accountId: number, day: number, version: number): void {
    this.sql.freeze.run(version, accountId, day)
  }

  /** The ledger's state before a day's first look, as text. */
  checkpoint(accountId: number, day: number): string | undefined {
    return this.sql.checkpoint.get(accountId, day)
  }

  /** The last checkpoint of a day up to `day`. */
  lastCheckpoint(accountId: number, day: number): { readonly day: number; readonly state: string } | undefined {
    return this.sql.lastCheckpoint.get(accountId, day)
  }

  /** Removes the states of days up to `day`. */
  removeCheckpoints(accountId: number, day: number): void {
    this.sql.removeCheckpoints.run(accountId, day)
  }

  /** Keeps a state, or none where it has no text. */
  setCheckpoint(accountId: number, day: number, state: string | undefined): void {
    if (state === undefined) this.sql.removeCheckpoint.run(accountId, day)
    else this.sql.setCheckpoint.run(accountId, day, state)
  }
}
