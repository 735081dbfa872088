/** The services that tortures use, over a file or in memory. */
import * as Layer from "effect/Layer"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import type { FileCare } from "../../src/infra/store/FileCare.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"

/** The services over a store. */
export type Services = SnapshotStore.Ports | UsageSeries.UsageSeries

/** The services over a file. */
export type FileServices = Services | FileCare

/** A file that is read and written. */
export const sqlite = (options: SnapshotStore.SqliteOptions) =>
  Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerSqlite(options))

/** A file that is only read. */
export const readOnly = (path: string) => Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerReadOnly({ path }))

/** A history in memory. */
export const memory = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerMemory)
