/** An open file: its tables, what works on them, and how what waits there is explained. */
import type Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import type * as SnapshotStore from "../SnapshotStore.js"
import type { StoreError } from "../StoreError.js"
import { AccountTable } from "./AccountTable.js"
import { AnswerReader } from "./AnswerReader.js"
import { Checker } from "./Checker.js"
import type * as Connection from "./Connection.js"
import { DayTable } from "./DayTable.js"
import { Explainer, type Known } from "./Explainer.js"
import { HolderTable } from "./HolderTable.js"
import { Keeper } from "./Keeper.js"
import * as LeaseTable from "./LeaseTable.js"
import { LookTable } from "./LookTable.js"
import { Pruner } from "./Pruner.js"
import * as Removal from "./Removal.js"
import * as Renewal from "./Renewal.js"
import { SnapshotReader } from "./SnapshotReader.js"
import * as Statistics from "./Statistics.js"
import { TermsTable } from "./Terms.js"
import * as Turn from "./Turn.js"
import { UsageReader } from "./UsageReader.js"

/** The tables of an open file, and what works on them. */
export interface OpenFile {
  readonly accounts: AccountTable
  readonly terms: TermsTable
  readonly looks: LookTable
  readonly days: DayTable
  readonly explainer: Explainer
  readonly keeper: Keeper
  readonly pruner: Pruner
  readonly reader: SnapshotReader
  readonly usage: UsageReader
  readonly checker: Checker
  readonly statistics: () => SnapshotStore.Statistics
  readonly holders: HolderTable
  readonly answers: AnswerReader
  /** Missing in a file of an earlier version, which is read as it is. */
  readonly leases: LeaseTable.LeaseTable | undefined
  readonly remove: (known: Known) => void
  readonly database: Database.Database
}

export const prepare = ({ isFile, isReadOnly, path }: Connection.Connection, database: Database.Database): OpenFile => {
  const isOlder = Renewal.isOlder(path, database)
  // Where it may be written, it was brought up to date.
  const isOld = isReadOnly ? isOlder : () => false
  const accounts = new AccountTable(path, database)
  const holders = new HolderTable(path, database)
  const terms = new TermsTable(path, database)
  const looks = new LookTable(path, database, terms)
  const days = new DayTable(path, database)
  const explainer = new Explainer(path, looks, days, terms)
  const tables = { accounts, terms, looks, days, explainer }
  return {
    ...tables,
    keeper: new Keeper(database, { ...tables, mustBeOurs: Renewal.watch(path, database) }),
    pruner: new Pruner(tables),
    reader: new SnapshotReader(accounts, looks),
    usage: new UsageReader(path, database, tables, isOld),
    checker: new Checker(database, isOld, { ...tables, holders }),
    statistics: Statistics.prepare(path, database, isFile, isOld),
    holders,
    answers: new AnswerReader(path, database, holders, looks),
    leases: LeaseTable.prepare(database, isReadOnly),
    remove: Removal.prepare(database, { accounts, holders }),
    database,
  }
}

/** How long one transaction goes on explaining, so that others wait no longer. */
const SLICE_MILLIS = 10

/** Tells when a slice is over. */
export const slice = (): (() => boolean) => {
  const end = performance.now() + SLICE_MILLIS
  return () => performance.now() >= end
}

/**
 * {@link explain} after something that is kept already: what cannot be explained now for want of room or a lock waits until its sums are asked
 * for, and is no failure of what was kept.
 */
export const explainQuietly = (
  connection: Connection.Connection,
  file: OpenFile,
  operation: string,
  known: Known,
): Effect.Effect<void, StoreError> =>
  Effect.catchTags(explain(connection, file, operation, known), {
    StoreBusy: () => Effect.void,
    StoreFull: () => Effect.void,
  })

/** Explains what waits of an account, a slice at a time. */
export const explain = (
  connection: Connection.Connection,
  { keeper }: OpenFile,
  operation: string,
  known: Known,
): Effect.Effect<void, StoreError> =>
  Effect.zipLeft(
    connection.write(
      operation,
      () => keeper.explain(known, slice()),
      () => keeper.forget(),
    ),
    Turn.next,
  ).pipe(Effect.repeat({ until: (isDone) => isDone }), Effect.asVoid)
