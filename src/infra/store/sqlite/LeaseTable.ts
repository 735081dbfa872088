/**
 * The table `lease`: who is asking the API for something, by a digest of what it is. Whether a row holds is told by `Leases.stateAt` alone.
 * Each method that writes is to be called within a transaction of its own.
 */
import { createHmac } from "node:crypto"
import type Database from "better-sqlite3"
import * as Leases from "../Leases.js"

/** Each so many times that a lease is taken, and the first time, rows that hold no more are removed. */
const SWEEP_EVERY = 64

interface Row {
  readonly holder: Buffer
  readonly ends_at: bigint
  readonly failure: string | null
}

/** What a key is kept as: the first 16 bytes of its HMAC-SHA-256 under the file's secret. */
export const digestOf = (secret: Uint8Array, key: string): Buffer =>
  createHmac("sha256", secret).update(key).digest().subarray(0, 16)

/** The table of an open file. */
export class LeaseTable {
  private taken = 0
  private readonly sql

  constructor(database: Database.Database) {
    this.sql = {
      // An end that a flipped bit made is beyond what a number holds.
      find: database.prepare<[Buffer], Row>("SELECT holder, ends_at, failure FROM lease WHERE key = ?").safeIntegers(),
      put: database.prepare<[Buffer, Buffer, number]>(
        `INSERT INTO lease (key, holder, ends_at, failure) VALUES (?, ?, ?, NULL)
         ON CONFLICT DO UPDATE SET holder = excluded.holder, ends_at = excluded.ends_at, failure = NULL`,
      ),
      renew: database.prepare<[number, Buffer, Buffer]>(
        "UPDATE lease SET ends_at = ? WHERE key = ? AND holder = ? AND failure IS NULL",
      ),
      fail: database.prepare<[number, string, Buffer, Buffer]>(
        "UPDATE lease SET ends_at = ?, failure = ? WHERE key = ? AND holder = ? AND failure IS NULL",
      ),
      remove: database.prepare<[Buffer, Buffer]>("DELETE FROM lease WHERE key = ? AND holder = ? AND failure IS NULL"),
      sweep: database.prepare<[number, number]>("DELETE FROM lease WHERE ends_at <= ? OR ends_at > ?"),
    }
  }

  /** What is kept of a lease. */
  find(key: Buffer): Leases.Entry | undefined {
    const row = this.sql.find.get(key)
    return row === undefined ? undefined : { endsAt: Number(row.ends_at), failure: row.failure }
  }

  /** Takes a lease for `holder`, unless it is held. */
  take(key: Buffer, holder: Buffer, now: number): boolean {
    if (Leases.stateAt(this.find(key), now)._tag === "Held") return false
    if (this.taken++ % SWEEP_EVERY === 0) {
      const { after, upTo } = Leases.believed(now)
      this.sql.sweep.run(after, upTo)
    }
    this.sql.put.run(key, holder, Leases.endFrom(now))
    return true
  }

  /** Puts the end of a lease off; false where it is not the holder's any more. One that ran out and that nobody took still is. */
  renew(key: Buffer, holder: Buffer, now: number): boolean {
    return this.sql.renew.run(Leases.endFrom(now), key, holder).changes > 0
  }

  /** Gives a lease back; false where it is not the holder's any more. */
  release(key: Buffer, holder: Buffer, failure: string | undefined, now: number): boolean {
    if (failure === undefined) return this.sql.remove.run(key, holder).changes > 0
    const text = failure.slice(0, Leases.MOST_OF_A_FAILURE)
    return this.sql.fail.run(Leases.endFrom(now), text, key, holder).changes > 0
  }
}

/** The table of an open database; `undefined` in one that is of an earlier version, and so open for reading only. */
export const prepare = (database: Database.Database, isReadOnly: boolean): LeaseTable | undefined => {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'lease'").get() !== undefined
  return isReadOnly && !isThere ? undefined : new LeaseTable(database)
}
