/** Rows of an open file back into snapshots. */
import type Database from "better-sqlite3"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import type * as Timestamp from "../../../domain/time/Timestamp.js"
import * as Canonical from "../Canonical.js"
import type { AccountSummary } from "../SnapshotStore.js"
import { StoreCorrupt } from "../StoreError.js"
import * as AccountRow from "./AccountRow.js"
import * as PlanText from "./PlanText.js"
import * as SnapshotRow from "./SnapshotRow.js"

/** Snapshots in a page of a reading. */
const PAGE = 512
/** Plans that are remembered decoded. */
const PLANS = 256

const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n

/** Where a reading stands: what comes after these times, before `end`. */
export interface Cursor {
  readonly observed_at: bigint
  readonly updated_at: bigint
  readonly end: bigint
}

/** Some snapshots of a reading, and where it goes on. */
export interface Page {
  readonly snapshots: ReadonlyArray<Snapshot.Snapshot>
  readonly next: Option.Option<Cursor>
}

/** The beginning of a reading of `[from, to)`. Times within a millisecond count as the next whole one. */
export const start = (from: Timestamp.Timestamp | undefined, to: Timestamp.Timestamp | undefined): Cursor => ({
  observed_at: from === undefined ? INT64_MIN : BigInt(Math.ceil(from.epochMillis)) - 1n,
  updated_at: INT64_MAX,
  end: to === undefined ? INT64_MAX : BigInt(Math.ceil(to.epochMillis)),
})

/** What can be read, each to be called within a transaction. */
export interface Reader {
  readonly newest: (account: Account.Account, at: Timestamp.Timestamp | undefined) => Option.Option<Snapshot.Snapshot>
  readonly page: (account: Account.Account, cursor: Cursor) => Page
  readonly accounts: () => ReadonlyArray<AccountSummary>
}

interface Whose {
  readonly base_url: string
  readonly owner: string
}

const whose = ({ baseUrl, owner }: Account.Account): Whose => ({ base_url: baseUrl, owner: Account.formatOwner(owner) })

const OF_ACCOUNT = `SELECT ${SnapshotRow.COLUMNS.join(", ")} FROM snapshot
  WHERE account_id = (SELECT id FROM account WHERE base_url = @base_url AND owner = @owner)`

/** Prepares the reading of the file at `path`. */
export const prepare = (path: string, database: Database.Database): Reader => {
  const rows = <Bound extends object>(sql: string) =>
    database.prepare<Bound, SnapshotRow.Row>(`${OF_ACCOUNT} ${sql}`).safeIntegers()
  const newest = rows<Whose & { readonly at: bigint }>(
    "AND observed_at <= @at ORDER BY observed_at DESC, updated_at DESC, variant DESC LIMIT 1",
  )
  const page = rows<Whose & Cursor>(
    `AND (observed_at, updated_at) > (@observed_at, @updated_at) AND observed_at < @end
     ORDER BY observed_at, updated_at, variant LIMIT ${PAGE}`,
  )
  const sameTimes = database
    .prepare<SnapshotRow.Row, SnapshotRow.Row>(
      `SELECT ${SnapshotRow.COLUMNS.join(", ")} FROM snapshot WHERE account_id = @account_id
       AND observed_at = @observed_at AND updated_at = @updated_at`,
    )
    .safeIntegers()
  const planText = database.prepare<[bigint], string>("SELECT json FROM plan WHERE id = ?").pluck()
  const summaries = database
    .prepare<[], AccountRow.Row & { readonly snapshots: bigint; readonly first: bigint; readonly last: bigint }>(
      `SELECT id, base_url, owner, snapshots, first, last FROM account JOIN (
         SELECT account_id, count(*) AS snapshots, min(observed_at) AS first, max(observed_at) AS last
         FROM snapshot GROUP BY account_id
       ) ON account_id = id`,
    )
    .safeIntegers()

  const plans = new Map<bigint, PlanText.Plan>()
  const plan = (id: bigint): PlanText.Plan => {
    const known = plans.get(id)
    if (known !== undefined) return known
    const decoded = Either.flatMap(
      Either.fromNullable(planText.get(id), () => "no such row"),
      PlanText.decode,
    )
    if (Either.isLeft(decoded)) {
      throw new StoreCorrupt({ path, table: "plan", key: `${id} json`, cause: decoded.left })
    }
    if (plans.size >= PLANS) plans.clear()
    plans.set(id, decoded.right)
    return decoded.right
  }

  const time = (accountId: bigint, at: bigint): Timestamp.Timestamp =>
    Option.getOrThrowWith(
      SnapshotRow.timeOf(at),
      () => new StoreCorrupt({ path, table: "snapshot", key: `${accountId}/${at} observed_at` }),
    )
  const inOrder = (account: Account.Account, rows: ReadonlyArray<SnapshotRow.Row>): ReadonlyArray<Snapshot.Snapshot> =>
    rows.map((row) => SnapshotRow.toSnapshot(path, row, account, plan(row.plan_id))).sort(Canonical.Order)

  return {
    newest: (account, at) => {
      const until = at === undefined ? INT64_MAX : BigInt(Math.floor(at.epochMillis))
      const row = newest.get({ ...whose(account), at: until })
      if (row === undefined) return Option.none()
      const bodies = row.variant === 0n ? [row] : sameTimes.all(row)
      return Option.fromNullable(inOrder(account, bodies).at(-1))
    },
    page: (account, cursor) => {
      const found = page.all({ ...whose(account), ...cursor })
      const last = found.at(-1)
      if (last === undefined || found.length < PAGE) {
        return { snapshots: inOrder(account, found), next: Option.none() }
      }
      // Bodies of the same times go in the order of their bytes, so a page ends with all of them.
      const { observed_at, updated_at } = last
      const before = found.filter((row) => row.observed_at !== observed_at || row.updated_at !== updated_at)
      return {
        snapshots: inOrder(account, [...before, ...sameTimes.all(last)]),
        next: Option.some({ observed_at, updated_at, end: cursor.end }),
      }
    },
    accounts: () =>
      summaries
        .all()
        .map((row) => ({
          account: AccountRow.toAccount(path, row),
          snapshots: Number(row.snapshots),
          first: time(row.id, row.first),
          last: time(row.id, row.last),
        }))
        .sort((a, b) => Account.Order(a.account, b.account)),
  }
}
