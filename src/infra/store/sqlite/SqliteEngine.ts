/** The store and the directory on one SQLite file. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import type * as AccountDirectory from "../AccountDirectory.js"
import type * as SnapshotStore from "../SnapshotStore.js"
import type { StoreOpenError } from "../StoreError.js"
import * as Connection from "./Connection.js"
import * as SnapshotReader from "./SnapshotReader.js"
import * as SnapshotWriter from "./SnapshotWriter.js"
import * as SqliteDirectory from "./SqliteDirectory.js"

/** Both services of a file. */
export interface Engine {
  readonly store: SnapshotStore.Service
  readonly directory: AccountDirectory.Service
}

const makeStore = (connection: Connection.Connection): Effect.Effect<SnapshotStore.Service, StoreOpenError> =>
  Effect.map(
    connection.prepare((database) => ({
      reader: SnapshotReader.prepare(connection.path, database),
      keeper: SnapshotWriter.prepare(database),
    })),
    ({ reader, keeper }) => {
      const append = (operation: string, snapshot: Snapshot.Snapshot) =>
        Effect.flatMap(
          Effect.suspend(() => SnapshotWriter.encoder(operation)(snapshot)),
          (entry) => connection.write(operation, () => keeper()(entry)),
        )
      const appendAll = (operation: string, snapshots: Iterable<Snapshot.Snapshot>) =>
        Effect.flatMap(
          Effect.suspend(() => Either.all(Array.from(snapshots, SnapshotWriter.encoder(operation)))),
          (entries) =>
            connection.write(operation, () => {
              const keep = keeper()
              return entries.map((entry) => keep(entry))
            }),
        )
      return {
        append: (snapshot) => append("SnapshotStore.append", snapshot),
        appendAll: (snapshots) => appendAll("SnapshotStore.appendAll", snapshots),
        latest: (account) => connection.read("SnapshotStore.latest", () => reader.newest(account, undefined)),
        asOf: (account, at) => connection.read("SnapshotStore.asOf", () => reader.newest(account, at)),
        stream: (account, range) =>
          Stream.paginateChunkEffect(SnapshotReader.start(range?.from, range?.to), (cursor) =>
            Effect.map(
              connection.read("SnapshotStore.stream", () => reader.page(account, cursor)),
              ({ snapshots, next }) => [Chunk.unsafeFromArray(snapshots), next] as const,
            ),
          ),
        accounts: connection.read("SnapshotStore.accounts", () => reader.accounts()),
      }
    },
  )

/** Opens a file; it closes with the scope. */
export const make = (options: Connection.Options): Effect.Effect<Engine, StoreOpenError, Scope.Scope> =>
  Effect.flatMap(Connection.open(options), (connection) =>
    Effect.all({ store: makeStore(connection), directory: SqliteDirectory.make(connection) }),
  )
