/** What the tests of history files share: a folder for each, short ways to open, read and append, a second connection, and the bytes. */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import type { FileCare } from "../../../src/infra/store/FileCare.js"
import type { StoreOpenError } from "../../../src/infra/store/StoreError.js"
import * as Driver from "../../../src/infra/store/sqlite/Driver.js"
import * as Samples from "./Samples.js"
import * as TempFolder from "./TempFolder.js"

const { texts, user } = Samples

export type Provided = SnapshotStore.Ports | FileCare
export type Opened = Layer.Layer<Provided, StoreOpenError>

export const readAll = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  return texts(yield* Stream.runCollect(store.stream(user)))
})

export const append = (...snapshots: ReadonlyArray<Snapshot.Snapshot>) =>
  Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(snapshots))

/** A folder and the path of a history in it, which does not exist yet. */
export const temp = Effect.map(TempFolder.make, (folder) => ({ folder, path: join(folder, "history.db") }))

/** Runs `use` on a file that is opened and closed for it alone. */
export const on = <A, E>(layer: Opened, use: Effect.Effect<A, E, Provided>) => Effect.provide(use, layer)

/** A second connection of our own, closed with the scope. */
export const raw = (path: string): Effect.Effect<Driver.Database, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => Driver.open(path, { timeout: 0 })),
    (database) => Effect.sync(() => database.close()),
  )

/** Runs SQL on a file that no connection has open. */
export const exec = (path: string, sql: string): void => {
  const database = Driver.open(path)
  database.exec(sql)
  database.close()
}

/** Every file of a folder with its bytes, except the index of a write-ahead log, which is not content. */
export const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.endsWith("-shm") && statSync(join(folder, name)).isFile())
      .map((name) => [name, readFileSync(join(folder, name)).toString("base64")]),
  )

export const mode = (path: string): number => statSync(path).mode & 0o777

export const failure = (layer: Opened) => Effect.flip(on(layer, Effect.void))
