/** A turn of the event loop between two pieces of long work. */
import * as Effect from "effect/Effect"

/** Lets whatever waits have its turn: timers, sockets, others. `Effect.yieldNow` lets only other fibers have theirs. */
export const next: Effect.Effect<void> = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})
