import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as Contract from "./SnapshotStoreContract.js"
import * as TempFolder from "./TempFolder.js"

Contract.suite("memory", SnapshotStore.layerMemory)

Contract.suite(
  "SQLite",
  Layer.unwrapScoped(
    Effect.map(TempFolder.make, (folder) => SnapshotStore.layerSqlite({ path: join(folder, "history.db") })),
  ),
)
