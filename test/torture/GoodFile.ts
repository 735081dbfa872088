/**
 * A history to be damaged: some accounts of both credit models over a month's end, late snapshots, holders that were answered, usage at rest; two
 * accounts are pruned, one of them to the last snapshot of each hour. Closed, with its log written into it.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { AccountDirectory, type Holder } from "../../src/infra/store/AccountDirectory.js"
import { Leases } from "../../src/infra/store/Leases.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import * as Driver from "../../src/infra/store/sqlite/Driver.js"
import * as Pruning from "../../src/services/Pruning.js"
import { UsageSeries } from "../../src/services/UsageSeries.js"
import * as TempFolder from "../infra/store/TempFolder.js"
import * as Opened from "./Opened.js"
import * as Snapshots from "./Snapshots.js"
import * as Steps from "./Steps.js"
import * as Told from "./Told.js"

/** Lines of one way to read a store. */
export interface Lines {
  readonly read: Told.Read
  readonly lines: ReadonlyArray<string>
}

/** A file's bytes, what a store returns from it, and where its tables are. */
export interface GoodFile {
  readonly bytes: Buffer
  /** What each way to read it returns. */
  readonly told: ReadonlyArray<Lines>
  readonly pageSize: number
  /** The table, or index, of each page; the first is 1. Pages of no table are missing. */
  readonly tables: ReadonlyMap<number, string>
}

export const ACCOUNTS = 4

/** Who was answered, about which account. */
const holders = (snapshots: Snapshots.Snapshots): ReadonlyArray<Holder> =>
  [0, 1].map((account) => ({
    baseUrl: snapshots.accountOf(account).baseUrl,
    credential: Redacted.make(`token-of-${account}`),
    subject: Subject.me,
  }))

const fill = (snapshots: Snapshots.Snapshots, holders: ReadonlyArray<Holder>, seed: number) =>
  Effect.gen(function* () {
    const [store, usage, directory] = [yield* SnapshotStore, yield* UsageSeries, yield* AccountDirectory]
    for (const step of Steps.mixed(seed, snapshots.count)) yield* store.appendAll(step.map(snapshots.at))
    for (const [account, holder] of holders.entries()) {
      yield* directory.remember(holder, snapshots.accountOf(account))
      yield* store.append(snapshots.at(account), { answered: holder })
    }
    for (let account = 0; account < ACCOUNTS; account++) yield* usage.fill(snapshots.accountOf(account))
    const before = Timestamp.fromMillis(Snapshots.START + 2 * 86_400_000)
    yield* Pruning.run({ account: snapshots.accountOf(2), before })
    yield* Pruning.run({ account: snapshots.accountOf(3), before, keepLastOf: "Hour" })
    yield* (yield* Leases).take("a lease")
  })

/** Makes a file of `each` snapshots of each account. */
export const make = (seed: number, each: number): Promise<GoodFile> =>
  Effect.gen(function* () {
    const path = join(yield* TempFolder.make, "good.db")
    const snapshots = Snapshots.make({ seed, accounts: ACCOUNTS, each, hours: 10 })
    const answered = holders(snapshots)
    yield* Effect.provide(fill(snapshots, answered, seed), Opened.sqlite({ path, synchronous: "NORMAL" }))
    const accounts = Array.from({ length: ACCOUNTS }, (_, account) => snapshots.accountOf(account))
    const told = yield* Effect.forEach(Told.reads({ accounts, holders: answered }), (read) =>
      Effect.map(read.lines, (lines): Lines => ({ read, lines })),
    ).pipe(Effect.provide(Opened.readOnly(path)))
    const database = Driver.open(path)
    const pages = database
      .prepare<[], { readonly pageno: number; readonly name: string }>("SELECT pageno, name FROM dbstat")
      .all()
    const pageSize = Number(database.pragma("page_size", { simple: true }))
    database.close()
    return {
      bytes: readFileSync(path),
      told,
      pageSize,
      tables: new Map(pages.map(({ name, pageno }) => [pageno, name])),
    }
  }).pipe(Effect.scoped, Effect.runPromise)
