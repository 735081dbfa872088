/**
 * A process that stores snapshots in a history: the entry of what Vanish.test.ts bundles. Its argument is the path of the history.
 *
 * It says `ready` when the history is open. For each message, minutes, it stores a snapshot of each and says the results; for the message
 * `close` it closes the history and ends.
 */
import { once } from "node:events"
import * as Effect from "effect/Effect"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as Samples from "./Samples.js"

const [, , path = ""] = process.argv

const program = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  process.send?.("ready")
  for (;;) {
    const [message] = yield* Effect.promise(() => once(process, "message"))
    if (message === "close") return
    const results: Array<string> = []
    for (const minute of message as ReadonlyArray<number>) {
      const result = yield* Effect.either(store.append(Samples.snapshot(minute, "1.00")))
      results.push(result._tag === "Right" ? result.right : result.left._tag)
    }
    process.send?.(results)
  }
})

await Effect.runPromise(Effect.provide(program, SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })))
process.disconnect?.()
