/** What anybody would write by hand: better-sqlite3, a table of whole numbers, one row a snapshot. */
import * as Option from "effect/Option"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Driver from "../../src/infra/store/sqlite/Driver.js"
import type { Given, Synchronous, Writer } from "./Writer.js"

/** The columns of a row. */
export const COLUMNS = [
  "account_id",
  "observed_at",
  "updated_at",
  "created_at",
  "plan_id",
  "monthly_usd",
  "monthly_credits",
  "stable_usd",
  "granted_credits",
  "prepaid_credits_usd",
  "due_usd",
  "refresh_at",
]

type Value = number | bigint | null

/** A snapshot as the numbers of a row. One account and one plan, which cost nothing to know. */
export const valuesOf = ({ balance, observedAt }: Snapshot.Snapshot): Array<Value> => {
  const { createdAt, due, monthly, refresh, stable, updatedAt } = balance
  return [
    1,
    observedAt.epochMillis,
    updatedAt.epochMillis,
    createdAt.epochMillis,
    1,
    Usd.toNanos(monthly.value),
    Option.isSome(monthly.credits) ? BigInt.asIntN(64, monthly.credits.value) : null,
    Usd.toNanos(stable._tag === "Granted" ? stable.value : stable.cash),
    stable._tag === "Granted" ? BigInt.asIntN(64, stable.credits) : null,
    stable._tag === "PrePaid" ? Usd.toNanos(stable.credits) : null,
    due._tag === "Due" ? Usd.toNanos(due.usd) : null,
    refresh._tag === "RefreshAt" ? refresh.at.epochMillis : null,
  ]
}

const open = (path: string, synchronous: Synchronous, table: string): Driver.Database => {
  const database = Driver.open(path)
  database.pragma("journal_mode = WAL")
  database.pragma(`synchronous = ${synchronous}`)
  database.exec(table)
  return database
}

const counter = (path: string) => (): number => {
  const database = Driver.open(path, { readonly: true })
  const count = database.prepare<[], number>("SELECT count(*) FROM snapshot").pluck().get()
  database.close()
  return count ?? 0
}

const tableOf = (columns: ReadonlyArray<string>): string =>
  `CREATE TABLE snapshot (
     ${columns.map((column) => `${column} INTEGER`).join(", ")},
     PRIMARY KEY (account_id, observed_at)
   ) STRICT, WITHOUT ROWID`

const insertOf = (columns: ReadonlyArray<string>): string =>
  `INSERT INTO snapshot (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`

/** A row an insert, each in a transaction of its own. */
export const single = (path: string, synchronous: Synchronous): Writer => {
  const database = open(path, synchronous, tableOf(COLUMNS))
  const insert = database.prepare<Array<Value>>(insertOf(COLUMNS))
  return {
    name: "better-sqlite3",
    write: (polls) => {
      for (const { snapshot } of polls) insert.run(...valuesOf(snapshot))
    },
    close: () => database.close(),
    count: counter(path),
    files: [path],
  }
}

/** Pages of the log of those who store much at once, as many as the store allows itself. */
const BULK_PAGES = 65_536

const bulk = (path: string, table: string): Driver.Database => {
  const database = open(path, "NORMAL", table)
  database.pragma(`wal_autocheckpoint = ${BULK_PAGES}`)
  return database
}

const closeBulk = (database: Driver.Database): void => {
  database.pragma("wal_checkpoint(TRUNCATE)")
  database.close()
}

/** How many share a transaction. */
export const AT_ONCE = 500

/** Things in parts of {@link AT_ONCE}. */
export const batches = <A>(all: ReadonlyArray<A>): ReadonlyArray<ReadonlyArray<A>> =>
  Array.from({ length: Math.ceil(all.length / AT_ONCE) }, (_, nth) => all.slice(nth * AT_ONCE, (nth + 1) * AT_ONCE))

/** Rows in transactions of {@link AT_ONCE}. */
export const many = (path: string): Writer => {
  const database = bulk(path, tableOf(COLUMNS))
  const insert = database.prepare<Array<Value>>(insertOf(COLUMNS))
  const add = database.transaction((polls: ReadonlyArray<Given>) => {
    for (const { snapshot } of polls) insert.run(...valuesOf(snapshot))
  })
  return {
    name: "better-sqlite3",
    write: (polls) => {
      for (const each of batches(polls)) add(each)
    },
    close: () => closeBulk(database),
    count: counter(path),
    files: [path],
  }
}

/** Lines of JSON, parsed for their account and time and stored as they are, in transactions of {@link AT_ONCE}. */
export const texts = (path: string) => {
  const database = bulk(path, "CREATE TABLE snapshot (subject TEXT, observed_at INTEGER, body TEXT)")
  const insert = database.prepare<[string, number, string]>("INSERT INTO snapshot VALUES (?, ?, ?)")
  const add = database.transaction((lines: ReadonlyArray<string>) => {
    for (const line of lines) {
      const parsed: { readonly subject: string; readonly observed_at: string } = JSON.parse(line)
      insert.run(parsed.subject, Date.parse(parsed.observed_at), line)
    }
  })
  return {
    name: "JSON.parse, better-sqlite3",
    write: (lines: ReadonlyArray<string>): void => {
      for (const each of batches(lines)) add(each)
    },
    close: () => closeBulk(database),
    count: counter(path),
  }
}
