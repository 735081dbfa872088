/** Time as it passes: the clock by which waits, timeouts and rates are kept, which setting the time of day does not touch. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds since some point in the past; they never go back. */
export const now: Effect.Effect<number> = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos / 1_000n) / 1_000)

/** Waits so many milliseconds, no fewer. */
export const wait = (millis: number): Effect.Effect<void> =>
  millis > 0 ? Effect.sleep(Math.ceil(millis)) : Effect.void
