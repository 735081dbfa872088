/**
 * The table `holder`: who asked for whom, by the fingerprint of a token, and which account that is. Each row is read with its checksum, so that
 * a flipped bit never hands one customer's account to another.
 */
import { randomBytes } from "node:crypto"
import { crc32 } from "node:zlib"
import type * as Redacted from "effect/Redacted"
import * as Subject from "../../../domain/balance/Subject.js"
import * as Account from "../../../domain/history/Account.js"
import * as Fingerprint from "../../Fingerprint.js"
import * as AccountDirectory from "../AccountDirectory.js"
import { StoreCorrupt } from "../StoreError.js"
import type * as Driver from "./Driver.js"

/** What tells holders apart. */
export interface Key {
  readonly fingerprint: Buffer
  readonly base_url: string
  readonly subject: string
}

/** Rows that are cached. */
const MAX_CACHED = 4096

/** A holder. */
export interface Holder extends Key {
  readonly account_id: number | null
  readonly label: string | null
  readonly answered_at: number | null
}

/** A row. */
export interface Row extends Holder {
  readonly checksum: number
}

/** The checksum of a holder. The lengths keep apart texts that follow each other. */
const checksumOf = ({ account_id, answered_at, base_url, fingerprint, label, subject }: Holder): number => {
  const lengths = `${base_url.length} ${label === null ? -1 : label.length} ${fingerprint.length}`
  const texts = `${base_url}${label ?? ""}${fingerprint.toString("latin1")}${subject}`
  return crc32(`${account_id} ${answered_at} ${lengths} ${texts}`) | 0
}

const isWhole = (value: unknown): boolean => value === null || Number.isSafeInteger(value)

const isSound = (row: Row): boolean =>
  Buffer.isBuffer(row.fingerprint) &&
  typeof row.base_url === "string" &&
  typeof row.subject === "string" &&
  isWhole(row.account_id) &&
  isWhole(row.answered_at) &&
  (row.label === null || typeof row.label === "string") &&
  checksumOf(row) === row.checksum

/** Text that names a row in errors, without its fingerprint. */
const nameOf = ({ base_url, subject }: Key): string => `${base_url} ${subject}`

const LABEL_BYTES = 4

const COLUMNS = "fingerprint, base_url, subject, account_id, label, answered_at, checksum"

/** The table of an open file. Methods that change rows run within a transaction that writes. */
export class HolderTable {
  /** Key of the file's fingerprints and digests. */
  readonly secret: Buffer
  private readonly path: string | undefined
  private readonly fingerprintOf: (token: Redacted.Redacted) => Buffer
  /** Rows of the last answers that were noted, by name and fingerprint, for as long as no other write changes rows. */
  private readonly answered = new Map<string, Row>()
  private readonly sql

  /** @throws StoreCorrupt where the file has no secret. */
  constructor(path: string | undefined, database: Driver.Database) {
    const secret = database.prepare<[], unknown>("SELECT value FROM meta WHERE key = 'secret'").pluck().get()
    if (!Buffer.isBuffer(secret) || secret.length !== Fingerprint.SECRET_BYTES) {
      throw new StoreCorrupt({ path, table: "meta", key: "secret" })
    }
    this.secret = secret
    this.fingerprintOf = Fingerprint.ofTokens(secret)
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
      put: database.prepare<[Buffer, string, string, number | null, string | null, number | null, number]>(
        `INSERT INTO holder (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET account_id = excluded.account_id, label = excluded.label,
           answered_at = excluded.answered_at, checksum = excluded.checksum`,
      ),
      setAnswer: database.prepare<[number, number, Buffer, string, string]>(
        "UPDATE holder SET answered_at = ?, checksum = ? WHERE fingerprint = ? AND base_url = ? AND subject = ?",
      ),
      remove: database.prepare<[Buffer, string, string]>(
        "DELETE FROM holder WHERE fingerprint = ? AND base_url = ? AND subject = ?",
      ),
      isStored: database
        .prepare<[string, string], number>("SELECT EXISTS (SELECT 1 FROM account WHERE owner = ? AND base_url = ?)")
        .pluck(),
      isTaken: database
        .prepare<[string, string], number>(
          "SELECT EXISTS (SELECT 1 FROM holder WHERE label = ?) OR EXISTS (SELECT 1 FROM account WHERE owner = ?)",
        )
        .pluck(),
    }
  }

  /** The key of a holder in this file. */
  keyOf({ baseUrl, credential, subject }: AccountDirectory.Holder): Key {
    return { fingerprint: this.fingerprintOf(credential), base_url: baseUrl, subject: Subject.format(subject) }
  }

  /**
   * A stored holder; one without account, label and answer where it is not stored.
   *
   * @throws StoreCorrupt
   */
  find(holder: AccountDirectory.Holder): Holder {
    const key = this.keyOf(holder)
    return this.stored(key) ?? { ...key, account_id: null, label: null, answered_at: null }
  }

  /** Stores a holder, replacing the one stored before. */
  put(holder: Holder): void {
    const { account_id, answered_at, base_url, fingerprint, label, subject } = holder
    this.forgetCaches()
    this.sql.put.run(fingerprint, base_url, subject, account_id, label, answered_at, checksumOf(holder))
  }

  /**
   * Notes that a holder was answered at a time (milliseconds since 1970). One that is little earlier than the one noted changes nothing.
   *
   * @throws StoreCorrupt
   */
  noteAnswer(holder: AccountDirectory.Holder, millis: number): void {
    const key = this.keyOf(holder)
    const name = `${key.fingerprint.toString("latin1")} ${nameOf(key)}`
    const stored = this.answered.get(name) ?? this.stored(key)
    if (stored === undefined) {
      this.put({ ...key, account_id: null, label: null, answered_at: millis })
      return
    }
    const noted = stored.answered_at
    const isReordered = noted !== null && noted > millis && noted - millis <= AccountDirectory.MAX_REORDER_MS
    if (isReordered || noted === millis) return
    const { account_id, label } = stored
    const { base_url, fingerprint, subject } = key
    const checksum = checksumOf({ fingerprint, base_url, subject, account_id, label, answered_at: millis })
    this.sql.setAnswer.run(millis, checksum, fingerprint, base_url, subject)
    if (this.answered.size >= MAX_CACHED) this.answered.clear()
    this.answered.set(name, { fingerprint, base_url, subject, account_id, label, answered_at: millis, checksum })
  }

  /** Forgets what it cached: after a rollback, and where another connection wrote. */
  forgetCaches(): void {
    this.answered.clear()
  }

  /** A label that neither a holder nor an account has: 8 hexadecimal digits. */
  newLabel(): string {
    for (;;) {
      const label = randomBytes(LABEL_BYTES).toString("hex")
      if (this.sql.isTaken.get(label, Account.formatOwner({ _tag: "Labelled", label })) !== 1) return label
    }
  }

  /** Forgets who has an account, which is removed. */
  forget(id: number, account: Account.Account): void {
    for (const row of this.sql.ofAccount.all(id)) {
      // A label under which nothing is stored need not be remembered.
      const isStored =
        row.label !== null &&
        this.sql.isStored.get(Account.formatOwner({ _tag: "Labelled", label: row.label }), row.base_url) === 1
      this.putOrRemove({ ...row, account_id: null, answered_at: null, label: isStored ? row.label : null })
    }
    this.forgetLabel(account)
  }

  /** Forgets whose label an account is, where it is one. */
  forgetLabel({ baseUrl, owner }: Account.Account): void {
    if (owner._tag !== "Labelled") return
    for (const row of this.sql.ofLabel.all(owner.label, baseUrl)) this.putOrRemove({ ...row, label: null })
  }

  /** Forgets the answers to the holders of an account in a span of time (milliseconds), whose snapshots are removed. @throws StoreCorrupt */
  forgetAnswers(id: number, { from, to }: { readonly from: number; readonly to: number }): void {
    for (const row of this.sql.ofAccount.all(id)) {
      const { answered_at } = this.sound(row)
      if (answered_at !== null && answered_at >= from && answered_at < to) this.put({ ...row, answered_at: null })
    }
  }

  /** Makes the holders of one account, which is `account`, holders of another one. @throws StoreCorrupt */
  move(from: number, into: number, { baseUrl, owner }: Account.Account): void {
    for (const row of this.sql.ofAccount.all(from)) this.put({ ...this.sound(row), account_id: into })
    if (owner._tag !== "Labelled") return
    for (const row of this.sql.ofLabel.all(owner.label, baseUrl)) {
      if (row.account_id === null) this.put({ ...this.sound(row), account_id: into })
    }
  }

  /** The rows that are not what was written, without their fingerprints. */
  damaged(): ReadonlyArray<string> {
    return this.sql.all
      .all()
      .filter((row) => !isSound(row))
      .map(nameOf)
  }

  /**
   * Checks a row, from wherever it was read.
   *
   * @throws StoreCorrupt where it is not what was written.
   */
  sound(row: Row): Row {
    if (!isSound(row)) throw new StoreCorrupt({ path: this.path, table: "holder", key: nameOf(row) })
    return row
  }

  private stored({ base_url, fingerprint, subject }: Key): Row | undefined {
    const row = this.sql.find.get(fingerprint, base_url, subject)
    return row && this.sound(row)
  }

  private putOrRemove(holder: Holder): void {
    if (holder.account_id !== null || holder.label !== null) this.put(holder)
    else {
      this.forgetCaches()
      this.sql.remove.run(holder.fingerprint, holder.base_url, holder.subject)
    }
  }
}
