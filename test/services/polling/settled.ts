import * as Effect from "effect/Effect"

/** Lets all that is runnable run until nothing is: a turn of node's event loop comes after all of Effect's own. */
export const settled: Effect.Effect<void> = Effect.async((resume) => {
  setImmediate(() => resume(Effect.void))
})
