/** The table `lease`: who is asking the API for something, by a digest of what it is. Whether a row holds is decided by `Leases.isHeldAt`. */
import { randomBytes } from "node:crypto"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Fingerprint from "../../Fingerprint.js"
import * as Memo from "../../Memo.js"
import * as Leases from "../Leases.js"
import type { StoreError } from "../StoreError.js"
import type * as Connection from "./Connection.js"
import type * as Driver from "./Driver.js"

/** Each so many times that a lease is taken, and the first time, rows that do not hold are removed. */
const SWEEP_INTERVAL = 64

/** Digests of keys that are cached: of more callers at once, some are worked out anew. */
const MAX_DIGESTS = 4096

/** Tells one holder from another: the bytes come from the system, so that no two processes draw the same. */
const HOLDER_BYTES = 16

/** `PRAGMA synchronous` of a connection that waits for the disk only where its log is written into the file. */
const NORMAL = 1

/**
 * Writes in one transaction that does not wait for the disk, on a connection whose other transactions may.
 *
 * What was acknowledged before is on the disk already, and what is acknowledged afterwards takes all that is in the log before it along. A
 * lease that a loss of power takes away is one that expired.
 */
const unhurried = (database: Driver.Database): (<A>(work: () => A) => A) => {
  const transact = database.transaction((work: () => unknown) => work())
  const level = Number(database.pragma("synchronous", { simple: true }))
  if (level <= NORMAL) return <A>(work: () => A) => transact.immediate(work) as A
  return <A>(work: () => A) => {
    database.exec(`PRAGMA synchronous = ${NORMAL}`)
    try {
      return transact.immediate(work) as A
    } finally {
      database.exec(`PRAGMA synchronous = ${level}`)
    }
  }
}

/** The table of an open file. */
export class LeaseTable {
  private readonly transact: <A>(work: () => A) => A
  private readonly secret: Uint8Array
  private readonly digests = new Memo.RecentMap<Buffer>(MAX_DIGESTS)
  private taken = 0
  private readonly sql

  constructor(secret: Uint8Array, database: Driver.Database) {
    this.secret = secret
    this.transact = unhurried(database)
    this.sql = {
      find: database.prepare<[Buffer], number>("SELECT expires_at FROM lease WHERE key = ?").pluck(),
      all: database.prepare<[], { readonly key: Buffer; readonly expires_at: number }>(
        "SELECT key, expires_at FROM lease",
      ),
      put: database.prepare<[Buffer, Buffer, number]>(
        `INSERT INTO lease (key, holder, expires_at) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at`,
      ),
      renew: database.prepare<[number, Buffer, Buffer]>("UPDATE lease SET expires_at = ? WHERE key = ? AND holder = ?"),
      remove: database.prepare<[Buffer, Buffer]>("DELETE FROM lease WHERE key = ? AND holder = ?"),
      sweep: database.prepare<[number, number]>("DELETE FROM lease WHERE expires_at <= ? OR expires_at > ?"),
    }
  }

  /** When each stored lease expires, in milliseconds since 1970, by the digest of its key: few, because they expire after seconds. */
  expiries(): ReadonlyMap<string, number> {
    return new Map(this.sql.all.all().map(({ expires_at, key }) => [key.toString("latin1"), expires_at]))
  }

  /** The name of a key in {@link expiries}. */
  nameOf(key: string): string {
    return this.digest(key).toString("latin1")
  }

  /** Takes a lease for `holder` unless it is held. `now` is read under the lock: waiting for it takes a while. */
  take(key: string, holder: Buffer, now: () => number): boolean {
    const digest = this.digest(key)
    return this.transact(() => {
      const at = now()
      const expiry = this.sql.find.get(digest)
      if (expiry !== undefined && Leases.isHeldAt(expiry, at)) return false
      if (this.taken++ % SWEEP_INTERVAL === 0) this.sql.sweep.run(at, at + Leases.TIME_TO_LIVE_MS)
      this.sql.put.run(digest, holder, at + Leases.TERM_MS)
      return true
    })
  }

  /** Extends a lease; false where another holder took it. An expired lease that was not taken since can be extended. */
  renew(key: string, holder: Buffer, now: () => number): boolean {
    return this.transact(() => this.sql.renew.run(now() + Leases.TERM_MS, this.digest(key), holder).changes > 0)
  }

  /** Gives a lease back; false where it is not the holder's any more. */
  release(key: string, holder: Buffer): boolean {
    return this.transact(() => this.sql.remove.run(this.digest(key), holder).changes > 0)
  }

  private digest(key: string): Buffer {
    const cached = this.digests.get(key)
    if (cached !== undefined) return cached
    const digest = Fingerprint.of(this.secret, key)
    this.digests.set(key, digest)
    return digest
  }
}

/** Whole milliseconds, which the table holds; a clock of the host's own may be finer. */
const millisOf = (clock: Clock.Clock): number => Math.floor(clock.unsafeCurrentTimeMillis())

/** Makes the leases of a connection. */
export const makeLeases = (connection: Connection.Connection<{ readonly leases: LeaseTable }>): Leases.Service => {
  const write = (
    operation: string,
    work: (table: LeaseTable, now: () => number) => boolean,
  ): Effect.Effect<boolean, StoreError> =>
    Effect.clockWith((clock) => connection.alone(operation, ({ leases }) => work(leases, () => millisOf(clock))))

  /** All leases as they were at a version of the history: many callers wait at once, and each write makes a new version. */
  let cached: { readonly version: number; readonly expiryOf: (key: string) => number | undefined } | undefined
  const expiryOf = (operation: string, key: string): Effect.Effect<number | undefined, StoreError> =>
    Effect.suspend(() => {
      const version = connection.version()
      if (version === cached?.version) return Effect.succeed(cached.expiryOf(key))
      return Effect.map(
        connection.read(operation, ({ leases }) => ({ leases, expiries: leases.expiries() })),
        ({ expiries, leases }) => {
          cached = { version, expiryOf: (each) => expiries.get(leases.nameOf(each)) }
          return cached.expiryOf(key)
        },
      )
    })

  /** The clock is read after the row, which may have been written a moment ago. */
  const isHeld = (operation: string, key: string): Effect.Effect<boolean, StoreError> =>
    Effect.flatMap(expiryOf(operation, key), (expiry) =>
      Effect.clockWith((clock) => Effect.succeed(expiry !== undefined && Leases.isHeldAt(expiry, millisOf(clock)))),
    )

  const leaseOf = (key: string, holder: Buffer): Leases.Lease => ({
    renew: write("Leases.renew", (table, now) => table.renew(key, holder, now)),
    release: write("Leases.release", (table) => table.release(key, holder)),
  })

  return {
    take: (key) =>
      Effect.flatMap(isHeld("Leases.take", key), (held) => {
        // Most callers that come while it is held need no lock to be refused.
        if (held) return Effect.succeedNone
        const holder = randomBytes(HOLDER_BYTES)
        return Effect.map(
          write("Leases.take", (table, now) => table.take(key, holder, now)),
          (isTaken) => (isTaken ? Option.some(leaseOf(key, holder)) : Option.none()),
        )
      }),
    isHeld: (key) => isHeld("Leases.isHeld", key),
  }
}
