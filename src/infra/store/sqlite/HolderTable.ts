/**
 * The table `holder`: who asked for whom, by the fingerprint of a token, and which account that is. Each row has a digest under the file's
 * secret and is read with it, so that a flipped bit never hands one customer's account to another.
 */
import { createHmac } from "node:crypto"
import type Database from "better-sqlite3"
import type * as Account from "../../../domain/history/Account.js"
import * as Fingerprint from "../Fingerprint.js"
import { RecentMap } from "../RecentMap.js"
import { StoreCorrupt } from "../StoreError.js"

/** What tells holders apart. */
export interface Key {
  readonly fingerprint: Buffer
  readonly base_url: string
  readonly subject: string
}

/** A holder. */
export interface Holder extends Key {
  readonly account_id: number | null
  readonly label: string | null
  readonly answered_at: number | null
}

/** A row. */
export interface Row extends Holder {
  readonly digest: Buffer | null
}

/** The digest of a holder: 16 bytes. */
export const digestOf = (secret: Uint8Array, holder: Holder): Buffer => {
  const { account_id, answered_at, base_url, fingerprint, label, subject } = holder
  const text = JSON.stringify([fingerprint.toString("hex"), base_url, subject, account_id, label, answered_at])
  return createHmac("sha256", secret).update(text).digest().subarray(0, 16)
}

const COLUMNS = "fingerprint, base_url, subject, account_id, label, answered_at, digest"

/** Rows that are remembered as sound. */
const VERIFIED = 10_000

const same = (a: Holder, b: Holder): boolean =>
  a.account_id === b.account_id &&
  a.answered_at === b.answered_at &&
  a.label === b.label &&
  a.subject === b.subject &&
  a.base_url === b.base_url &&
  a.fingerprint.equals(b.fingerprint)

/** The table of an open file. */
export class HolderTable {
  /** What fingerprints are made with. */
  readonly secret: Buffer
  private readonly path: string
  /** Rows that were found sound, by their digests: to compare costs less than to work a digest out. */
  private readonly verified = new RecentMap<Row>(VERIFIED)
  private readonly sql

  /** @throws StoreCorrupt where the file has no secret. */
  constructor(path: string, database: Database.Database) {
    const secret = database.prepare<[], Buffer>("SELECT value FROM meta WHERE key = 'secret'").pluck().get()
    if (!Buffer.isBuffer(secret) || secret.length !== Fingerprint.SECRET_BYTES) {
      throw new StoreCorrupt({ path, table: "meta", key: "secret" })
    }
    this.secret = secret
    this.path = path
    this.sql = {
      find: database.prepare<[Buffer, string, string], Row>(
        `SELECT ${COLUMNS} FROM holder WHERE fingerprint = ? AND base_url = ? AND subject = ?`,
      ),
      all: database.prepare<[], Row>(`SELECT ${COLUMNS} FROM holder ORDER BY base_url, subject, fingerprint`),
      ofAccount: database.prepare<[number], Row>(`SELECT ${COLUMNS} FROM holder WHERE account_id = ?`),
      ofLabel: database.prepare<[string, string], Row>(
        `SELECT ${COLUMNS} FROM holder WHERE label = ? AND base_url = ?`,
      ),
      put: database.prepare<Row>(
        `INSERT INTO holder (${COLUMNS})
         VALUES (@fingerprint, @base_url, @subject, @account_id, @label, @answered_at, @digest)
         ON CONFLICT DO UPDATE SET account_id = excluded.account_id, label = excluded.label,
           answered_at = excluded.answered_at, digest = excluded.digest`,
      ),
      remove: database.prepare<[Buffer, string, string]>(
        "DELETE FROM holder WHERE fingerprint = ? AND base_url = ? AND subject = ?",
      ),
      isKept: database
        .prepare<[string, string], number>("SELECT EXISTS (SELECT 1 FROM account WHERE owner = ? AND base_url = ?)")
        .pluck(),
      isTaken: database
        .prepare<[string, string], number>(
          "SELECT EXISTS (SELECT 1 FROM holder WHERE label = ?) OR EXISTS (SELECT 1 FROM account WHERE owner = ?)",
        )
        .pluck(),
    }
  }

  /**
   * What is known of a holder; nothing of one that is not.
   *
   * @throws StoreCorrupt where it is not what was put in.
   */
  find(key: Key): Holder {
    const row = this.sql.find.get(key.fingerprint, key.base_url, key.subject)
    return row === undefined ? { ...key, account_id: null, label: null, answered_at: null } : this.sound(row)
  }

  /** Keeps what is known of a holder. */
  put(holder: Holder): void {
    this.sql.put.run({ ...holder, digest: digestOf(this.secret, holder) })
  }

  /** Whether a label, or an account of it, is there. */
  isTaken(label: string, owner: string): boolean {
    return this.sql.isTaken.get(label, owner) === 1
  }

  /** Forgets whoever opened an account. */
  forget(id: number, { baseUrl, owner }: Account.Account): void {
    for (const row of this.sql.ofAccount.all(id)) {
      // A label under which nothing is kept is nothing to remember.
      const label = row.label !== null && this.sql.isKept.get(`me:${row.label}`, row.base_url) === 1 ? row.label : null
      this.putOrRemove({ ...row, account_id: null, answered_at: null, label })
    }
    if (owner._tag !== "Labelled") return
    for (const row of this.sql.ofLabel.all(owner.label, baseUrl)) this.putOrRemove({ ...row, label: null })
  }

  /** Whoever opened the first account opens the second one. */
  move(from: number, into: number, { baseUrl, owner }: Account.Account): void {
    for (const row of this.sql.ofAccount.all(from)) this.put({ ...this.sound(row), account_id: into })
    if (owner._tag !== "Labelled") return
    for (const row of this.sql.ofLabel.all(owner.label, baseUrl)) {
      if (row.account_id === null) this.put({ ...this.sound(row), account_id: into })
    }
  }

  /** The holders that are not what was put in, without their fingerprints. */
  damaged(): ReadonlyArray<string> {
    return this.sql.all
      .all()
      .filter((row) => !this.isSound(row))
      .map(keyOf)
  }

  private putOrRemove(holder: Holder): void {
    if (holder.account_id !== null || holder.label !== null) this.put(holder)
    else this.sql.remove.run(holder.fingerprint, holder.base_url, holder.subject)
  }

  private isSound(row: Row): boolean {
    const { digest } = row
    if (!Buffer.isBuffer(row.fingerprint) || !Buffer.isBuffer(digest)) return false
    const key = digest.toString("latin1")
    const known = this.verified.get(key)
    if (known !== undefined && same(known, row)) return true
    if (!digestOf(this.secret, row).equals(digest)) return false
    this.verified.set(key, row)
    return true
  }

  /** @throws StoreCorrupt where a row is not what was put in. */
  mustBeSound(row: Row): void {
    if (!this.isSound(row)) throw new StoreCorrupt({ path: this.path, table: "holder", key: keyOf(row) })
  }

  private sound(row: Row): Holder {
    this.mustBeSound(row)
    const { digest: _, ...holder } = row
    return holder
  }
}

const keyOf = ({ base_url, subject }: Key): string => `${base_url} ${subject}`
