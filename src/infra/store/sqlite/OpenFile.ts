/** An open file: its tables, built anew each time it is opened. */
import { AccountTable } from "./AccountTable.js"
import { BillingTable } from "./BillingTable.js"
import type * as Driver from "./Driver.js"
import { HolderTable } from "./HolderTable.js"
import { LastAnswers } from "./LastAnswers.js"
import { LeaseTable } from "./LeaseTable.js"
import { PlanTable } from "./PlanTable.js"
import { SnapshotTable } from "./SnapshotTable.js"
import { SnapshotWriter } from "./SnapshotWriter.js"
import { UsageTable } from "./UsageTable.js"

/** The tables of an open file. */
export interface OpenFile {
  readonly database: Driver.Database
  /** Undefined in memory. */
  readonly path: string | undefined
  readonly accounts: AccountTable
  readonly plans: PlanTable
  readonly snapshots: SnapshotTable
  readonly writer: SnapshotWriter
  readonly usage: UsageTable
  readonly holders: HolderTable
  readonly billing: BillingTable
  readonly answers: LastAnswers
  readonly leases: LeaseTable
  /** Forgets what was learned from rows of a transaction that was rolled back. */
  readonly forgetCaches: () => void
}

/** Prepares the tables of a database. @throws StoreCorrupt, or what SQLite throws where a table is missing. */
export const make = (path: string | undefined, database: Driver.Database): OpenFile => {
  const accounts = new AccountTable(path, database)
  const plans = new PlanTable(path, database)
  const holders = new HolderTable(path, database)
  const snapshots = new SnapshotTable(path, database, plans)
  const usage = new UsageTable(path, database)
  const writer = new SnapshotWriter(path, database, { accounts, plans, snapshots, usage, holders })
  return {
    database,
    path,
    accounts,
    plans,
    snapshots,
    writer,
    usage,
    holders,
    billing: new BillingTable(path, database),
    answers: new LastAnswers(path, database, { accounts, plans, holders }),
    leases: new LeaseTable(holders.secret, database),
    forgetCaches: () => writer.forgetCaches(),
  }
}
