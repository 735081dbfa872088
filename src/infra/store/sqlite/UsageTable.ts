/** The table `usage_day`, and usage at rest on it. Methods that change rows run within a transaction that writes. */
import * as Option from "effect/Option"
import type * as Account from "../../../domain/history/Account.js"
import type { Damage } from "../SnapshotStore.js"
import { StoreCorrupt } from "../StoreError.js"
import type { Service, StoredDay } from "../UsageStore.js"
import type { AccountTable, Known } from "./AccountTable.js"
import * as Checksum from "./Checksum.js"
import type * as Connection from "./Connection.js"
import type * as Driver from "./Driver.js"
import { OBSERVED_AT } from "./SnapshotRow.js"
import type { SnapshotTable } from "./SnapshotTable.js"

/** A row as it is read, without its account. */
interface Row {
  readonly day: number
  readonly version: number
  readonly entries: string
  readonly checkpoint: string
  readonly checksum: number
}

const DAY = 86_400_000

const COLUMNS = "day, version, entries, checkpoint, checksum"

const checksumOf = (accountId: number, { checkpoint, day, entries, version }: StoredDay): number =>
  Checksum.of([accountId, day, version, entries, checkpoint])

const isSound = (accountId: number, row: Row): boolean =>
  Number.isSafeInteger(row.day) &&
  Number.isSafeInteger(row.version) &&
  typeof row.entries === "string" &&
  typeof row.checkpoint === "string" &&
  checksumOf(accountId, row) === row.checksum

/** Before every day. */
const MIN_DAY = Number.NEGATIVE_INFINITY

/** Rows that count: those of sealed days, and those of one version. */
export interface Counting {
  readonly sealedBefore: number | undefined
  readonly version: number
}

let sessions = 0

/** The table of an open file. */
export class UsageTable {
  /** Tells this file from one that was opened before at the same path. */
  private readonly session = sessions++
  private readonly path: string | undefined
  private readonly sql

  constructor(path: string | undefined, database: Driver.Database) {
    this.path = path
    const rows = <Bind extends ReadonlyArray<unknown>>(rest: string) =>
      database.prepare<[number, ...Bind], Row>(`SELECT ${COLUMNS} FROM usage_day WHERE account_id = ? ${rest}`)
    const counts = "(day < ? OR version = ?)"
    this.sql = {
      days: rows<[number, number, number, number]>(`AND day >= ? AND day < ? AND ${counts} ORDER BY day`),
      last: rows<[number, number, number]>(`AND day < ? AND ${counts} ORDER BY day DESC LIMIT 1`),
      after: rows<[number, number]>("AND day > ? ORDER BY day LIMIT ?"),
      lastDay: database.prepare<[number], number | null>("SELECT max(day) FROM usage_day WHERE account_id = ?").pluck(),
      count: database.prepare<[], number>("SELECT count(*) FROM usage_day").pluck(),
      countSealed: database
        .prepare<[], number>(
          "SELECT count(*) FROM account JOIN usage_day ON account_id = account.id AND day < sealed_before",
        )
        .pluck(),
      has: database
        .prepare<[number, number], number>("SELECT EXISTS (SELECT 1 FROM usage_day WHERE account_id = ? AND day = ?)")
        .pluck(),
      hasNewer: database
        .prepare<[number, number, number], number>(
          "SELECT EXISTS (SELECT 1 FROM usage_day WHERE account_id = ? AND day >= ? AND version > ?)",
        )
        .pluck(),
      put: database.prepare<[number, number, number, string, string, number]>(
        `INSERT INTO usage_day (account_id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (account_id, day) DO NOTHING`,
      ),
      removeOlder: database.prepare<[number, number, number]>(
        "DELETE FROM usage_day WHERE account_id = ? AND day >= ? AND version < ?",
      ),
      removeFrom: database.prepare<[number, number]>("DELETE FROM usage_day WHERE account_id = ? AND day >= ?"),
    }
  }

  /** The epoch of an account. Ids of accounts are not given twice, so one that was removed and added again has another one. */
  epochOf({ epoch, id }: Pick<Known, "epoch" | "id">): string {
    return `${this.session}/${id}/${epoch}`
  }

  /** The last stored day of an account. */
  lastDay(accountId: number): number | undefined {
    return this.sql.lastDay.get(accountId) ?? undefined
  }

  /** Counts the days of all accounts. */
  counts(): { readonly usageDays: number; readonly sealedDays: number } {
    return { usageDays: this.sql.count.get() ?? 0, sealedDays: this.sql.countSealed.get() ?? 0 }
  }

  /** Whether a day is stored. */
  has(accountId: number, day: number): boolean {
    return this.sql.has.get(accountId, day) === 1
  }

  /** Stored days in `[from, to)` that count, in order. @throws StoreCorrupt */
  days(accountId: number, from: number, to: number, { sealedBefore, version }: Counting): ReadonlyArray<StoredDay> {
    return this.sql.days
      .all(accountId, from, to, sealedBefore ?? MIN_DAY, version)
      .map((row) => this.sound(accountId, row))
  }

  /** The last stored day before `before` that counts. @throws StoreCorrupt */
  last(accountId: number, before: number, { sealedBefore, version }: Counting): StoredDay | undefined {
    const row = this.sql.last.get(accountId, before, sealedBefore ?? MIN_DAY, version)
    return row && this.sound(accountId, row)
  }

  /**
   * Stores days of one version, except sealed ones. From the first one on, stored days of an older version are removed; those of the same one stay
   * as they are. Nothing is stored beside unsealed days of a newer version: the days of one version have no gap.
   */
  fill(accountId: number, sealedBefore: number | undefined, days: ReadonlyArray<StoredDay>): void {
    const open = days.filter(({ day }) => day >= (sealedBefore ?? MIN_DAY))
    if (open.length === 0) return
    const [version, first] = [Math.min(...open.map((each) => each.version)), Math.min(...open.map(({ day }) => day))]
    if (this.sql.hasNewer.get(accountId, sealedBefore ?? MIN_DAY, version) === 1) return
    this.sql.removeOlder.run(accountId, first, version)
    for (const each of open) {
      const { checkpoint, day, entries, version } = each
      this.sql.put.run(accountId, day, version, entries, checkpoint, checksumOf(accountId, each))
    }
  }

  /** Removes the stored days from `day` on. */
  removeFrom(accountId: number, day: number): void {
    this.sql.removeFrom.run(accountId, day)
  }

  /** Removes all stored days. */
  removeAll(accountId: number): void {
    this.removeFrom(accountId, MIN_DAY)
  }

  /** Checks the days after `day`, at most `limit` of them. `next` is where to go on; `undefined` after the last one. */
  check(
    accountId: number,
    day: number = MIN_DAY,
    limit: number,
  ): { readonly damage: ReadonlyArray<Damage>; readonly next: number | undefined } {
    const rows = this.sql.after.all(accountId, day, limit)
    const damage = rows
      .filter((row) => !isSound(accountId, row))
      .map((row) => ({ table: "usage_day", key: `${accountId}/${row.day}`, what: "not what was written" }))
    const last = rows.at(-1)?.day
    const canGoOn = rows.length === limit && Number.isSafeInteger(last) && Number(last) > day
    return { damage, next: canGoOn ? last : undefined }
  }

  private sound(accountId: number, row: Row): StoredDay {
    if (!isSound(accountId, row)) {
      throw new StoreCorrupt({ path: this.path, table: "usage_day", key: `${accountId}/${row.day}` })
    }
    const { checkpoint, day, entries, version } = row
    return { day, version, entries, checkpoint }
  }
}

/** The tables that usage at rest reads and writes. */
export interface Tables {
  readonly accounts: AccountTable
  readonly snapshots: SnapshotTable
  readonly usage: UsageTable
  readonly writer: { readonly refresh: () => void; readonly forgetCaches: () => void }
}

/** Makes usage at rest on a connection. */
export const makeUsage = (connection: Connection.Connection<Tables>): Service => {
  const standingOf = ({ accounts, snapshots, usage }: Tables, account: Account.Account) => {
    const known = accounts.known(account)
    if (known === undefined) return undefined
    const isEmpty = snapshots.nextTime(known.id) === undefined && usage.lastDay(known.id) === undefined
    if (isEmpty) return undefined
    const { id, sealedBefore } = known
    return {
      id,
      epoch: usage.epochOf(known),
      counting: { sealedBefore },
      sealedBefore: Option.fromNullable(sealedBefore),
    }
  }
  return {
    path: connection.path,
    isReadOnly: connection.isReadOnly,
    standing: (account) =>
      connection.read("UsageStore.standing", (tables) =>
        Option.map(Option.fromNullable(standingOf(tables, account)), ({ epoch, sealedBefore }) => ({
          epoch,
          sealedBefore,
        })),
      ),
    read: (account, { before, from, to, version }) =>
      connection.read("UsageStore.read", (tables) =>
        Option.map(Option.fromNullable(standingOf(tables, account)), ({ counting, epoch, id, sealedBefore }) => ({
          epoch,
          sealedBefore,
          days: tables.usage.days(id, from, to, { ...counting, version }),
          last: Option.fromNullable(tables.usage.last(id, before, { ...counting, version })),
        })),
      ),
    days: (account, { from, to, version }) =>
      connection.read("UsageStore.days", ({ accounts, usage }) => {
        const known = accounts.known(account)
        return known === undefined ? [] : usage.days(known.id, from, to, { sealedBefore: known.sealedBefore, version })
      }),
    fill: (account, epoch, days, lastObservedAt) =>
      connection.write("UsageStore.fill", ({ accounts, snapshots, usage, writer }) => {
        writer.refresh()
        const known = accounts.known(account)
        if (known === undefined || usage.epochOf(known) !== epoch) return false
        const end = (Math.max(...days.map(({ day }) => day)) + 1) * DAY
        // An append at the end of a day that was not stored yet raises no epoch.
        const last = snapshots.last(known.id, end - 1)
        if (lastObservedAt !== undefined && Number(last?.[OBSERVED_AT]) !== lastObservedAt) return false
        usage.fill(known.id, known.sealedBefore, days)
        writer.forgetCaches()
        return true
      }),
  }
}
