/**
 * The tables of a history, as steps from each format version to the next. Steps are only ever added: a file of any earlier version comes
 * up to date when it is opened for writing.
 *
 * Amounts are whole nano-dollars, times whole milliseconds since 1970, credits (uint64) their two's-complement view as an int64. Ids of
 * accounts and plans are never used twice, so that a reader may remember what they stand for.
 */
import type Database from "better-sqlite3"
import * as Fingerprint from "../Fingerprint.js"
import * as Identity from "./Identity.js"

type Step = (database: Database.Database) => void

const steps: ReadonlyArray<Step> = [
  (database) => {
    database.pragma(`application_id = ${Identity.APPLICATION_ID}`)
    database.exec(`
      CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE account (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        base_url TEXT NOT NULL,
        owner TEXT NOT NULL,
        UNIQUE (base_url, owner)
      ) STRICT;

      -- What changes seldom, once by content: digest is the SHA-256 of json.
      CREATE TABLE plan (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        digest BLOB NOT NULL UNIQUE,
        json TEXT NOT NULL
      ) STRICT;

      -- variant numbers the different bodies of one account and time in the order of their arrival.
      CREATE TABLE snapshot (
        account_id INTEGER NOT NULL REFERENCES account (id),
        observed_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        variant INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        plan_id INTEGER NOT NULL REFERENCES plan (id),
        monthly_usd INTEGER NOT NULL,
        monthly_credits INTEGER,
        granted_usd INTEGER,
        granted_credits INTEGER,
        prepaid_cash_usd INTEGER,
        prepaid_credits_usd INTEGER,
        due_usd INTEGER,
        refresh_at INTEGER,
        PRIMARY KEY (account_id, observed_at, updated_at, variant),
        CHECK ((granted_usd IS NULL) = (granted_credits IS NULL)),
        CHECK ((prepaid_cash_usd IS NULL) = (prepaid_credits_usd IS NULL)),
        CHECK ((granted_usd IS NULL) <> (prepaid_cash_usd IS NULL))
      ) STRICT, WITHOUT ROWID;

      CREATE TABLE holder (
        fingerprint BLOB NOT NULL,
        base_url TEXT NOT NULL,
        subject TEXT NOT NULL,
        account_id INTEGER REFERENCES account (id),
        label TEXT UNIQUE,
        answered_at INTEGER,
        PRIMARY KEY (fingerprint, base_url, subject)
      ) STRICT, WITHOUT ROWID;
    `)
    database.prepare("INSERT INTO meta (key, value) VALUES ('secret', ?)").run(Fingerprint.newSecret())
  },
]

/** The format version that this version of the library reads and writes. */
export const VERSION = steps.length

/**
 * Brings a database up to {@link VERSION}, each step in a transaction of its own together with its version number. Nothing is written
 * when it is up to date.
 *
 * @throws StoreNotADatabase, StoreNewerVersion, or what SQLite throws.
 */
export const run = (path: string, database: Database.Database): void => {
  const version = (): number => Identity.versionOf(path, Identity.ofDatabase(database), VERSION)
  while (version() < VERSION) {
    database
      .transaction(() => {
        // Asked again under the lock: another process may have taken the step meanwhile.
        const found = version()
        const step = steps[found]
        if (step === undefined) return
        step(database)
        database.pragma(`user_version = ${found + 1}`)
      })
      .immediate()
  }
}
