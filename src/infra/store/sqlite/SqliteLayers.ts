/** The layers of the SQLite engine. */
import { resolve } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AccountDirectory } from "../AccountDirectory.js"
import { Answers } from "../Answers.js"
import { BillingState } from "../BillingState.js"
import { FileCare } from "../FileCare.js"
import { Leases } from "../Leases.js"
import { SnapshotStore } from "../SnapshotStore.js"
import type { StoreOpenError } from "../StoreError.js"
import { UsageStore } from "../UsageStore.js"
import type * as DatabaseFile from "./DatabaseFile.js"
import type * as SqliteEngine from "./SqliteEngine.js"

/** Options of a file that is read and written. */
export interface SqliteOptions {
  /** The file. It is created, readable by its owner alone, where it is missing. */
  readonly path: string
  /** Whether the file's folder is created, for its owner alone, where it is missing. @default true */
  readonly createFolder?: boolean | undefined
  /**
   * `FULL`: what was acknowledged survives a loss of power. `NORMAL`: it survives a crash of the process, and an append does not wait for the
   * disk. @default "FULL"
   */
  readonly synchronous?: "FULL" | "NORMAL" | undefined
  /** Whether much is stored at once: the log is written into the file seldom, and wholly when the layer closes. @default false */
  readonly bulk?: boolean | undefined
}

/** What every layer of the engine provides. */
export type Ports = SnapshotStore | UsageStore | AccountDirectory | Answers | Leases | BillingState

const ports = ({ answers, billing, directory, leases, store, usage }: SqliteEngine.Engine): Context.Context<Ports> =>
  Context.make(SnapshotStore, store).pipe(
    Context.add(UsageStore, usage),
    Context.add(AccountDirectory, directory),
    Context.add(Answers, answers),
    Context.add(Leases, leases),
    Context.add(BillingState, billing),
  )

/** The engine, loaded when a layer is built: importing the library does not load it. */
const loadEngine = Effect.promise(() => import("./SqliteEngine.js"))

const layerOfFile = (
  options: DatabaseFile.Mode & { readonly path: string },
): Layer.Layer<Ports | FileCare, StoreOpenError> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const { make, makeFileCare } = yield* loadEngine
      const engine = yield* make(options)
      return Context.add(ports(engine), FileCare, makeFileCare(resolve(options.path), engine))
    }),
  )

/**
 * A history in a SQLite file, which several processes can use at the same time. The file is migrated when it is opened, and closed with the
 * layer. One that is removed or replaced under the layer is opened again.
 */
export const layerSqlite = ({
  bulk = false,
  createFolder = true,
  path,
  synchronous = "FULL",
}: SqliteOptions): Layer.Layer<Ports | FileCare, StoreOpenError> =>
  layerOfFile({ mode: "ReadWrite", path, createFolder, synchronous, bulk })

/** An existing history, which is not written to: every operation that would write fails with `StoreReadOnly`. */
export const layerReadOnly = ({ path }: { readonly path: string }): Layer.Layer<Ports | FileCare, StoreOpenError> =>
  layerOfFile({ mode: "ReadOnly", path })

/** A history in memory, gone with the layer. */
export const layerMemory: Layer.Layer<Ports, StoreOpenError> = Layer.scopedContext(
  Effect.gen(function* () {
    const { make } = yield* loadEngine
    return ports(yield* make({ mode: "Memory" }))
  }),
)
