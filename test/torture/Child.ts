/**
 * A process that appends to a history: the entry of what {@link file://./Bundle.ts} bundles. Its one argument is a {@link Task} as JSON.
 *
 * A writer says `ready` and, after each append that returned, the number of its step, each on a line of its own: written at once, so that what
 * was said is known even of a process that is killed right after. A sharer waits for a message before it begins, and sends a {@link Shared}.
 */
import { once } from "node:events"
import { writeSync } from "node:fs"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { setImmediate } from "node:timers/promises"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import * as Looks from "./Looks.js"
import * as Steps from "./Steps.js"

/** Appends the steps of a seed from number `from` on, until it is killed. */
export interface WriterTask {
  readonly task: "write"
  readonly path: string
  readonly synchronous: "FULL" | "NORMAL"
  readonly looks: Looks.Options
  readonly from: number
}

/** Appends looks `first`, `first + every` and so on. */
export interface SharerTask {
  readonly task: "share"
  readonly path: string
  readonly synchronous: "FULL" | "NORMAL"
  readonly looks: Looks.Options
  readonly first: number
  readonly every: number
  readonly mostTogether: number
  readonly isShuffled: boolean
  readonly seed: number
}

export type Task = WriterTask | SharerTask

/** What became of a sharer's looks: index, and the outcome's tag. */
export interface Shared {
  readonly outcomes: ReadonlyArray<readonly [index: number, tag: string]>
  /** How long each append took that was told that the file is busy. */
  readonly busyAfterMillis: ReadonlyArray<number>
  readonly millis: number
  readonly longestAppendMillis: number
  /** The longest that the event loop stood still. */
  readonly longestHoldMillis: number
}

/** One look by itself, several together. */
const give = (store: SnapshotStore.Service, snapshots: ReadonlyArray<Snapshot.Snapshot>) => {
  const [first, ...others] = snapshots
  return first !== undefined && others.length === 0
    ? Effect.map(store.append(first), (tag): ReadonlyArray<string> => [tag])
    : Effect.map(store.appendAll(snapshots), (outcomes): ReadonlyArray<string> => outcomes.map(({ _tag }) => _tag))
}

const say = (line: string): void => {
  writeSync(1, `${line}\n`)
}

const write = ({ from, looks: options }: WriterTask) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const looks = Looks.make(options)
    const steps = Steps.mixed(options.seed, looks.count)
    say("ready")
    for (let number = from; number < steps.length; number++) {
      yield* give(store, (steps[number] ?? []).map(looks.at))
      say(`${number}`)
    }
  })

const share = ({ every, first, isShuffled, looks: options, mostTogether, seed }: SharerTask) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const looks = Looks.make(options)
    const indices = Array.from({ length: Math.ceil((looks.count - first) / every) }, (_, nth) => first + nth * every)
    const steps = Steps.portions(seed, indices, mostTogether, isShuffled).map((step) => ({
      step,
      snapshots: step.map(looks.at),
    }))
    const outcomes: Array<readonly [number, string]> = []
    const busyAfterMillis: Array<number> = []
    let longest = 0
    process.send?.("ready")
    yield* Effect.promise(() => once(process, "message"))
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const begun = performance.now()
    for (const { snapshots, step } of steps) {
      for (;;) {
        const before = performance.now()
        const given = yield* Effect.either(give(store, snapshots))
        const took = performance.now() - before
        longest = Math.max(longest, took)
        // Appends that follow on each other within one turn of the event loop would be one hold.
        yield* Effect.promise(() => setImmediate())
        if (given._tag === "Right") {
          for (const [nth, index] of step.entries()) outcomes.push([index, given.right[nth] ?? "Missing"])
          break
        }
        if (given.left._tag !== "StoreBusy") return yield* Effect.fail(given.left)
        busyAfterMillis.push(took)
      }
    }
    const millis = performance.now() - begun
    delay.disable()
    const shared: Shared = {
      outcomes,
      busyAfterMillis,
      millis,
      longestAppendMillis: longest,
      longestHoldMillis: delay.max / 1e6,
    }
    yield* Effect.promise(
      () => new Promise<void>((resolve) => process.send?.(shared, undefined, undefined, () => resolve())),
    )
    process.disconnect?.()
  })

const task = JSON.parse(process.argv[2] ?? "") as Task
const exit = await Effect.runPromiseExit(
  (task.task === "write" ? write(task) : share(task)).pipe(
    Effect.provide(SnapshotStore.layerSqlite({ path: task.path, synchronous: task.synchronous })),
  ),
)
if (Exit.isFailure(exit)) {
  console.error(Cause.pretty(exit.cause))
  process.exitCode = 1
}
