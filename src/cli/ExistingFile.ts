/** Opens an existing history for writing: commands that care for a file create none. */
import { statSync } from "node:fs"
import { resolve } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SnapshotStore from "../infra/SnapshotStore.js"
import { StoreCannotOpen } from "../infra/store/StoreError.js"

const isMissing = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false }) === undefined
  } catch {
    // What cannot be looked at is for the store to refuse.
    return false
  }
}

/** The store of the file at `path`; it fails where there is none. */
export const layer = (path: string) =>
  Layer.unwrapEffect(
    Effect.suspend(() =>
      isMissing(path)
        ? new StoreCannotOpen({ path: resolve(path), reason: "NoSuchFile" })
        : Effect.succeed(SnapshotStore.layerSqlite({ path, createFolder: false })),
    ),
  )
