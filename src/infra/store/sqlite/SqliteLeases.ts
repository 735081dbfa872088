/** Leases on a SQLite file. */
import { randomBytes } from "node:crypto"
import type Database from "better-sqlite3"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Leases from "../Leases.js"
import type { StoreError } from "../StoreError.js"
import type * as Connection from "./Connection.js"
import { digestOf, type LeaseTable } from "./LeaseTable.js"
import type { OpenFile } from "./OpenFile.js"

/** Tells one holder from another: it comes from the system, so that no two processes draw the same. */
const HOLDER_BYTES = 16

/** `PRAGMA synchronous` of a connection that waits for the disk only where its log is written into the file. */
const NORMAL = 1

/**
 * Writes in one transaction that does not wait for the disk, on a connection whose other transactions may.
 *
 * What was acknowledged before is on the disk already, and what is acknowledged afterwards takes all that is in the log before it along. A lease
 * that a loss of power takes away is one that ran out.
 */
const unhurried = (database: Database.Database): ((work: () => boolean) => boolean) => {
  const transact = database.transaction((work: () => boolean) => work())
  const level = Number(database.pragma("synchronous", { simple: true }))
  if (level <= NORMAL) return (work) => transact.immediate(work)
  return (work) => {
    database.exec(`PRAGMA synchronous = ${NORMAL}`)
    try {
      return transact.immediate(work)
    } finally {
      database.exec(`PRAGMA synchronous = ${level}`)
    }
  }
}

/** Whole milliseconds, which the table holds; a clock of the host's own may be finer. */
const now = (clock: Clock.Clock): number => Math.floor(clock.unsafeCurrentTimeMillis())

/** The leases of an open file; a file of an earlier version, which is open for reading only, has no table of them. */
export const make = (
  connection: Connection.Connection,
  { database, holders, leases }: Pick<OpenFile, "database" | "holders" | "leases">,
): Leases.Service => {
  const transact = unhurried(database)
  /** The clock is read under the lock: waiting for it takes a while. */
  const write = (
    operation: string,
    work: (table: LeaseTable, at: number) => boolean,
  ): Effect.Effect<boolean, StoreError> =>
    Effect.clockWith((clock) =>
      connection.alone(operation, () => leases !== undefined && transact(() => work(leases, now(clock)))),
    )

  /** What was found at a version of the history: it stays that until there is another version. */
  let found = { version: Number.NaN, entries: new Map<string, { readonly entry: Leases.Entry | undefined }>() }
  const entryOf = (operation: string, key: string): Effect.Effect<Leases.Entry | undefined, StoreError> =>
    Effect.suspend(() => {
      if (leases === undefined) return Effect.succeed(undefined)
      const version = connection.version()
      if (version !== found.version) found = { version, entries: new Map() }
      const { entries } = found
      const known = entries.get(key)
      if (known !== undefined) return Effect.succeed(known.entry)
      return Effect.map(
        connection.read(operation, () => leases.find(digestOf(holders.secret, key))),
        (entry) => {
          entries.set(key, { entry })
          return entry
        },
      )
    })
  /** The clock is read after the entry, which may have been written a moment ago. */
  const stateOf = (operation: string, key: string): Effect.Effect<Leases.State, StoreError> =>
    Effect.flatMap(entryOf(operation, key), (entry) =>
      Effect.clockWith((clock) => Effect.succeed(Leases.stateAt(entry, now(clock)))),
    )

  const leaseOf = (digest: Buffer, holder: Buffer): Leases.Lease => ({
    renew: write("Leases.renew", (table, at) => table.renew(digest, holder, at)),
    release: (failure) =>
      Effect.asVoid(
        write("Leases.release", (table, at) => table.release(digest, holder, Option.getOrUndefined(failure), at)),
      ),
  })

  const take: Leases.Service["take"] = (key) =>
    Effect.flatMap(stateOf("Leases.take", key), (state) => {
      // Most who come while it is held need no lock to be told so.
      if (state._tag === "Held") return Effect.succeedNone
      const [digest, holder] = [digestOf(holders.secret, key), randomBytes(HOLDER_BYTES)]
      return Effect.map(
        write("Leases.take", (table, at) => table.take(digest, holder, at)),
        (isTaken) => (isTaken ? Option.some(leaseOf(digest, holder)) : Option.none()),
      )
    })

  return { take, look: (key) => stateOf("Leases.look", key) }
}
