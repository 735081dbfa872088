/** This library's store. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import * as StoreCare from "../../src/infra/store/StoreCare.js"
import * as Polls from "./Polls.js"
import { batches } from "./Raw.js"
import type { Writer } from "./Writer.js"

type Synchronous = "NORMAL" | "FULL"

/** An open store. */
export interface Open {
  readonly store: SnapshotStore.Service
  readonly care: StoreCare.Service
  readonly close: () => void
}

/** Opens a store. */
export const open = (options: SnapshotStore.SqliteOptions): Open => {
  const scope = Effect.runSync(Scope.make())
  const context = Effect.runSync(Layer.buildWithScope(SnapshotStore.layerSqlite(options), scope))
  return {
    store: Context.get(context, SnapshotStore.SnapshotStore),
    care: Context.get(context, StoreCare.StoreCare),
    close: () => Effect.runSync(Scope.close(scope, Exit.void)),
  }
}

const counter = (path: string) => async (): Promise<number> => {
  const { close, store } = open({ path })
  const { snapshots } = await Effect.runPromise(store.statistics)
  close()
  return snapshots
}

/** `append` after `append`, within one Effect. */
export const single = (path: string, synchronous: Synchronous): Writer => {
  const { close, store } = open({ path, synchronous })
  return {
    name: "store",
    write: (polls) =>
      Effect.runPromise(Effect.forEach(polls, ({ snapshot }) => store.append(snapshot), { discard: true })),
    close,
    count: counter(path),
    files: [path],
  }
}

/** What a loop within one Effect costs by itself. */
export const nothing = (): Writer => {
  let kept = 0
  const keep = Effect.suspend(() => {
    kept++
    return Effect.void
  })
  return {
    name: "Effect, which keeps nothing",
    write: (polls) => Effect.runPromise(Effect.forEach(polls, () => keep, { discard: true })),
    close: () => undefined,
    count: () => kept,
    files: [],
  }
}

/** Each `append` run as an Effect of its own. */
export const singleRuns = (path: string, synchronous: Synchronous): Writer => {
  const { close, store } = open({ path, synchronous })
  return {
    name: "store, Effect.runSync an append",
    write: (polls) => {
      for (const { snapshot } of polls) Effect.runSync(store.append(snapshot))
    },
    close,
    count: counter(path),
    files: [path],
  }
}

/** `appendAll` after `appendAll`, each of 500. */
export const many = (path: string): Writer => {
  const { close, store } = open({ path, synchronous: "NORMAL", bulk: true })
  return {
    name: "store",
    write: (polls) =>
      Effect.runPromise(
        Effect.forEach(batches(polls), (each) => store.appendAll(each.map(({ snapshot }) => snapshot)), {
          discard: true,
        }),
      ),
    close,
    count: counter(path),
    files: [path],
  }
}

/** Lines of JSON, parsed to snapshots, and `appendAll` after `appendAll`, each of 500. */
export const texts = (path: string) => {
  const { close, store } = open({ path, synchronous: "NORMAL", bulk: true })
  return {
    name: "store",
    write: (lines: ReadonlyArray<string>): Promise<void> =>
      Effect.runPromise(
        Effect.forEach(batches(lines), (each) => store.appendAll(each.map(Polls.parsed)), { discard: true }),
      ),
    close,
    count: counter(path),
  }
}
