/** Brings what the ledger made up to date: sums of another version of it wait to be explained again. */
import type Database from "better-sqlite3"
import * as Ledger from "../../../domain/history/Ledger.js"
import { StoreCorrupt, StoreNewerVersion } from "../StoreError.js"
import { Pending } from "./Day.js"
import * as Migrations from "./Migrations.js"

/**
 * The version of the ledger that made the sums of a file.
 *
 * @throws StoreNewerVersion when it is newer than this one.
 */
export const versionOf = (path: string, database: Database.Database): number =>
  numberOf(path, database.prepare<[], Buffer>("SELECT value FROM meta WHERE key = 'ledger'").pluck().get())

const numberOf = (path: string, kept: Buffer | undefined): number => {
  const found = Number(kept?.toString() ?? Number.NaN)
  if (!Number.isInteger(found)) throw new StoreCorrupt({ path, table: "meta", key: "ledger" })
  if (found > Ledger.VERSION) {
    throw new StoreNewerVersion({ path, part: "Ledger", found, supported: Ledger.VERSION })
  }
  return found
}

/** Prepares to ask whether an older ledger made the sums of a file; another process may bring them up to date at any time. */
export const isOlder = (path: string, database: Database.Database): (() => boolean) => {
  const ledger = database.prepare<[], Buffer>("SELECT value FROM meta WHERE key = 'ledger'").pluck()
  numberOf(path, ledger.get())
  return () => numberOf(path, ledger.get()) < Ledger.VERSION
}

/**
 * Prepares to look whether a file is still of this version: another process may be of a newer one.
 *
 * @throws StoreNewerVersion from what it gives.
 */
export const watch = (path: string, database: Database.Database): (() => void) => {
  const format = database.prepare<[], number>("PRAGMA user_version").pluck()
  const ledger = database.prepare<[], Buffer>("SELECT value FROM meta WHERE key = 'ledger'").pluck()
  return () => {
    const found = format.get() ?? 0
    if (found > Migrations.VERSION) {
      throw new StoreNewerVersion({ path, part: "Format", found, supported: Migrations.VERSION })
    }
    numberOf(path, ledger.get())
  }
}

/**
 * Marks what an older ledger explained, but for frozen sums, which nothing can explain again; the state behind those is kept. Nothing is
 * written where the file is up to date.
 */
export const run = (path: string, database: Database.Database): void => {
  if (versionOf(path, database) === Ledger.VERSION) return
  database
    .transaction(() => {
      if (versionOf(path, database) === Ledger.VERSION) return
      database.exec(`
        UPDATE day SET pending = max(pending, ${Pending.explain}) WHERE frozen IS NULL;
        UPDATE account SET revision = revision + 1;
        DELETE FROM checkpoint WHERE day > (
          SELECT min(first.day) FROM checkpoint first
          WHERE first.account_id = checkpoint.account_id AND first.day > coalesce(
            (SELECT max(day.day) FROM day WHERE day.account_id = checkpoint.account_id AND day.frozen IS NOT NULL),
            -1000000000
          )
        );
      `)
      database
        .prepare<[Buffer]>("UPDATE meta SET value = ? WHERE key = 'ledger'")
        .run(Buffer.from(String(Ledger.VERSION)))
    })
    .immediate()
}
