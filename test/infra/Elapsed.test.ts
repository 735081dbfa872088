import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Elapsed from "../../src/infra/Elapsed.js"
import { VirtualClock } from "../services/polling/VirtualClock.js"

const NOW = Date.parse("2026-11-22T15:00:00Z")
const MINUTE = 60_000

const withClock = <A, E>(test: (clock: VirtualClock) => Effect.Effect<A, E>) =>
  Effect.suspend(() => {
    const clock = new VirtualClock(NOW)
    return Effect.withClock(test(clock), clock)
  })

/** Waits until ten minutes after the start; after how many minutes of elapsed time the wait ended. */
const endOf = (meanwhile: (clock: VirtualClock) => void) =>
  withClock((clock) =>
    Effect.gen(function* () {
      const begun = yield* Elapsed.now
      const timer = yield* Elapsed.timer
      const wait = yield* Effect.fork(
        Effect.zipRight(
          Elapsed.waitUntil(timer, 10 * MINUTE),
          Effect.map(Elapsed.now, (now) => (now - begun) / MINUTE),
        ),
      )
      yield* clock.advance(2.5 * MINUTE)
      meanwhile(clock)
      yield* clock.advance(60 * MINUTE)
      return yield* Fiber.join(wait)
    }),
  )

describe("waiting until so much has passed", () => {
  it.effect("ends then", () =>
    Effect.map(
      endOf(() => undefined),
      (minutes) => expect(minutes).toBe(10),
    ),
  )

  it.effect("ends after the same time where the clock is set back", () =>
    Effect.map(
      endOf((clock) => clock.setBack("1 day")),
      (minutes) => expect(minutes).toBe(10),
    ),
  )

  it.effect("ends within a minute where the machine slept past it", () =>
    Effect.map(
      endOf((clock) => clock.setBack(-60 * MINUTE)),
      (minutes) => {
        expect(minutes).toBeGreaterThanOrEqual(2.5)
        expect(minutes).toBeLessThanOrEqual(3.5)
      },
    ),
  )

  it.effect("ends at once where it has passed", () =>
    withClock(() =>
      Effect.map(
        Effect.timeoutOption(
          Effect.flatMap(Elapsed.timer, (timer) => Elapsed.waitUntil(timer, 0)),
          "1 second",
        ),
        (ended) => expect(ended._tag).toBe("Some"),
      ),
    ),
  )
})

describe("a timer", () => {
  it.effect("counts the elapsed time, and what the time of day jumps ahead of it", () =>
    withClock((clock) =>
      Effect.gen(function* () {
        const { read } = yield* Elapsed.timer
        yield* clock.advance(MINUTE)
        expect(yield* read).toEqual({ passed: MINUTE, now: NOW + MINUTE })
        clock.setBack("1 day")
        expect((yield* read).passed).toBe(MINUTE)
        yield* clock.advance(MINUTE)
        expect((yield* read).passed).toBe(2 * MINUTE)
        clock.setBack(-30 * MINUTE)
        expect((yield* read).passed).toBe(32 * MINUTE)
        // As a time service does it: less than a second is no jump.
        clock.setBack(-900)
        expect((yield* read).passed).toBe(32 * MINUTE)
      }),
    ),
  )
})
