/**
 * The SQLite driver, behind an interface of its own. It is loaded when the first database is opened, so that importing the library loads no
 * native code.
 *
 * Two packages provide it, both optional dependencies:
 *
 * - `better-sqlite3` 13 on Node 22 and later. Its binaries are in the package. It crashes Node 20, where it is never loaded.
 * - `better-sqlite3-12` (an alias of `better-sqlite3` 12) on Node 20, and on later versions where 13 cannot be loaded. An install script
 *   fetches or compiles its binary.
 */
import { createRequire } from "node:module"
import { StoreCannotOpen } from "../StoreError.js"

/** Result of a statement that writes. */
export interface RunResult {
  /** Rows inserted, updated or deleted. */
  readonly changes: number
  /** A bigint under {@link Statement.safeIntegers}. */
  readonly lastInsertRowid: number | bigint
}

/** A prepared statement: `Bind` are its parameters, `Row` is what it returns for a row. */
export interface Statement<Bind extends ReadonlyArray<unknown> = ReadonlyArray<unknown>, Row = unknown> {
  run(...bind: Bind): RunResult
  /** Returns the first row, `undefined` where there is none. */
  get(...bind: Bind): Row | undefined
  all(...bind: Bind): Array<Row>
  iterate(...bind: Bind): IterableIterator<Row>
  /** Returns the first column in place of the row. */
  pluck(isOn?: boolean): this
  /** Returns rows as arrays. */
  raw(isOn?: boolean): this
  /** Returns integers as bigints. */
  safeIntegers(isOn?: boolean): this
}

/** Pages of a backup. */
export interface BackupPages {
  readonly totalPages: number
  readonly remainingPages: number
}

/** An open database. */
export interface Database {
  /** Whether it is open. */
  readonly open: boolean
  readonly inTransaction: boolean
  /** Prepares one statement. `Bind` is a tuple, or an object for named parameters. */
  prepare<Bind extends ReadonlyArray<unknown> | object = ReadonlyArray<unknown>, Row = unknown>(
    sql: string,
  ): Statement<Bind extends ReadonlyArray<unknown> ? Bind : readonly [Bind], Row>
  /** Runs any number of statements without parameters. */
  exec(sql: string): this
  /** Runs a pragma: returns its rows, or its first value where `simple`. */
  pragma(sql: string, options?: { readonly simple?: boolean }): unknown
  /** Wraps a function in a transaction, deferred unless called as `.immediate`. A throw rolls back. */
  transaction<Args extends ReadonlyArray<unknown>, A>(
    work: (...args: Args) => A,
  ): ((...args: Args) => A) & { readonly immediate: (...args: Args) => A }
  /** Copies the database to a file. `progress` returns the number of pages to copy before the event loop runs again. */
  backup(path: string, options?: { readonly progress?: (pages: BackupPages) => number }): Promise<BackupPages>
  close(): this
}

/** How a database is opened. */
export interface OpenOptions {
  /** @default false */
  readonly readonly?: boolean
  /** Fails where the file is missing. @default false */
  readonly fileMustExist?: boolean
  /** How long SQLite waits for a lock, in milliseconds; the event loop stands still meanwhile. @default 5000 */
  readonly timeout?: number
}

/** A driver that works in this process. */
export interface Driver {
  /** Name of the package as it is installed. */
  readonly name: Name
  readonly version: string
  /** The file of the package that `require` loads, for threads. */
  readonly file: string
  /** Opens a database. White space around the path is trimmed. @throws SqliteError */
  readonly open: (path: string, options?: OpenOptions) => Database
}

/** An error of SQLite. */
export interface SqliteError extends Error {
  readonly name: "SqliteError"
  /** A result code such as `SQLITE_BUSY` or, extended, `SQLITE_BUSY_SNAPSHOT`. */
  readonly code: string
}

/** Whether a value is an error of SQLite, from whichever driver. */
export const isSqliteError = (cause: unknown): cause is SqliteError =>
  cause instanceof Error && cause.name === "SqliteError" && "code" in cause && typeof cause.code === "string"

/** Makes the error that SQLite throws when another connection holds a lock. */
export const busy = (): SqliteError =>
  Object.assign(new Error("database is locked"), { name: "SqliteError" as const, code: "SQLITE_BUSY" })

type Name = "better-sqlite3" | "better-sqlite3-12"

/** What a package of the driver exports. */
type Constructor = new (path: string, options?: OpenOptions) => Database

const MEMORY = ":memory:"

/** Names are written out in calls of `require`, so that tools that trace the files of a deployment find them. */
const requireDriver = (name: Name) => {
  const require = createRequire(import.meta.url)
  const file = require.resolve(name)
  const found: { readonly Database: Constructor; readonly version: string } =
    name === "better-sqlite3"
      ? { Database: require("better-sqlite3"), version: require("better-sqlite3/package.json").version }
      : { Database: require("better-sqlite3-12"), version: require("better-sqlite3-12/package.json").version }
  return { ...found, file }
}

const attempt = (name: Name): Driver => {
  const { Database, file, version } = requireDriver(name)
  // The first constructor call loads the native part, not `require`.
  new Database(MEMORY).close()
  return { name, version, file, open: (path, options) => new Database(path, options) }
}

/** The packages to try under a version of Node, in order. */
export const candidates = (nodeVersion: string): ReadonlyArray<Name> =>
  Number.parseInt(nodeVersion, 10) >= 22 ? ["better-sqlite3", "better-sqlite3-12"] : ["better-sqlite3-12"]

let loaded: Driver | undefined

/** The first line of a failure; what follows it are the stacks of `require`, or paths that were tried. */
const summary = (cause: unknown): string =>
  String(cause instanceof Error ? cause.message : cause).split("\n", 1)[0] ?? ""

/**
 * Loads the driver, once a process. A failure is not remembered.
 *
 * @param path The file to be opened, named in the error.
 * @throws StoreCannotOpen `NoDriver` where no driver can be loaded; `cause` says why for each package, and holds each failure in `errors`.
 */
export const load = (path?: string): Driver => {
  if (loaded !== undefined) return loaded
  const failures: Array<{ readonly name: Name; readonly cause: unknown }> = []
  for (const name of candidates(process.versions.node)) {
    try {
      loaded = attempt(name)
      return loaded
    } catch (cause) {
      failures.push({ name, cause })
    }
  }
  const cause = new AggregateError(
    failures.map((failure) => failure.cause),
    failures.map((failure) => `${failure.name}: ${summary(failure.cause)}`).join("; "),
  )
  throw new StoreCannotOpen({ path, reason: "NoDriver", cause })
}

/** Opens a database with the driver of this process. @throws StoreCannotOpen `NoDriver`, SqliteError */
export const open = (path: string, options?: OpenOptions): Database =>
  load(path === MEMORY ? undefined : path).open(path, options)

/** Versions of what the driver is made of. */
export interface Versions {
  /** Name and version of the package, such as `better-sqlite3 13.2.0`. */
  readonly driver: string
  readonly sqlite: string
}

/** Tells the versions. @throws StoreCannotOpen `NoDriver` */
export const versions = (): Versions => {
  const driver = load()
  const database = driver.open(MEMORY)
  try {
    const sqlite = database.prepare<[], string>("SELECT sqlite_version()").pluck().get() ?? "unknown"
    return { driver: `better-sqlite3 ${driver.version}`, sqlite }
  } finally {
    database.close()
  }
}
