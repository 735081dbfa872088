/**
 * A connection to a history: transactions that never block the event loop for long, on the file that its path names.
 *
 * Work runs synchronously, in one transaction and one turn of the event loop. When another process holds the lock, SQLite waits a few
 * milliseconds; past that the work is given up and tried again later, with jitter, for up to 10 seconds.
 *
 * A file that was removed, renamed or replaced is noticed before a write is acknowledged, and by reads at most a second later. Then the file at
 * the path is opened and the work runs again on it; where it cannot be opened, the work fails, and the next one tries again.
 */
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { StoreCannotOpen, type StoreError, type StoreOpenError, StoreReadOnly } from "../StoreError.js"
import * as DatabaseFile from "./DatabaseFile.js"
import * as Driver from "./Driver.js"
import * as SqliteError from "./SqliteError.js"

/** How a history is opened. */
export type Options = (DatabaseFile.Mode & { readonly path: string }) | { readonly mode: "Memory" }

/** What works on an open file: built anew each time it is opened. */
export interface Tables {
  /** Forgets what was learned from rows of a transaction that was rolled back. */
  readonly forgetCaches: () => void
}

/** A connection. `File` is what works on the open file: its tables. */
export interface Connection<out File> {
  /** The file, as an absolute path; undefined in memory. */
  readonly path: string | undefined
  readonly isReadOnly: boolean
  /** Reads in one transaction. */
  readonly read: <A>(operation: string, work: (file: File) => A) => Effect.Effect<A, StoreError>
  /**
   * Writes in one transaction, all or nothing, and fails with `StoreReadOnly` on a connection for reading only. The work may run more than
   * once; what it did before was rolled back, or is in a file that is not at the path any more.
   */
  readonly write: <A>(operation: string, work: (file: File) => A) => Effect.Effect<A, StoreError>
  /** Works outside of a transaction on a file that may be written; may run more than once. */
  readonly alone: <A>(operation: string, work: (file: File) => A) => Effect.Effect<A, StoreError>
  /** Reads one statement at once. @throws whatever it meets */
  readonly readNow: <A>(work: (file: File) => A) => A
  /**
   * Another number after every transaction that wrote, of this connection or of another one, unlike all before; `NaN`, which equals
   * nothing, where it cannot be read. Costs about two microseconds.
   */
  readonly version: () => number
  /** Opens the file at the path where it is not the one that is open. */
  readonly follow: (operation: string) => Effect.Effect<void, StoreError>
}

/** Interval at which reads compare the file with its path. */
const FOLLOW_INTERVAL_MS = 1000

/** Number of times that work runs on a file that is replaced each time, before it waits. */
const MAX_REPLACEMENTS = 3

const backOff = Schedule.exponential("2 millis").pipe(
  Schedule.union(Schedule.spaced("50 millis")),
  Schedule.jittered,
  Schedule.upTo("10 seconds"),
)

const isBusy = (error: { readonly _tag: string }): boolean => error._tag === "StoreBusy"

/**
 * Runs work, and again while another process holds the lock. `errorOf` returns undefined for what is a bug.
 *
 * The first attempt is one effect alone, because most work takes less time than a retry costs.
 */
const patiently = <A, E extends { readonly _tag: string }>(
  work: () => A,
  errorOf: (cause: unknown) => E | undefined,
): Effect.Effect<A, E> => {
  const attempt = (onBusy: (error: E) => Effect.Effect<A, E>): Effect.Effect<A, E> =>
    Effect.suspend(() => {
      try {
        return Effect.succeed(work())
      } catch (cause) {
        const error = errorOf(cause)
        if (error === undefined) return Effect.die(cause)
        return isBusy(error) ? onBusy(error) : Effect.fail(error)
      }
    })
  return attempt(() => Effect.retry(attempt(Effect.fail), { schedule: backOff, while: isBusy }))
}

const transact = (database: Driver.Database, begin: string, rolledBack: () => void): (<A>(work: () => A) => A) => {
  const [start, commit, rollback] = [database.prepare(begin), database.prepare("COMMIT"), database.prepare("ROLLBACK")]
  return (work) => {
    start.run()
    let isCommitted = false
    try {
      const result = work()
      commit.run()
      isCommitted = true
      return result
    } finally {
      if (database.inTransaction) rollback.run()
      if (!isCommitted) rolledBack()
    }
  }
}

/** The time between opening a file and closing it. */
interface Session<File> {
  readonly at: DatabaseFile.DatabaseFile
  readonly file: File
  readonly reading: <A>(work: () => A) => A
  readonly writing: <A>(work: () => A) => A
  readonly dataVersion: Driver.Statement<readonly [], number>
}

/** The sessions of a connection, one at a time. Its methods throw what opening and leaving a file throw. */
class Sessions<File extends Tables> {
  private current: Session<File> | undefined
  private isGone = false
  private isClosed = false
  private followedAt = Number.NEGATIVE_INFINITY
  /** The versions of a session begin after all that were given before. */
  private base = 0
  private lastVersion = 0
  private ownWrites = 0
  private readonly start: () => Session<File>

  constructor(start: () => Session<File>) {
    this.start = start
  }

  /** The session, which begins where there is none. */
  get(): Session<File> {
    if (this.isClosed) throw new Error("the history was closed")
    if (this.isGone) this.leave()
    if (this.current === undefined) {
      this.current = this.start()
      this.followedAt = performance.now()
    }
    return this.current
  }

  /** The session on the file that is at the path, or was a second ago. */
  recent(): Session<File> {
    if (performance.now() - this.followedAt >= FOLLOW_INTERVAL_MS) this.follow()
    return this.get()
  }

  /** Whether the file is at its path; leaves one that is not. */
  follow(): boolean {
    const session = this.get()
    if (session.at.isAtPath()) {
      this.followedAt = performance.now()
      return true
    }
    this.isGone = true
    this.leave()
    return false
  }

  noteWrite(): void {
    this.ownWrites++
  }

  /**
   * `PRAGMA data_version` changes when another connection wrote, and not for one's own writes, which are counted. Both only grow, so their
   * sum never returns to an earlier value.
   */
  version(): number {
    const { dataVersion } = this.recent()
    this.lastVersion = this.base + Number(dataVersion.get()) + this.ownWrites
    return this.lastVersion
  }

  close(): void {
    this.isClosed = true
    const { current } = this
    this.current = undefined
    current?.at.close()
  }

  private leave(): void {
    // It stays as it is where it cannot be left yet.
    this.current?.at.leave()
    this.current = undefined
    this.isGone = false
    this.base = this.lastVersion + 1
    this.ownWrites = 0
  }
}

/** Opens a history, migrates it where it may be written, and closes it with the scope. `tables` is called each time a file is opened. */
export const open = <File extends Tables>(
  options: Options,
  tables: (path: string | undefined, database: Driver.Database) => File,
): Effect.Effect<Connection<File>, StoreOpenError, Scope.Scope> =>
  Effect.gen(function* () {
    const path = options.mode === "Memory" ? undefined : resolve(options.path)
    const isReadOnly = options.mode === "ReadOnly"
    const openFile = (): DatabaseFile.DatabaseFile =>
      options.mode === "Memory" || path === undefined ? DatabaseFile.openInMemory() : DatabaseFile.open(path, options)

    const sessions = new Sessions<File>(() => {
      try {
        const at = openFile()
        try {
          const { database } = at
          const file = tables(path, database)
          return {
            at,
            file,
            reading: transact(database, "BEGIN", file.forgetCaches),
            writing: transact(database, "BEGIN IMMEDIATE", file.forgetCaches),
            dataVersion: database.prepare<[], number>("PRAGMA data_version").pluck(),
          }
        } catch (cause) {
          at.close()
          throw cause
        }
      } catch (cause) {
        throw SqliteError.whileOpening(path, named(path, cause)) ?? cause
      }
    })

    /** Runs work on the file that is at the path when the work is done. */
    const settled = <A>(work: (session: Session<File>) => A): A => {
      for (let replacements = 0; replacements < MAX_REPLACEMENTS; replacements++) {
        const session = sessions.get()
        let result: A
        try {
          result = work(session)
        } catch (cause) {
          if (sessions.follow()) throw cause
          continue
        }
        if (sessions.follow()) return result
      }
      throw Driver.busy()
    }

    /** Runs work on the file that is at the path, or was a second ago. */
    const recently = <A>(work: (session: Session<File>) => A): A => {
      const session = sessions.recent()
      try {
        return work(session)
      } catch (cause) {
        if (sessions.follow()) throw cause
        return work(sessions.get())
      }
    }

    const run = <A>(operation: string, work: () => A) =>
      patiently(work, (cause) => SqliteError.whileOpen(path, operation, cause))

    const ifWritable = <A>(operation: string, work: (session: Session<File>) => A): Effect.Effect<A, StoreError> =>
      isReadOnly
        ? Effect.fail(new StoreReadOnly({ path, operation }))
        : run(operation, () =>
            settled((session) => {
              // Counted before, so that a failure half-way is counted too.
              sessions.noteWrite()
              return work(session)
            }),
          )

    yield* Effect.addFinalizer(() => Effect.sync(() => sessions.close()))
    yield* patiently(
      () => sessions.get(),
      (cause) => SqliteError.whileOpening(path, cause),
    )

    return {
      path,
      isReadOnly,
      read: (operation, work) => run(operation, () => recently(({ file, reading }) => reading(() => work(file)))),
      write: (operation, work) => ifWritable(operation, ({ file, writing }) => writing(() => work(file))),
      alone: (operation, work) => ifWritable(operation, ({ file }) => work(file)),
      readNow: (work) => work(sessions.recent().file),
      version: () => {
        try {
          return sessions.version()
        } catch {
          return Number.NaN
        }
      },
      follow: (operation) =>
        run(operation, () => {
          sessions.follow()
          sessions.get()
        }),
    }
  })

/** Removes the path from errors of a history in memory. */
const named = (path: string | undefined, cause: unknown): unknown =>
  path === undefined && cause instanceof StoreCannotOpen
    ? new StoreCannotOpen({ reason: cause.reason, cause: cause.cause })
    : cause
