/**
 * One connection to a history file: opened with care for what is there, closed with its scope, never blocking the event loop for long.
 *
 * Work runs synchronously, in one transaction and one turn of the event loop. When another process holds the lock, SQLite waits a few
 * milliseconds; past that the work is given up and tried again later, with jitter, for up to 10 seconds.
 */
import { closeSync, mkdirSync, openSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import {
  StoreCannotOpen,
  type StoreError,
  StoreOlderVersion,
  type StoreOpenError,
  StoreReadOnly,
} from "../StoreError.js"
import * as Fault from "./Fault.js"
import * as Identity from "./Identity.js"
import * as Migrations from "./Migrations.js"
import * as ReadableCopy from "./ReadableCopy.js"

/** How a file is opened. */
export type Options =
  | {
      readonly mode: "ReadWrite"
      readonly path: string
      readonly createFolder: boolean
      readonly synchronous: "FULL" | "NORMAL"
      /** Whether the log is written into the file seldom, and wholly when it closes. */
      readonly bulk?: boolean
    }
  | { readonly mode: "ReadOnly"; readonly path: string }
  | { readonly mode: "Memory" }

/** An open file. */
export interface Connection {
  readonly path: string
  /** Statements, made once on a file that was just opened. */
  readonly prepare: <A>(make: (database: Database.Database) => A) => Effect.Effect<A, StoreOpenError>
  /** Reads in one transaction. */
  readonly read: <A>(operation: string, work: () => A) => Effect.Effect<A, StoreError>
  /**
   * Writes in one transaction, all or nothing; fails on a connection for reading only. `undo` is told of a transaction that was begun and
   * not kept.
   */
  readonly write: <A>(operation: string, work: () => A, undo?: () => void) => Effect.Effect<A, StoreError>
  /** Works outside of a transaction on a file that may be written. */
  readonly alone: <A>(operation: string, work: () => A) => Effect.Effect<A, StoreError>
  /**
   * Another number after every transaction that wrote, of this connection or of another one, unlike all before; `NaN`, which equals
   * nothing, where it cannot be told. Costs about a microsecond.
   */
  readonly version: () => number
  readonly isReadOnly: boolean
  /** Whether it is a file, which other connections can open. */
  readonly isFile: boolean
}

const MEMORY = ":memory:"

/**
 * Pages of the log past which it is written into the file. Without a wait for the disk each time costs what hundreds of appends do, so it is seldom; with
 * one, a log that grows is slower to wait for than one that is written over.
 */
const LOG_PAGES = { FULL: 1000, NORMAL: 4096 } as const

/** Pages of a bulk's log, 256 MiB: past that it is written into the file, lest it grow without bound. */
const BULK_PAGES = 65_536

/** How long SQLite itself may wait for a lock: this long the event loop stands still. */
const BUSY_TIMEOUT_MILLIS = 5

const backOff = Schedule.exponential("2 millis").pipe(
  Schedule.union(Schedule.spaced("50 millis")),
  Schedule.jittered,
  Schedule.upTo("10 seconds"),
)

const attempt = <A, E>(work: () => A, errorOf: (cause: unknown) => E | undefined): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    try {
      return Effect.succeed(work())
    } catch (cause) {
      const error = errorOf(cause)
      return error === undefined ? Effect.die(cause) : Effect.fail(error)
    }
  })

const isBusy = (error: { readonly _tag: string }): boolean => error._tag === "StoreBusy"

/** Tries again while another process holds the lock. */
export const patiently = <A, E extends { readonly _tag: string }, R>(
  self: Effect.Effect<A, E, R>,
): Effect.Effect<A, E, R> =>
  // A retry costs more than most work, so it begins where there is something to wait for.
  Effect.catchIf(self, isBusy, () => Effect.retry(self, { schedule: backOff, while: isBusy }))

const transact = (
  database: Database.Database,
  begin: string,
): (<A>(work: () => A, undo?: (() => void) | undefined) => A) => {
  const [start, commit, rollback] = [database.prepare(begin), database.prepare("COMMIT"), database.prepare("ROLLBACK")]
  return (work, undo) => {
    start.run()
    let isKept = false
    try {
      const result = work()
      commit.run()
      isKept = true
      return result
    } finally {
      if (database.inTransaction) rollback.run()
      if (!isKept) undo?.()
    }
  }
}

/** Makes the file where it is missing, for its owner alone; `-wal` and `-shm` follow its mode. Shows early that it can be written. */
const claim = (path: string, createFolder: boolean): void => {
  const folder = dirname(path)
  if (createFolder) mkdirSync(folder, { recursive: true, mode: 0o700 })
  else if (statSync(folder, { throwIfNoEntry: false }) === undefined) {
    throw new StoreCannotOpen({ path, reason: "NoSuchFolder" })
  }
  closeSync(openSync(path, "a", 0o600))
}

const openForWriting = (path: string, options: Options & { readonly mode: "ReadWrite" }): Database.Database => {
  Identity.versionOf(path, Identity.ofFile(path), Migrations.VERSION)
  claim(path, options.createFolder)
  const database = new Database(path, { fileMustExist: true, timeout: BUSY_TIMEOUT_MILLIS })
  try {
    database.pragma("journal_mode = WAL")
    database.pragma(`synchronous = ${options.synchronous}`)
    database.pragma(`wal_autocheckpoint = ${options.bulk ? BULK_PAGES : LOG_PAGES[options.synchronous]}`)
    database.pragma("foreign_keys = ON")
    Migrations.run(path, database)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

const openInMemory = (): Database.Database => {
  const database = new Database(MEMORY)
  database.pragma("foreign_keys = ON")
  Migrations.run(MEMORY, database)
  return database
}

const refuseOlder = (path: string, found: "Missing" | "Empty" | Identity.Identity): void => {
  const version = Identity.versionOf(path, found, Migrations.VERSION)
  if (version < Migrations.READABLE_FROM) {
    throw new StoreOlderVersion({ path, found: version, supported: Migrations.VERSION })
  }
}

const openInPlace = (path: string): Database.Database => {
  const found = Identity.ofFile(path)
  if (found === "Missing") throw new StoreCannotOpen({ path, reason: "NoSuchFile" })
  refuseOlder(path, found)
  const database = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MILLIS })
  try {
    // Opening alone reads nothing: whether the file can be read where it lies shows now.
    Identity.ofDatabase(database)
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/** Opens the file where it lies; where nothing can be written beside it, a private copy of it, which does not follow later writes. */
const openForReading = (path: string): Database.Database => {
  try {
    return openInPlace(path)
  } catch (cause) {
    if (!ReadableCopy.isNeededAfter(cause)) throw cause
  }
  const database = ReadableCopy.open(path)
  try {
    refuseOlder(path, Identity.ofDatabase(database))
    return database
  } catch (cause) {
    database.close()
    throw cause
  }
}

/**
 * `PRAGMA data_version` changes when another connection wrote, and not for one's own writes, which `ownWrites` counts. Both only grow, so
 * their sum never comes back to an earlier value.
 */
const versionOf = (database: Database.Database, ownWrites: () => number): (() => number) => {
  let others: Database.Statement<[], number> | undefined
  return () => {
    try {
      others ??= database.prepare<[], number>("PRAGMA data_version").pluck()
      return (others.get() ?? Number.NaN) + ownWrites()
    } catch {
      return Number.NaN
    }
  }
}

const checkpointQuietly = (database: Database.Database): void => {
  try {
    database.pragma("wal_checkpoint(TRUNCATE)")
  } catch (cause) {
    if (!(cause instanceof Database.SqliteError)) throw cause
  }
}

/** Opens a history, brings it up to date where it may be written, and closes it with the scope. */
export const open = (options: Options): Effect.Effect<Connection, StoreOpenError, Scope.Scope> =>
  Effect.gen(function* () {
    const path = options.mode === "Memory" ? MEMORY : resolve(options.path)
    const opening = <A>(work: () => A) => attempt(work, (cause) => Fault.whileOpening(path, cause))
    // Patience stands outside of the acquisition, so that waiting for the lock can be interrupted.
    const database = yield* Effect.acquireRelease(
      opening(() => {
        if (options.mode === "Memory") return openInMemory()
        // The driver trims names, so it would open another file than the one that was looked at.
        if (path !== path.trim()) throw new StoreCannotOpen({ path, reason: "Other" })
        return options.mode === "ReadOnly" ? openForReading(path) : openForWriting(path, options)
      }),
      (database) =>
        Effect.sync(() => {
          // What was acknowledged is kept either way: a log that others still read is written into the file later.
          if (options.mode === "ReadWrite" && options.bulk) checkpointQuietly(database)
          database.close()
        }),
    ).pipe(patiently)
    const run = <A>(operation: string, work: () => A) =>
      patiently(attempt(work, (cause) => Fault.whileOpen(path, operation, cause)))
    const reading = transact(database, "BEGIN")
    const writing = transact(database, "BEGIN IMMEDIATE")
    const isReadOnly = options.mode === "ReadOnly"
    let ownWrites = 0
    const ifWritable = <A>(operation: string, work: () => A): Effect.Effect<A, StoreError> =>
      isReadOnly
        ? Effect.fail(new StoreReadOnly({ path, operation }))
        : run(operation, () => {
            // Counted before, so that a failure half-way is counted too.
            ownWrites++
            return work()
          })
    return {
      path,
      isReadOnly,
      isFile: options.mode !== "Memory",
      version: versionOf(database, () => ownWrites),
      prepare: (make) => patiently(opening(() => make(database))),
      read: (operation, work) => run(operation, () => reading(work)),
      write: (operation, work, undo) => ifWritable(operation, () => writing(work, undo)),
      alone: ifWritable,
    }
  })
