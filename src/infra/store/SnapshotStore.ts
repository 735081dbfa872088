/**
 * The history of balances: a small port, and the engines behind it.
 *
 * History belongs to an account, never to a token. Snapshots of one account and time with different bodies are both kept; the same
 * snapshot again changes nothing; the order of arrival leaves no trace.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type * as Account from "../../domain/history/Account.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as AccountDirectory from "./AccountDirectory.js"
import * as MemoryEngine from "./memory/MemoryEngine.js"
import type { StoreError, StoreOpenError } from "./StoreError.js"
import * as SqliteEngine from "./sqlite/SqliteEngine.js"

/** What became of a snapshot: newly kept, or already there to the last digit. */
export type Appended = "Appended" | "Duplicate"

/** Bounds of a reading, both optional: observed at or after `from` and before `to`. */
export interface Range {
  readonly from?: Timestamp.Timestamp
  readonly to?: Timestamp.Timestamp
}

/** An account with the span and count of what is kept of it. */
export interface AccountSummary {
  readonly account: Account.Account
  readonly snapshots: number
  readonly first: Timestamp.Timestamp
  readonly last: Timestamp.Timestamp
}

/** The port. Snapshots come in the order of `Snapshot.Order`, ties by their canonical bytes. */
export interface Service {
  /** Keeps a snapshot. When it returns, the snapshot survives a crash of the process. Whose parts no store can hold is refused. */
  readonly append: (snapshot: Snapshot.Snapshot) => Effect.Effect<Appended, StoreError>
  /**
   * Keeps many at once, all or none; one result a snapshot, in order. One transaction in one turn of the event loop: give a long history
   * in batches of some thousands.
   */
  readonly appendAll: (snapshots: Iterable<Snapshot.Snapshot>) => Effect.Effect<ReadonlyArray<Appended>, StoreError>
  /** The newest snapshot by time of observation. */
  readonly latest: (account: Account.Account) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /** The newest snapshot observed at or before `at`. */
  readonly asOf: (
    account: Account.Account,
    at: Timestamp.Timestamp,
  ) => Effect.Effect<Option.Option<Snapshot.Snapshot>, StoreError>
  /**
   * The snapshots of an account, oldest first, read in pages: memory does not grow with the history, and what is kept meanwhile may or may
   * not be among them.
   */
  readonly stream: (account: Account.Account, range?: Range) => Stream.Stream<Snapshot.Snapshot, StoreError>
  /** Every account that has a snapshot, in the order of `Account.Order`. */
  readonly accounts: Effect.Effect<ReadonlyArray<AccountSummary>, StoreError>
}

/** The history of balances. */
export class SnapshotStore extends Context.Tag("zoo-runway/SnapshotStore")<SnapshotStore, Service>() {}

/** How a file is kept. */
export interface SqliteOptions {
  /** The file; it is made, readable by its owner alone, where there is none. */
  readonly path: string
  /** Whether to make the file's folder where it is missing, for its owner alone. Default: no. */
  readonly createFolder?: boolean | undefined
  /**
   * `FULL`, the default: what was acknowledged survives a loss of power. `NORMAL`: it survives a crash of the process, and an append
   * does not wait for the disk.
   */
  readonly synchronous?: "FULL" | "NORMAL" | undefined
}

type Provided = SnapshotStore | AccountDirectory.AccountDirectory

const provide = (engine: SqliteEngine.Engine): Context.Context<Provided> =>
  Context.make(SnapshotStore, engine.store).pipe(Context.add(AccountDirectory.AccountDirectory, engine.directory))

/**
 * The history and the directory in a SQLite file, which other processes may use at the same time. It is brought up to date when it is
 * opened, and closed with the layer.
 */
export const layerSqlite = (options: SqliteOptions): Layer.Layer<Provided, StoreOpenError> =>
  Layer.scopedContext(
    Effect.map(
      SqliteEngine.make({
        mode: "ReadWrite",
        path: options.path,
        createFolder: options.createFolder ?? false,
        synchronous: options.synchronous ?? "FULL",
      }),
      provide,
    ),
  )

/** The history and the directory of an existing file, which is not written to: whatever would write fails with `StoreReadOnly`. */
export const layerReadOnly = (options: { readonly path: string }): Layer.Layer<Provided, StoreOpenError> =>
  Layer.scopedContext(Effect.map(SqliteEngine.make({ mode: "ReadOnly", path: options.path }), provide))

/** The history and the directory in memory, gone with the layer. */
export const layerMemory: Layer.Layer<Provided> = Layer.effectContext(Effect.map(MemoryEngine.make, provide))
