/** Sharing the event loop: long work is done in slices, with a turn of the loop between them. */
import * as Effect from "effect/Effect"

/** Lets whatever waits run: timers, sockets, other fibers. `Effect.yieldNow` lets only other fibers run. */
export const turn: Effect.Effect<void> = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

/** Longest time that one slice of work takes. */
const SLICE_MS = 6

/** Begins a slice, and returns whether its time is up. */
export const slice = (): (() => boolean) => {
  const end = performance.now() + SLICE_MS
  return () => performance.now() >= end
}
