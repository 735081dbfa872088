/** The services of one SQLite file. */
import { statSync } from "node:fs"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as AccountDirectory from "../AccountDirectory.js"
import type * as Answers from "../Answers.js"
import type * as BillingState from "../BillingState.js"
import type * as FileCare from "../FileCare.js"
import type * as Leases from "../Leases.js"
import type * as SnapshotStore from "../SnapshotStore.js"
import type { StoreError, StoreOpenError } from "../StoreError.js"
import type * as UsageStore from "../UsageStore.js"
import * as Backup from "./Backup.js"
import { makeBilling } from "./BillingTable.js"
import * as Connection from "./Connection.js"
import * as Directory from "./Directory.js"
import * as Driver from "./Driver.js"
import * as FileCheck from "./FileCheck.js"
import { makeAnswers } from "./LastAnswers.js"
import { makeLeases } from "./LeaseTable.js"
import * as OpenFile from "./OpenFile.js"
import { makeStore } from "./SnapshotService.js"
import { makeUsage } from "./UsageTable.js"

/** The services of a connection. */
export interface Engine {
  readonly connection: Connection.Connection<OpenFile.OpenFile>
  readonly store: SnapshotStore.Service
  readonly usage: UsageStore.Service
  readonly directory: AccountDirectory.Service
  readonly answers: Answers.Service
  readonly billing: BillingState.Service
  readonly leases: Leases.Service
}

/** Opens a history; it closes with the scope. */
export const make = (options: Connection.Options): Effect.Effect<Engine, StoreOpenError, Scope.Scope> =>
  Effect.map(Connection.open(options, OpenFile.make), (connection) => ({
    connection,
    store: makeStore(connection),
    usage: makeUsage(connection),
    directory: Directory.make(connection),
    answers: makeAnswers(connection),
    billing: makeBilling(connection),
    leases: makeLeases(connection),
  }))

const numberOf = (database: Driver.Database, pragma: string): number =>
  Number(database.pragma(pragma, { simple: true }))

const sizesOf = (path: string, database: Driver.Database): FileCare.Sizes => {
  const pageBytes = numberOf(database, "page_size")
  return {
    fileBytes: numberOf(database, "page_count") * pageBytes,
    freeBytes: numberOf(database, "freelist_count") * pageBytes,
    logBytes: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
  }
}

const checkpoint = (connection: Connection.Connection<OpenFile.OpenFile>): Effect.Effect<void, StoreError> =>
  connection.alone("FileCare.checkpoint", ({ database }) => {
    const [result] = database.pragma("wal_checkpoint(TRUNCATE)") as ReadonlyArray<{ readonly busy: number }>
    if (result !== undefined && result.busy !== 0) throw Driver.busy()
  })

/** Makes the care of the file at `path`. */
export const makeFileCare = (path: string, { connection }: Engine): FileCare.Service => ({
  path,
  check: FileCheck.make(path, connection),
  backup: (target, { onProgress } = {}) =>
    Effect.zipRight(connection.follow("FileCare.backup"), Backup.make(path, target, onProgress)),
  checkpoint: checkpoint(connection),
  tryWriting: connection.write("FileCare.tryWriting", () => undefined),
  sizes: connection.read("FileCare.sizes", ({ database }) => sizesOf(path, database)),
})
