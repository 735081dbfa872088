import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import * as Pacing from "../../../src/domain/polling/Pacing.js"
import * as Changes from "../../../src/services/balances/Changes.js"
import * as FetchPolicy from "../../../src/services/FetchPolicy.js"
import { Reading } from "../../../src/services/Reading.js"
import { look } from "../../domain/polling/looks.js"
import { settled } from "../polling/settled.js"
import { VirtualClock } from "../polling/VirtualClock.js"

const NOW = Date.parse("2026-11-22T15:00:00Z")
const MINUTE = 60_000
const limits = Pacing.limitsOf({ soonest: "1 minute", every: "10 minutes", latest: "6 hours" })

/** Follows balances that are read at once, by a clock that the test moves; `polls` are the minutes of elapsed time at which the API was asked. */
const following = <A, E>(
  test: (world: {
    readonly clock: VirtualClock
    readonly polls: ReadonlyArray<number>
    readonly seen: ReadonlyArray<Reading>
    readonly tell: Effect.Effect<void>
  }) => Effect.Effect<A, E>,
) =>
  Effect.gen(function* () {
    const clock = new VirtualClock(NOW)
    const polls: Array<number> = []
    const seen: Array<Reading> = []
    const news = yield* Queue.sliding<void>(1)
    let stored = Reading.Offline({ snapshot: look(NOW), warnings: [], isProvisional: false, age: 0 as never })
    const get = (policy: FetchPolicy.FetchPolicy): Effect.Effect<Reading> =>
      policy._tag === "CacheOnly"
        ? Effect.succeed(stored)
        : Effect.map(Clock.currentTimeMillis, (now) => {
            polls.push(Number(clock.unsafeCurrentTimeNanos() / 60_000_000_000n))
            stored = Reading.Offline({ ...stored, snapshot: look(now) })
            return Reading.Fresh({ snapshot: look(now), warnings: [], isProvisional: false })
          })
    const stream = Changes.make({
      get,
      policy: FetchPolicy.refresh,
      listen: Effect.succeed(news),
      crossing: () => Effect.succeed(Option.none()),
      limits,
    })
    const running = Stream.runForEach(stream, (reading) => Effect.sync(() => seen.push(reading)))
    return yield* Effect.gen(function* () {
      const fiber = yield* Effect.fork(running)
      yield* settled
      const result = yield* test({ clock, polls, seen, tell: Effect.zipRight(Queue.offer(news, undefined), settled) })
      yield* Fiber.interrupt(fiber)
      return result
    }).pipe(Effect.withClock(clock))
  })

describe("following a balance", () => {
  it.effect("polls as often as it is told", () =>
    following(({ clock, polls, seen }) =>
      Effect.gen(function* () {
        yield* clock.advance(35 * MINUTE)
        expect(polls).toEqual([0, 10, 20, 30])
        expect(seen).toHaveLength(4)
      }),
    ),
  )

  it.effect("goes on in time where the clock is set back, also where news that say nothing new come after it", () =>
    following(({ clock, polls, tell }) =>
      Effect.gen(function* () {
        yield* clock.advance(5 * MINUTE)
        clock.setBack("1 hour")
        yield* tell
        yield* clock.advance(MINUTE)
        yield* tell
        yield* clock.advance(29 * MINUTE)
        expect(polls).toEqual([0, 10, 20, 30])
      }),
    ),
  )

  it.effect("polls within a minute after a machine slept", () =>
    following(({ clock, polls }) =>
      Effect.gen(function* () {
        yield* clock.advance(2 * MINUTE)
        clock.setBack(-60 * MINUTE)
        yield* clock.advance(MINUTE)
        expect(polls).toHaveLength(2)
      }),
    ),
  )
})
