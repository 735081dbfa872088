/**
 * The tables of a history, as steps from each format version to the next. Steps are only ever added: a file of any earlier version comes
 * up to date when it is opened for writing.
 *
 * Amounts are whole nano-dollars, times whole milliseconds since 1970, credits (uint64) their two's-complement view as an int64. Ids of
 * accounts and plans that were kept are never used twice, so that a reader may remember what they stand for.
 */
import { createHash } from "node:crypto"
import type Database from "better-sqlite3"
import * as Fingerprint from "../Fingerprint.js"
import * as HolderTable from "./HolderTable.js"
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

  // Runs, sums of usage, a roll-up by day, and checksums. Days are marked to be put in order and explained: their rows are still one a look.
  (database) => {
    database.exec(`
      -- revision counts what changed but for what was added at the end.
      ALTER TABLE account ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
      -- The SHA-256 of owner, line feed, base URL: a flipped bit must not give a history to somebody else.
      ALTER TABLE account ADD COLUMN digest BLOB;
      ALTER TABLE holder ADD COLUMN digest BLOB;

      -- What seldom changes of a look: its plan, and two times.
      CREATE TABLE terms (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        plan_id INTEGER NOT NULL REFERENCES plan (id),
        created_at INTEGER NOT NULL,
        refresh_at INTEGER,
        UNIQUE (plan_id, created_at, refresh_at)
      ) STRICT;

      -- A run of equal looks within a UTC hour. nth is the place of its first look among those of the same time, lag that look's
      -- observed_at less its updated_at, sights the times of the further ones. Sums are of the usage that its looks close:
      -- the lower bounds, what the upper ones add, and how many have none; NULL where an int64 does not hold them.
      CREATE TABLE look (
        account_id INTEGER NOT NULL,
        observed_at INTEGER NOT NULL,
        nth INTEGER NOT NULL,
        lag INTEGER NOT NULL,
        terms_id INTEGER NOT NULL,
        monthly_usd INTEGER NOT NULL,
        monthly_credits INTEGER,
        stable_usd INTEGER NOT NULL,
        granted_credits INTEGER,
        prepaid_credits_usd INTEGER,
        due_usd INTEGER,
        sights BLOB,
        credits_lower INTEGER,
        credits_hidden INTEGER,
        credits_unbounded INTEGER NOT NULL,
        paygo_lower INTEGER,
        paygo_hidden INTEGER,
        paygo_unbounded INTEGER NOT NULL,
        is_open INTEGER NOT NULL,
        PRIMARY KEY (account_id, observed_at, nth),
        CHECK ((granted_credits IS NULL) <> (prepaid_credits_usd IS NULL))
      ) STRICT, WITHOUT ROWID;

      -- The roll-up. day counts days since 1970, each after its midnight and up to the next one. assumes has a bit for each assumption;
      -- is_open tells whether pay as you go may have run since the last known amount due. pending: 0 the sums are those of the rows, 1 they
      -- are to be explained again, 2 the rows too are to be put in order. frozen is the ledger version that made the sums of pruned rows.
      CREATE TABLE day (
        account_id INTEGER NOT NULL REFERENCES account (id),
        day INTEGER NOT NULL,
        looks INTEGER NOT NULL,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        credits_lower INTEGER,
        credits_hidden INTEGER,
        credits_unbounded INTEGER NOT NULL,
        paygo_lower INTEGER,
        paygo_hidden INTEGER,
        paygo_unbounded INTEGER NOT NULL,
        assumes INTEGER NOT NULL,
        is_open INTEGER NOT NULL,
        checksum INTEGER NOT NULL,
        pending INTEGER NOT NULL,
        frozen INTEGER,
        PRIMARY KEY (account_id, day)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX day_pending ON day (account_id, day) WHERE pending > 0;

      -- What the ledger keeps in mind before a day's first look.
      CREATE TABLE checkpoint (
        account_id INTEGER NOT NULL REFERENCES account (id),
        day INTEGER NOT NULL,
        state TEXT NOT NULL,
        PRIMARY KEY (account_id, day)
      ) STRICT;

      INSERT INTO terms (plan_id, created_at, refresh_at)
        SELECT DISTINCT plan_id, created_at, refresh_at FROM snapshot ORDER BY 1, 2, 3;

      INSERT INTO look
        SELECT s.account_id, s.observed_at,
          row_number() OVER (PARTITION BY s.account_id, s.observed_at ORDER BY s.updated_at, s.variant) - 1,
          s.observed_at - s.updated_at, t.id, s.monthly_usd, s.monthly_credits, coalesce(s.granted_usd, s.prepaid_cash_usd),
          s.granted_credits, s.prepaid_credits_usd, s.due_usd, NULL, 0, 0, 0, 0, 0, 0, 0
        FROM snapshot s JOIN terms t
          ON t.plan_id = s.plan_id AND t.created_at = s.created_at AND t.refresh_at IS s.refresh_at;

      INSERT INTO day
        SELECT account_id, CAST(floor((observed_at - 1) / 86400000.0) AS INTEGER), count(*), min(observed_at), max(observed_at),
          0, 0, 0, 0, 0, 0, 0, 0, 0, 2, NULL
        FROM snapshot GROUP BY 1, 2;

      DROP TABLE snapshot;
    `)
    const digest = database.prepare<[Buffer, number]>("UPDATE account SET digest = ? WHERE id = ?")
    const accounts = database.prepare<[], { readonly id: number; readonly base_url: string; readonly owner: string }>(
      "SELECT id, base_url, owner FROM account",
    )
    for (const { base_url, id, owner } of accounts.all()) {
      digest.run(createHash("sha256").update(`${owner}\n${base_url}`).digest(), id)
    }
    const secret = database.prepare<[], Buffer>("SELECT value FROM meta WHERE key = 'secret'").pluck().get()
    const sealHolder = database.prepare<[Buffer, Buffer, string, string]>(
      "UPDATE holder SET digest = ? WHERE fingerprint = ? AND base_url = ? AND subject = ?",
    )
    for (const holder of database.prepare<[], HolderTable.Holder>("SELECT * FROM holder").all()) {
      const { base_url, fingerprint, subject } = holder
      sealHolder.run(HolderTable.digestOf(secret ?? Buffer.alloc(0), holder), fingerprint, base_url, subject)
    }
    database.prepare("INSERT INTO meta (key, value) VALUES ('ledger', ?)").run(Buffer.from("0"))
  },

  // Leases of calls among processes: nothing that reads balances needs them.
  (database) => {
    database.exec(`
      -- key is a digest of what is asked for, holder random bytes of whoever took it. Of a lease that was given back with a failure, failure is
      -- its text, and it is told until ends_at.
      CREATE TABLE lease (
        key BLOB PRIMARY KEY,
        holder BLOB NOT NULL,
        ends_at INTEGER NOT NULL,
        failure TEXT
      ) STRICT, WITHOUT ROWID;
    `)
  },
]

/** The format version that this version of the library writes. */
export const VERSION = steps.length

/** The oldest format version that is read as it is where nothing may be written: later steps add nothing that readers need. */
export const READABLE_FROM = 2

/** The format version whose rows, still one a look, a later one may hold until they are put in order. */
export const UNARRANGED = 1

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
