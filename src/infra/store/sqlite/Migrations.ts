/**
 * Tables of a history, as steps from each format version to the next. Steps are only ever added: opening a file of an earlier version for
 * writing brings it up to date.
 *
 * Amounts are whole nano-dollars, times whole milliseconds since 1970 (UTC), days whole days since 1970, and credits (uint64) their
 * two's-complement view as an int64. Ids of stored accounts and plans are never used twice.
 */
import * as Fingerprint from "../../Fingerprint.js"
import type * as Driver from "./Driver.js"
import * as FileHeader from "./FileHeader.js"

/** One step: from a format version to the next one. */
export type Step = (database: Driver.Database) => void

/** Dollars with two to nine decimals, from whole nano-dollars. */
const dollars = (column: string): string => {
  const fraction = `printf('%09d', abs(${column}) % 1000000000)`
  return `CASE WHEN ${column} IS NOT NULL THEN printf('%s%d.%s%s', CASE WHEN ${column} < 0 THEN '-' ELSE '' END,
    abs(${column}) / 1000000000, substr(${fraction}, 1, 2), rtrim(substr(${fraction}, 3), '0')) END`
}

const iso = (column: string): string => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`

/** Whole nano-dollars, from dollars as decimal text with at most nine decimals. */
const nanos = (text: string): string => {
  const fraction = `CAST(substr(substr(${text}, instr(${text} || '.', '.') + 1) || '000000000', 1, 9) AS INTEGER)`
  return `CAST(${text} AS INTEGER) * 1000000000 + CASE WHEN ${text} LIKE '-%' THEN -${fraction} ELSE ${fraction} END`
}

const DAY_MS = 86_400_000

const credits = (column: string): string => `CASE WHEN ${column} IS NOT NULL THEN printf('%u', ${column}) END`

/** The steps of this version of the library. */
export const STEPS: ReadonlyArray<Step> = [
  (database) => {
    database.pragma(`application_id = ${FileHeader.APPLICATION_ID}`)
    database.exec(`
      CREATE TABLE meta (
        key TEXT PRIMARY KEY,
        value BLOB NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- epoch is raised by every change of the history except an append at its end. Snapshots of the UTC days before sealed_before were
      -- pruned. checksum: the CRC-32 of the other columns, epoch aside.
      CREATE TABLE account (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        base_url TEXT NOT NULL,
        owner TEXT NOT NULL,
        epoch INTEGER NOT NULL DEFAULT 0,
        sealed_before INTEGER,
        checksum INTEGER NOT NULL,
        UNIQUE (base_url, owner)
      ) STRICT;

      -- What seldom changes of a balance, once by content. digest: the SHA-256 of json.
      CREATE TABLE plan (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        digest BLOB NOT NULL UNIQUE,
        json TEXT NOT NULL
      ) STRICT;

      -- One row a snapshot. nth is its place among those with the same two times, by the bytes of their canonical JSON. A stable pool is
      -- either granted (stable_usd is its value) or prepaid (stable_usd is the cash). checksum: the CRC-32 of the other columns.
      -- The references to account and plan are not declared, because checking them would slow down every insert.
      CREATE TABLE snapshot (
        account_id INTEGER NOT NULL,
        observed_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        nth INTEGER NOT NULL,
        plan_id INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        refresh_at INTEGER,
        monthly_usd INTEGER NOT NULL,
        monthly_credits INTEGER,
        stable_usd INTEGER NOT NULL,
        granted_credits INTEGER,
        prepaid_credits_usd INTEGER,
        due_usd INTEGER,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (account_id, observed_at, updated_at, nth),
        CHECK ((granted_credits IS NULL) <> (prepaid_credits_usd IS NULL))
      ) STRICT, WITHOUT ROWID;

      -- What the ledger closed on each UTC day, and its state at the end of the day. A cache of the ledger over the snapshots, except for
      -- the days before account.sealed_before. version: of the ledger. checksum: the CRC-32 of the other columns.
      CREATE TABLE usage_day (
        account_id INTEGER NOT NULL REFERENCES account (id),
        day INTEGER NOT NULL,
        version INTEGER NOT NULL,
        entries TEXT NOT NULL,
        checkpoint TEXT NOT NULL,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (account_id, day)
      ) STRICT;

      -- Who asked for whom. fingerprint: the first 16 bytes of the HMAC-SHA-256 of a token under meta.secret. label: the account to use
      -- where the id cannot be resolved. checksum: the CRC-32 of the other columns.
      CREATE TABLE holder (
        fingerprint BLOB NOT NULL,
        base_url TEXT NOT NULL,
        subject TEXT NOT NULL,
        account_id INTEGER REFERENCES account (id),
        label TEXT UNIQUE,
        answered_at INTEGER,
        checksum INTEGER NOT NULL,
        PRIMARY KEY (fingerprint, base_url, subject)
      ) STRICT, WITHOUT ROWID;

      -- key is a digest under meta.secret, holder random bytes.
      CREATE TABLE lease (
        key BLOB PRIMARY KEY,
        holder BLOB NOT NULL,
        expires_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- What was last said about an account beside its balances. overdraft: the policy that was given, as JSON. block: why the API serves
      -- the account no longer, as JSON; NULL beside a block_at that is not: the API said that it does. threshold: the collection threshold
      -- that the API told, as JSON. checksum: the CRC-32 of the other columns.
      CREATE TABLE billing (
        account_id INTEGER PRIMARY KEY REFERENCES account (id),
        overdraft TEXT,
        overdraft_at INTEGER,
        block TEXT,
        block_at INTEGER,
        threshold TEXT,
        threshold_at INTEGER,
        checksum INTEGER NOT NULL
      ) STRICT;

      -- Snapshots for people: times as ISO 8601, dollars and credits as exact decimal text.
      CREATE VIEW snapshot_usd AS
        SELECT a.base_url, a.owner,
          ${iso("s.observed_at")} AS observed_at,
          ${iso("s.updated_at")} AS updated_at,
          ${dollars("s.monthly_usd")} AS monthly_usd,
          ${credits("s.monthly_credits")} AS monthly_credits,
          ${dollars("s.stable_usd")} AS stable_usd,
          ${credits("s.granted_credits")} AS granted_credits,
          ${dollars("s.prepaid_credits_usd")} AS prepaid_credits_usd,
          ${dollars("s.due_usd")} AS due_usd,
          ${iso("s.refresh_at")} AS refresh_at,
          p.json ->> '$.subscription.name' AS plan
        FROM snapshot s
          JOIN account a ON a.id = s.account_id
          JOIN plan p ON p.id = s.plan_id;

      -- Usage at rest for people: one row for each span in which a pool was used, of stored days. upper_usd is NULL where nothing bounds
      -- the usage above. day: the UTC day in which the span ends.
      CREATE VIEW usage_interval AS
        WITH entry AS (
          SELECT u.account_id, track.key AS track, u.day AS closed_on, segment.key AS segment, item.key AS place,
            item.type AS type, item.value AS value, segment.value ->> '$.from' AS begins_at,
            CASE item.type
              WHEN 'array' THEN ${iso(`(u.day * ${DAY_MS} + (item.value ->> 0))`)}
              ELSE item.value ->> '$.entry.to'
            END AS ends_at
          FROM usage_day u, json_each(u.entries) track, json_each(track.value) segment,
            json_each(segment.value, '$.entries') item
        ), span AS (
          SELECT *, coalesce(
            lag(ends_at) OVER (PARTITION BY account_id, closed_on, track, segment ORDER BY place), ${iso("begins_at")}
          ) AS starts_at
          FROM entry
        ), used AS (
          SELECT account_id, starts_at, ends_at, CASE track WHEN 'pools' THEN 'monthly' ELSE 'pay as you go' END AS pool,
            CAST(coalesce(value ->> 1, 0) AS INTEGER) AS lower, CAST(coalesce(value ->> 1, 0) AS INTEGER) AS upper
          FROM span WHERE type = 'array'
          UNION ALL
          SELECT account_id, starts_at, ends_at, 'stable',
            CAST(coalesce(value ->> 2, 0) AS INTEGER), CAST(coalesce(value ->> 2, 0) AS INTEGER)
          FROM span WHERE type = 'array' AND track = 'pools'
          UNION ALL
          SELECT account_id, event.value ->> '$.from', event.value ->> '$.to',
            CASE event.value ->> '$.pool' WHEN 'Monthly' THEN 'monthly' WHEN 'Stable' THEN 'stable' ELSE 'pay as you go' END,
            ${nanos("coalesce(event.value ->> '$.amount.usd', event.value ->> '$.amount.lower')")},
            ${nanos("coalesce(event.value ->> '$.amount.usd', event.value ->> '$.amount.upper')")}
          FROM span, json_each(span.value, '$.entry.events') event
          WHERE span.type = 'object' AND event.value ->> '$._tag' = 'Usage'
        )
        SELECT a.base_url, a.owner, date(u.ends_at, '-0.001 seconds') AS day, u.pool, u.starts_at, u.ends_at,
          ${dollars("u.lower")} AS lower_usd, ${dollars("u.upper")} AS upper_usd,
          u.lower AS lower_nanos, u.upper AS upper_nanos
        FROM used u
          JOIN account a ON a.id = u.account_id
        WHERE u.lower <> 0 OR u.upper IS NULL OR u.upper <> 0;
    `)
    database.prepare<[Buffer]>("INSERT INTO meta (key, value) VALUES ('secret', ?)").run(Fingerprint.newSecret())
  },
]

/** Format version that this version of the library writes. */
export const VERSION = STEPS.length

/**
 * Brings a database up to date, each step in a transaction of its own together with its version number. Writes nothing where it is up to date.
 *
 * @throws StoreNotADatabase, StoreNewerVersion, or what SQLite throws.
 */
export const run = (path: string | undefined, database: Driver.Database, steps: ReadonlyArray<Step> = STEPS): void => {
  const version = (): number => FileHeader.versionOf(path, FileHeader.ofDatabase(database), steps.length)
  while (version() < steps.length) {
    database
      .transaction(() => {
        // Read again under the lock: another process may have taken the step meanwhile.
        const found = version()
        const step = steps[found]
        if (step === undefined) return
        step(database)
        database.pragma(`user_version = ${found + 1}`)
      })
      .immediate()
  }
}
