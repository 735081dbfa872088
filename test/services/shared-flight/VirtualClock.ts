/** A clock that stands still while anything is going on, and goes on to the next sleepers at once where nothing is. */
import { setImmediate } from "node:timers/promises"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/** Turns of the event loop after which whoever could go on has: what is run on this clock waits for nothing else. */
const TURNS = 3

const settled = Effect.promise(async () => {
  for (let turn = 0; turn < TURNS; turn++) await setImmediate()
})

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

/** Runs an effect on such a clock, which begins at `start` milliseconds. */
export const run = <A, E>(self: Effect.Effect<A, E>, start: number): Effect.Effect<A, E> =>
  Effect.suspend(() => {
    let now = start
    let isDone = false
    const sleepers = new Set<Sleeper>()
    const clock: Clock.Clock = {
      [Clock.ClockTypeId]: Clock.ClockTypeId,
      unsafeCurrentTimeMillis: () => now,
      unsafeCurrentTimeNanos: () => BigInt(now) * 1_000_000n,
      currentTimeMillis: Effect.sync(() => now),
      currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
      sleep: (duration) =>
        Effect.async<void>((resume) => {
          const sleeper = { at: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
          sleepers.add(sleeper)
          return Effect.sync(() => sleepers.delete(sleeper))
        }),
    }
    const next = Effect.zipRight(
      settled,
      Effect.sync(() => {
        if (isDone) return
        const first = Math.min(...Array.from(sleepers, ({ at }) => at))
        for (const sleeper of [...sleepers].filter(({ at }) => at === first)) {
          now = Math.max(now, first)
          sleepers.delete(sleeper)
          sleeper.wake()
        }
      }),
    )
    return Effect.gen(function* () {
      const running = yield* Effect.fork(
        Effect.ensuring(
          Effect.withClock(self, clock),
          Effect.sync(() => {
            isDone = true
          }),
        ),
      )
      yield* Effect.repeat(next, { until: () => isDone })
      return yield* Fiber.join(running)
    })
  })

/**
 * Runs an effect as a process that is frozen from one time to another, in milliseconds of the clock: whatever it waits for meanwhile ends for it
 * when it wakes.
 */
export const frozen =
  (from: number, to: number) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.clockWith((clock) =>
      Effect.withClock(self, {
        ...clock,
        sleep: (duration) =>
          Effect.flatMap(clock.currentTimeMillis, (now) => {
            const end = now + Duration.toMillis(duration)
            return clock.sleep(Duration.millis((end >= from && end < to ? to : end) - now))
          }),
      }),
    )
