/**
 * A history to be damaged: some accounts of both credit models over a month's end, runs, late looks; of two accounts old looks are pruned, of one of
 * them all but one an hour. Closed, with its log written into it.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import * as TempFolder from "../infra/store/TempFolder.js"
import * as Looks from "./Looks.js"
import * as Steps from "./Steps.js"
import * as Told from "./Told.js"

/** A file's bytes, what a store tells of it, and where its tables are. */
export interface GoodFile {
  readonly bytes: Buffer
  readonly told: ReadonlyArray<string>
  readonly pageSize: number
  /** The table, or index, of each page; the first is 1. Pages of no table are missing. */
  readonly tables: ReadonlyMap<number, string>
}

export const ACCOUNTS = 4

/** Makes a file of `each` looks at each account. */
export const make = (seed: number, each: number): Promise<GoodFile> =>
  Effect.gen(function* () {
    const path = join(yield* TempFolder.make, "good.db")
    const looks = Looks.make({ seed, accounts: ACCOUNTS, each, hours: 10 })
    const before = Timestamp.fromMillis(Looks.START + 2 * 86_400_000)
    const told = yield* Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      for (const step of Steps.mixed(seed, looks.count)) yield* store.appendAll(step.map(looks.at))
      yield* store.prune({ account: looks.accountOf(2), before })
      yield* store.prune({ account: looks.accountOf(3), before, thin: "Hour" })
      return yield* Told.everything
    }).pipe(Effect.provide(SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })))
    const database = new Database(path, { readonly: true })
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
