/** What a file holds, counted. To be called within a transaction. */
import { statSync } from "node:fs"
import type Database from "better-sqlite3"
import type { Statistics } from "../SnapshotStore.js"

/** Prepares the counting of the file at `path`. */
export const prepare = (
  path: string,
  database: Database.Database,
  isFile: boolean,
  /** Whether every day waits, because an older ledger made the sums and nothing may be written. */
  isOld: () => boolean,
): (() => Statistics) => {
  const number = (sql: string) => database.prepare<[], number>(sql).pluck()
  const counts = {
    accounts: number("SELECT count(DISTINCT account_id) FROM day WHERE looks > 0"),
    snapshots: number("SELECT coalesce(sum(looks), 0) FROM day"),
    rows: number("SELECT count(*) FROM look"),
    plans: number("SELECT count(*) FROM plan"),
    days: number("SELECT count(*) FROM day"),
    unexplained: number("SELECT count(*) FROM day WHERE pending > 0"),
    unfrozen: number("SELECT count(*) FROM day WHERE frozen IS NULL"),
    frozen: number("SELECT count(*) FROM day WHERE frozen IS NOT NULL"),
    pages: number("PRAGMA page_count"),
    freePages: number("PRAGMA freelist_count"),
    pageBytes: number("PRAGMA page_size"),
  }
  return () => {
    const of = (name: keyof typeof counts): number => counts[name].get() ?? 0
    return {
      accounts: of("accounts"),
      snapshots: of("snapshots"),
      rows: of("rows"),
      plans: of("plans"),
      days: of("days"),
      unexplained: of(isOld() ? "unfrozen" : "unexplained"),
      frozen: of("frozen"),
      fileBytes: isFile ? of("pages") * of("pageBytes") : 0,
      freeBytes: isFile ? of("freePages") * of("pageBytes") : 0,
      logBytes: isFile ? (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) : 0,
    }
  }
}
