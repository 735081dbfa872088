/** This library's store. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import { AccountDirectory } from "../../src/infra/store/AccountDirectory.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import { account } from "./Polled.js"
import * as Polls from "./Polls.js"
import { batches } from "./Raw.js"
import type { Writer } from "./Writer.js"

type Synchronous = "NORMAL" | "FULL"

/** An open store. */
export interface Open {
  readonly store: SnapshotStore.Service
  readonly usage: UsageSeries.Service
  readonly directory: AccountDirectory["Type"]
  readonly close: () => void
}

/** Opens a store. */
export const open = (options: SnapshotStore.SqliteOptions): Open => {
  const scope = Effect.runSync(Scope.make())
  const layer = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerSqlite(options))
  const context = Effect.runSync(Layer.buildWithScope(layer, scope))
  return {
    store: Context.get(context, SnapshotStore.SnapshotStore),
    usage: Context.get(context, UsageSeries.UsageSeries),
    directory: Context.get(context, AccountDirectory),
    close: () => Effect.runSync(Scope.close(scope, Exit.void)),
  }
}

/** The number of snapshots in a file. */
export const count = async (path: string): Promise<number> => {
  const { close, store } = open({ path })
  const { snapshots } = await Effect.runPromise(store.statistics)
  close()
  return snapshots
}

const counter = (path: string) => () => count(path)

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

/** `append` with a stored holder that was answered, after `append`, within one Effect. */
export const answered = (path: string, synchronous: Synchronous): Writer => {
  const { close, directory, store } = open({ path, synchronous })
  const holder = { baseUrl: account.baseUrl, credential: Redacted.make("token"), subject: Subject.me }
  Effect.runSync(directory.remember(holder, account))
  return {
    name: "store, with the last answer",
    write: (polls) =>
      Effect.runPromise(
        Effect.forEach(polls, ({ snapshot }) => store.append(snapshot, { answered: holder }), { discard: true }),
      ),
    close,
    count: counter(path),
    files: [path],
  }
}

/** What a loop within one Effect costs by itself. */
export const nothing = (): Writer => {
  let counted = 0
  const add = Effect.suspend(() => {
    counted++
    return Effect.void
  })
  return {
    name: "Effect, which stores nothing",
    write: (polls) => Effect.runPromise(Effect.forEach(polls, () => add, { discard: true })),
    close: () => undefined,
    count: () => counted,
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

/** Stores usage of all days, the running one excepted, and writes the log into the file. Returns the number of days. */
export const fill = async (path: string): Promise<number> => {
  const { close, usage } = open({ path, synchronous: "NORMAL", bulk: true })
  const days = await Effect.runPromise(usage.fill(account))
  close()
  return days
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
