/** A trial: a thousand callers at once for a balance that is not stored. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Balances from "../../src/services/Balances.js"
import { answer, must, timed, told } from "../store/Trial.js"
import * as World from "./World.js"

const { folder, times, waiters } = told<{
  readonly folder: string
  readonly waiters: number
  readonly times: number
}>()

const runtime = ManagedRuntime.make(World.services(join(folder, "flight.db"), 10_000))
const nanoseconds: Array<number> = []
for (let nth = 0; nth < times; nth++) {
  const { credential, subject } = World.customer(nth)
  const before = World.calls.count
  const nanos = await timed(() =>
    runtime.runPromise(
      Effect.flatMap(Balances.Balances, (balances) =>
        Effect.forEach(Array.from({ length: waiters }), () => balances.get(subject, { credential }), {
          concurrency: "unbounded",
          discard: true,
        }),
      ),
    ),
  )
  must(World.calls.count - before === 1, "one call upstream")
  if (nth > 0) nanoseconds.push(nanos)
}
await runtime.dispose()
answer({ nanoseconds: nanoseconds.toSorted((a, b) => a - b)[nanoseconds.length >> 1] })
