/** A folder of Parquet files by calendar month UTC: `month=2026-11/part-0.parquet`, of all accounts one after the other. */
import { mkdir, readdir } from "node:fs/promises"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as SnapshotStore from "../../infra/store/SnapshotStore.js"
import type { StoreError } from "../../infra/store/StoreError.js"
import * as HistoryExport from "../../services/HistoryExport.js"
import type { CannotWrite } from "../CliError.js"
import * as NewFile from "./NewFile.js"
import * as ParquetFile from "./ParquetFile.js"

const PART = "part-0.parquet"
const MONTH = /^month=\d{4}-\d{2}$/

/** Whether a folder holds an export and nothing else. */
export const isOne = async (folder: string): Promise<boolean> => {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!MONTH.test(entry.name) || !entry.isDirectory()) return false
    if ((await readdir(join(folder, entry.name))).some((name) => name !== PART)) return false
  }
  return true
}

/** Where an export goes. */
export interface Options {
  /** The folder, which exists. */
  readonly folder: string
  readonly target: NewFile.Target
  /** Told each time of how many snapshots more were taken. */
  readonly count: (snapshots: number) => Effect.Effect<void>
}

const writeMonth = (
  { month, snapshots }: HistoryExport.MonthOfSnapshots,
  { count, folder, target }: Options,
): Effect.Effect<void, CannotWrite | StoreError> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const path = join(folder, `month=${month.name}`)
    const make = Effect.gen(function* () {
      yield* Effect.tryPromise({ try: () => mkdir(path, { mode: 0o700 }), catch: NewFile.cannotWrite(target) })
      return ParquetFile.make(yield* NewFile.make(join(path, PART), target))
    })
    // A month without a snapshot leaves no file.
    const file = yield* Effect.cached(Effect.uninterruptible(Scope.extend(make, scope)))
    let taken = 0
    yield* Stream.runForEachChunk(snapshots, (chunk) => {
      if (chunk.length === 0) return Effect.void
      taken += chunk.length
      return Effect.flatMap(file, ({ addAll }) => Effect.zipRight(addAll(chunk), count(chunk.length)))
    })
    if (taken > 0) yield* Effect.flatMap(file, ({ finish }) => finish)
  }).pipe(Effect.scoped)

/** Writes what is exported. */
export const write = (
  selection: HistoryExport.Options,
  options: Options,
): Effect.Effect<void, CannotWrite | StoreError, SnapshotStore.SnapshotStore> =>
  Stream.runForEach(HistoryExport.months(selection), (month) => writeMonth(month, options))
