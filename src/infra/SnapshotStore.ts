/** The history of balances, as hosts import it: the port, and the layers that keep it in a SQLite file or in memory. */
export * from "./store/SnapshotStore.js"
export { type Versions as DriverVersions, versions as driverVersions } from "./store/sqlite/Driver.js"
export { layerMemory, layerReadOnly, layerSqlite, type Ports, type SqliteOptions } from "./store/sqlite/SqliteLayers.js"
