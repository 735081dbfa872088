/**
 * A process that works on a history: the entry of what {@link file://./Bundle.ts} bundles. Its one argument is a {@link Task} as JSON.
 *
 * A worker says `ready` and, after each operation that returned, its number and how many snapshots it refused, each on a line of its own: written
 * at once, so that what was said is known even of a process that is killed right after. A sharer waits for a message before it begins, and sends
 * a {@link Shared}. An appender appends until it receives a message, and sends {@link Appended}.
 */
import { once } from "node:events"
import { writeSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setImmediate } from "node:timers/promises"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { type Service, SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import type { StoreError } from "../../src/infra/store/StoreError.js"
import * as Pruning from "../../src/services/Pruning.js"
import { UsageSeries } from "../../src/services/UsageSeries.js"
import { monotonic } from "./Clock.js"
import * as Opened from "./Opened.js"
import * as Operations from "./Operations.js"
import * as Snapshots from "./Snapshots.js"
import * as Steps from "./Steps.js"

/** Carries out the operations of a seed from number `from` on, until it is killed. */
export interface WorkerTask {
  readonly task: "work"
  readonly path: string
  readonly synchronous: "FULL" | "NORMAL"
  readonly snapshots: Snapshots.Options
  readonly from: number
}

/** Appends the snapshots `first`, `first + every` and so on, and stores usage between appends. */
export interface SharerTask {
  readonly task: "share"
  readonly path: string
  readonly synchronous: "FULL" | "NORMAL"
  readonly snapshots: Snapshots.Options
  readonly first: number
  readonly every: number
  readonly maxTogether: number
  readonly isShuffled: boolean
  /** Appends between two times that usage is stored. */
  readonly fillEvery: number
  readonly seed: number
}

/** Appends the snapshots `first`, `first + every` and so on, one by one, while the file is removed, renamed and replaced. */
export interface AppenderTask {
  readonly task: "append"
  readonly path: string
  readonly synchronous: "FULL" | "NORMAL"
  readonly snapshots: Snapshots.Options
  readonly first: number
  readonly every: number
  readonly fillEvery: number
}

export type Task = WorkerTask | SharerTask | AppenderTask

/** What became of a sharer's snapshots: index, and the outcome's tag. */
export interface Shared {
  readonly outcomes: ReadonlyArray<readonly [index: number, tag: string]>
  /** How long each append took that failed because the file was busy. */
  readonly busyAfterMillis: ReadonlyArray<number>
  readonly millis: number
  readonly longestAppendMillis: number
  /** The longest that the event loop stood still. */
  readonly longestHoldMillis: number
  /** How often usage was stored, and how often that failed because others changed the history all the time. */
  readonly fills: number
  readonly busyFills: number
  readonly longestFillMillis: number
}

/** An append: from when until when it ran, by the monotonic clock that all processes share, in milliseconds. */
export interface Append {
  readonly index: number
  readonly from: number
  readonly to: number
  /** The outcome's tag, or the error's. */
  readonly tag: string
  /** The error's message. */
  readonly detail: string
  readonly isStored: boolean
}

/** What an appender sends after each append: when it began. */
export interface Progress {
  readonly from: number
}

/** What an appender did. */
export interface Appended {
  readonly appends: ReadonlyArray<Append>
  /** How often usage was stored, and the errors that it failed with. */
  readonly fills: number
  readonly failedFills: ReadonlyArray<string>
}

/** One snapshot by itself, several together. */
const give = (store: Service, snapshots: ReadonlyArray<Snapshot.Snapshot>) => {
  const [first, ...others] = snapshots
  return first !== undefined && others.length === 0
    ? store.append(first).pipe(
        Effect.map((tag): ReadonlyArray<string> => [tag]),
        Effect.catchTag("StorePruned", () => Effect.succeed<ReadonlyArray<string>>(["Refused"])),
      )
    : Effect.map(store.appendAll(snapshots), (outcomes): ReadonlyArray<string> => outcomes.map(({ _tag }) => _tag))
}

const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}

/** Carries out an operation. Returns how many snapshots it refused, or 1 where it was refused as a whole. */
const carryOut = (operation: Operations.Operation, snapshots: Snapshots.Snapshots) =>
  Effect.gen(function* () {
    const [store, usage] = [yield* SnapshotStore, yield* UsageSeries]
    switch (operation._tag) {
      case "Append": {
        const tags = yield* give(store, operation.step.map(snapshots.at))
        return tags.filter((tag) => tag === "Refused").length
      }
      case "Fill":
        yield* usage.fill(snapshots.accountOf(operation.account))
        return 0
      case "Prune": {
        const account = snapshots.accountOf(operation.account)
        const before = Timestamp.fromMillis(operation.before)
        yield* Pruning.run({ account, before, keepLastOf: operation.keepLastOf })
        return 0
      }
      case "Forget": {
        const range = { from: Timestamp.fromMillis(operation.from), to: Timestamp.fromMillis(operation.to) }
        return yield* store.forget(snapshots.accountOf(operation.account), range).pipe(
          Effect.as(0),
          Effect.catchTag("StorePruned", () => Effect.succeed(1)),
        )
      }
    }
  })

const work = ({ from, snapshots: options }: WorkerTask) =>
  Effect.gen(function* () {
    const snapshots = Snapshots.make(options)
    const operations = Operations.of(options.seed, options.accounts, snapshots.count)
    say("ready")
    for (const [number, operation] of operations.entries()) {
      if (number < from) continue
      say(`${number} ${yield* carryOut(operation, snapshots)}`)
    }
  })

/** Waits until the parent says so. */
const told = Effect.promise(() => once(process, "message"))

const send = (message: Shared | Appended) =>
  Effect.promise(() => new Promise<void>((resolve) => process.send?.(message, undefined, undefined, () => resolve())))

const indicesOf = (count: number, first: number, every: number): ReadonlyArray<number> =>
  Array.from({ length: Math.ceil((count - first) / every) }, (_, nth) => first + nth * every)

const share = ({ every, fillEvery, first, isShuffled, maxTogether, seed, snapshots: options }: SharerTask) =>
  Effect.gen(function* () {
    const [store, usage] = [yield* SnapshotStore, yield* UsageSeries]
    const snapshots = Snapshots.make(options)
    const indices = indicesOf(snapshots.count, first, every)
    const steps = Steps.portions(seed, indices, maxTogether, isShuffled).map((step) => ({
      step,
      given: step.map(snapshots.at),
    }))
    const account = snapshots.accountOf(first)
    const outcomes: Array<readonly [number, string]> = []
    const busyAfterMillis: Array<number> = []
    let [longest, fills, busyFills, longestFill] = [0, 0, 0, 0]
    process.send?.("ready")
    yield* told
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const begun = performance.now()
    for (const [number, { given, step }] of steps.entries()) {
      for (;;) {
        const before = performance.now()
        const appended = yield* Effect.either(give(store, given))
        const took = performance.now() - before
        longest = Math.max(longest, took)
        // Appends that follow on each other within one turn of the event loop would be one hold.
        yield* Effect.promise(() => setImmediate())
        if (appended._tag === "Right") {
          for (const [nth, index] of step.entries()) outcomes.push([index, appended.right[nth] ?? "Missing"])
          break
        }
        if (appended.left._tag !== "StoreBusy") return yield* appended.left
        busyAfterMillis.push(took)
      }
      if (number % fillEvery !== fillEvery - 1) continue
      const before = performance.now()
      const filled = yield* Effect.either(usage.fill(account))
      longestFill = Math.max(longestFill, performance.now() - before)
      if (filled._tag === "Right") fills++
      else if (filled.left._tag === "StoreBusy") busyFills++
      else return yield* filled.left
    }
    const millis = performance.now() - begun
    delay.disable()
    yield* send({
      outcomes,
      busyAfterMillis,
      millis,
      longestAppendMillis: longest,
      longestHoldMillis: delay.max / 1e6,
      fills,
      busyFills,
      longestFillMillis: longestFill,
    })
    process.disconnect?.()
  })

const append = ({ every, fillEvery, first, snapshots: options }: AppenderTask) =>
  Effect.gen(function* () {
    const [store, usage] = [yield* SnapshotStore, yield* UsageSeries]
    const snapshots = Snapshots.make(options)
    const appends: Array<Append> = []
    const failedFills: Array<string> = []
    let [fills, isStopped] = [0, false]
    process.send?.("ready")
    yield* told
    process.once("message", () => {
      isStopped = true
    })
    for (const [number, index] of indicesOf(snapshots.count, first, every).entries()) {
      if (isStopped) break
      const snapshot = snapshots.at(index)
      const from = monotonic()
      const result = yield* Effect.either(store.append(snapshot))
      const isStored = result._tag === "Right"
      const tag = isStored ? result.right : result.left._tag
      const detail = isStored ? tag : result.left.message
      appends.push({ index, from, to: monotonic(), tag, detail, isStored })
      if (isStored) process.send?.({ from } satisfies Progress)
      if (number % fillEvery === fillEvery - 1) {
        const filled = yield* Effect.either(usage.fill(snapshots.accountOf(index)))
        if (filled._tag === "Right") fills++
        else failedFills.push(filled.left._tag)
      }
      yield* Effect.promise(() => setImmediate())
    }
    return { appends, fills, failedFills } satisfies Appended
  })

const task = JSON.parse(process.argv[2] ?? "") as Task

const program = (): Effect.Effect<Appended | undefined, StoreError, Opened.Services> => {
  switch (task.task) {
    case "work":
      return Effect.as(work(task), undefined)
    case "share":
      return Effect.as(share(task), undefined)
    case "append":
      return append(task)
  }
}

const exit = await Effect.runPromiseExit(
  Effect.provide(program(), Opened.sqlite({ path: task.path, synchronous: task.synchronous })),
)
if (Exit.isFailure(exit)) {
  console.error(Cause.pretty(exit.cause))
  process.exitCode = 1
} else if (exit.value !== undefined) {
  // Sent once the history is closed.
  await Effect.runPromise(send(exit.value))
  process.disconnect?.()
}
