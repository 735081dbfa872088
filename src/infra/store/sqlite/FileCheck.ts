/**
 * Checks the file of a history: its pages, the references between its tables, and the rows that do not belong to one account. The rows of an
 * account are checked by `SnapshotStore.check`.
 */
import { Worker } from "node:worker_threads"
import * as Effect from "effect/Effect"
import * as EventLoop from "../EventLoop.js"
import type { Damage } from "../SnapshotStore.js"
import type { StoreCorrupt, StoreError } from "../StoreError.js"
import type { AccountTable } from "./AccountTable.js"
import type { BillingTable } from "./BillingTable.js"
import type * as Connection from "./Connection.js"
import * as Driver from "./Driver.js"
import type { HolderTable } from "./HolderTable.js"
import type { PlanTable } from "./PlanTable.js"
import type { SnapshotTable } from "./SnapshotTable.js"

/** The tables that are checked. */
export interface Tables {
  readonly database: Driver.Database
  readonly accounts: AccountTable
  readonly plans: PlanTable
  readonly holders: HolderTable
  readonly billing: BillingTable
  readonly snapshots: SnapshotTable
}

const CHECK = "FileCare.check"

const MAX_DAMAGE = 100

const CHANGED = "it is not what was written"

/** What SQLite finds by itself. */
interface Structure {
  readonly pages: ReadonlyArray<string>
  readonly references: ReadonlyArray<{ readonly table: string; readonly rowid: number | null }>
}

const PAGES = `PRAGMA integrity_check(${MAX_DAMAGE})`
const REFERENCES = "PRAGMA foreign_key_check"

const structureOf = ({ database }: Tables): Structure => ({
  pages: database.prepare<[], string>(PAGES).pluck().all(),
  references: database.prepare<[], Structure["references"][number]>(REFERENCES).all().slice(0, MAX_DAMAGE),
})

/** The program of the thread: one statement may read the whole file, which would stop the event loop. */
const PROGRAM = `
  const { parentPort, workerData } = require("node:worker_threads")
  const Database = require(workerData.driver)
  try {
    const database = new Database(workerData.path, { readonly: true, fileMustExist: true })
    const pages = database.prepare(${JSON.stringify(PAGES)}).pluck().all()
    const references = database.prepare(${JSON.stringify(REFERENCES)}).all().slice(0, ${MAX_DAMAGE})
    database.close()
    parentPort.postMessage({ pages, references })
  } catch (cause) {
    parentPort.postMessage({ code: String(cause.code), message: String(cause.message) })
  }`

type Reply = Structure | { readonly code: string; readonly message: string }

/** Pages, 1 MiB, up to which a file is read within a slice of the event loop. */
const SMALL_PAGES = 256

const isSmall = ({ database }: Tables): boolean =>
  Number(database.pragma("page_count", { simple: true })) <= SMALL_PAGES

/** Asks SQLite in a thread of its own; undefined where it fails there, so that the failure is met on the connection. */
const structureApart = (path: string): Effect.Effect<Structure | undefined> =>
  Effect.async<Structure | undefined>((resume) => {
    const driver = Driver.load(path).file
    const worker = new Worker(PROGRAM, { eval: true, workerData: { driver, path } })
    worker.once("message", (reply: Reply) => resume(Effect.succeed("pages" in reply ? reply : undefined)))
    worker.once("error", () => resume(Effect.succeed(undefined)))
    worker.once("exit", () => resume(Effect.succeed(undefined)))
    return Effect.promise(() => worker.terminate())
  })

const damageOf = ({ pages, references }: Structure): ReadonlyArray<Damage> => [
  ...(pages[0] === "ok" ? [] : pages.map((what) => ({ table: "database", key: "pages", what }))),
  ...references.map(({ rowid, table }) => ({ table, key: `row ${rowid}`, what: "it refers to a row that is missing" })),
]

const content = ({ accounts, billing, holders, plans }: Tables): ReadonlyArray<Damage> => [
  ...accounts.damaged().map((id) => ({ table: "account", key: `${id}`, what: CHANGED })),
  ...plans.damaged().map((id) => ({ table: "plan", key: `${id}`, what: CHANGED })),
  ...holders.damaged().map((key) => ({ table: "holder", key, what: CHANGED })),
  ...billing.damaged().map((id) => ({ table: "billing", key: `${id}`, what: CHANGED })),
]

const orphans = ({ database, snapshots }: Tables): ReadonlyArray<Damage> => {
  const stored = new Set(database.prepare<[], number>("SELECT id FROM account").pluck().all())
  return snapshots
    .accountIds()
    .filter((id) => !stored.has(id))
    .map((id) => ({ table: "snapshot", key: `${id}`, what: "its account is missing" }))
}

const unreadable = ({ key, table }: StoreCorrupt): Effect.Effect<ReadonlyArray<Damage>> =>
  Effect.succeed([{ table, key, what: "it cannot be read" }])

/** Checks the file at `path` over a connection. Reports up to 100 damages. */
export const make = (
  path: string,
  connection: Connection.Connection<Tables>,
): Effect.Effect<ReadonlyArray<Damage>, StoreError> =>
  Effect.gen(function* () {
    yield* connection.follow(CHECK)
    const here = connection.read(CHECK, structureOf)
    const apart = Effect.flatMap(structureApart(path), (found) => (found === undefined ? here : Effect.succeed(found)))
    const structure = Effect.if(connection.read(CHECK, isSmall), { onTrue: () => here, onFalse: () => apart })
    const parts = [Effect.map(structure, damageOf), connection.read(CHECK, content), connection.read(CHECK, orphans)]
    const damage: Array<Damage> = []
    for (const part of parts) {
      damage.push(...(yield* Effect.catchTag(part, "StoreCorrupt", unreadable)))
      yield* EventLoop.turn
    }
    return damage.slice(0, MAX_DAMAGE)
  })
