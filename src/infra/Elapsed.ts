/** Time as it passes: the clock by which waits, timeouts and rates are measured, which setting the time of day does not touch. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** Milliseconds since some point in the past; they never go back. */
export const now: Effect.Effect<number> = Effect.map(Clock.currentTimeNanos, (nanos) => Number(nanos / 1_000n) / 1_000)

/** Waits so many milliseconds, no fewer. */
export const wait = (millis: number): Effect.Effect<void> =>
  millis > 0 ? Effect.sleep(Math.ceil(millis)) : Effect.void

/** How long a wait goes on, at most, until the clocks are read again: a machine that slept, or whose clock was set, is noticed by then. */
export const LONGEST_SLEEP_MS = 60_000

/** By how much the time of day must run ahead of the elapsed time until it counts: a machine that slept, or a clock that was set. */
const JUMP_MS = 1_000

/**
 * Time that has passed since the making, by which waits until a time of day are measured. It is the elapsed time, which goes on where the clock is set
 * back, and what the time of day jumps ahead of it, as when the machine slept.
 */
export interface Timer {
  /** Milliseconds that have passed, and the time of day, in milliseconds since 1970. */
  readonly read: Effect.Effect<{ readonly passed: number; readonly now: number }>
}

/** A timer that begins now. */
export const timer: Effect.Effect<Timer> = Effect.map(Effect.all([Clock.currentTimeMillis, now]), ([wall, elapsed]) => {
  let last = { wall, elapsed }
  let passed = 0
  return {
    read: Effect.map(Effect.all([Clock.currentTimeMillis, now]), ([wallNow, elapsedNow]) => {
      const [byWall, byElapsed] = [wallNow - last.wall, elapsedNow - last.elapsed]
      passed += byWall > byElapsed + JUMP_MS ? byWall : byElapsed
      last = { wall: wallNow, elapsed: elapsedNow }
      return { passed, now: wallNow }
    }),
  }
})

/** Waits until so much has passed by a timer. A clock that is set, or a machine that slept, puts the end off by a minute at most. */
export const waitUntil = ({ read }: Timer, due: number): Effect.Effect<void> =>
  Effect.gen(function* () {
    for (let left = due - (yield* read).passed; left > 0; left = due - (yield* read).passed) {
      yield* wait(Math.min(left, LONGEST_SLEEP_MS))
    }
  })
