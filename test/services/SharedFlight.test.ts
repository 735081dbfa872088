import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Leases from "../../src/infra/store/Leases.js"
import * as SnapshotStore from "../../src/infra/store/SnapshotStore.js"
import { StoreCorrupt } from "../../src/infra/store/StoreError.js"
import * as SharedFlight from "../../src/services/SharedFlight.js"
import * as VirtualClock from "./shared-flight/VirtualClock.js"

const KEY = "key"

/** An API that counts its calls, and what is kept of its answers, with the leases of a history in memory. */
const world = Effect.gen(function* () {
  const leases = yield* Leases.Leases
  const counted = { calls: 0, atOnce: 0, mostAtOnce: 0 }
  let kept: Option.Option<string> = Option.none()
  const counting = <A, E>(call: Effect.Effect<A, E>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        counted.calls++
        counted.atOnce++
        counted.mostAtOnce = Math.max(counted.mostAtOnce, counted.atOnce)
      }),
      () => call,
      () => Effect.sync(() => counted.atOnce--),
    )
  const keep = (answer: string) =>
    Effect.sync(() => {
      kept = Option.some(answer)
      return answer
    })
  const work = (call: Effect.Effect<string, string>): SharedFlight.Work<string, string> => ({
    fetch: counting(Effect.flatMap(call, keep)),
    kept: Effect.sync(() => kept),
    failureText: (error) => (error === "private" ? Option.none() : Option.some(`text of ${error}`)),
    failureOf: (text) => (text.includes("garbled") ? Option.none() : Option.some(`told: ${text}`)),
  })
  const run = (call: Effect.Effect<string, string>, through = leases) => SharedFlight.run(through, KEY, work(call))
  return { leases, counted, keep, run }
})

const onVirtualClock = <A, E>(body: Effect.Effect<A, E, Leases.Leases>) =>
  VirtualClock.run(Effect.provide(body, SnapshotStore.layerMemory), 1e12)

const test = (title: string, body: Effect.Effect<void, unknown, Leases.Leases>) =>
  it.effect(title, () => onVirtualClock(body))

const answers = (after: Duration.DurationInput, answer = "answer") => Effect.as(Effect.sleep(after), answer)
const fails = (after: Duration.DurationInput, error: string) => Effect.zipRight(Effect.sleep(after), Effect.fail(error))

/** How an effect ends, and after how many milliseconds. */
const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const exit = yield* Effect.exit(self)
    return { exit, millis: (yield* Clock.currentTimeMillis) - begun }
  })

const taken = (leases: Leases.Service) => Effect.flatMap(leases.take(KEY), Effect.orDie)

describe("a flight that is shared", () => {
  test(
    "is one call, of which all who come meanwhile get the answer that it kept, soon after",
    Effect.gen(function* () {
      const { counted, leases, run } = yield* world
      const all = Effect.all(Effect.replicate(run(answers("300 millis")), 20), { concurrency: "unbounded" })
      const { exit, millis } = yield* timed(all)
      expect(exit).toEqual(Exit.succeed(Array.from({ length: 20 }, () => "answer")))
      expect(counted.calls).toBe(1)
      expect(millis).toBeLessThanOrEqual(350)
      expect(yield* leases.look(KEY)).toEqual(Leases.State.Free())
    }),
  )

  test(
    "is one call however long it takes",
    Effect.gen(function* () {
      const { counted, run } = yield* world
      const { exit } = yield* timed(Effect.all([run(answers("30 seconds")), run(answers(0))], { concurrency: 2 }))
      expect(exit).toEqual(Exit.succeed(["answer", "answer"]))
      expect(counted.calls).toBe(1)
    }),
  )

  test(
    "is no call where an answer was kept before the lease was taken",
    Effect.gen(function* () {
      const { counted, keep, leases, run } = yield* world
      yield* keep("kept")
      expect(yield* run(answers(0))).toBe("kept")
      expect(counted.calls).toBe(0)
      expect(yield* leases.look(KEY)).toEqual(Leases.State.Free())
    }),
  )

  test(
    "fails for all at once with what the one who called met",
    Effect.gen(function* () {
      const { counted, run } = yield* world
      const calls = [run(fails("300 millis", "down")), run(answers(0)), run(answers(0))].map(Effect.either)
      const { exit, millis } = yield* timed(Effect.all(calls, { concurrency: "unbounded" }))
      const errors = Exit.map(exit, (each) => each.map((either) => (either._tag === "Left" ? either.left : "none")))
      expect(errors).toEqual(Exit.succeed(["down", "told: text of down", "told: text of down"]))
      expect(counted.calls).toBe(1)
      expect(millis).toBeLessThanOrEqual(350)
    }),
  )

  for (const failure of ["private", "garbled"]) {
    test(
      `is taken over by one after the other where the failure is ${failure}`,
      Effect.gen(function* () {
        const { counted, run } = yield* world
        const calls = [run(fails("300 millis", failure)), run(fails("1 second", failure)), run(answers(10))]
        const { exit } = yield* timed(Effect.all(calls.map(Effect.either), { concurrency: "unbounded" }))
        const ended = Exit.map(exit, (each) => each.filter(({ _tag }) => _tag === "Right").length)
        expect(ended).toEqual(Exit.succeed(1))
        expect(counted).toMatchObject({ calls: 3, mostAtOnce: 1 })
      }),
    )
  }

  test(
    "has an answer as soon as it is kept, whoever holds the lease then",
    Effect.gen(function* () {
      const { counted, keep, leases, run } = yield* world
      const lease = yield* taken(leases)
      yield* Effect.fork(Effect.forever(Effect.delay(lease.renew, "1 second")))
      yield* Effect.fork(Effect.delay(keep("kept"), "300 millis"))
      const { exit, millis } = yield* timed(run(answers(0)))
      expect(exit).toEqual(Exit.succeed("kept"))
      expect(millis).toBeLessThanOrEqual(350)
      expect(counted.calls).toBe(0)
    }),
  )

  test(
    "says nothing of failures that were before it",
    Effect.gen(function* () {
      const { leases, run } = yield* world
      yield* (yield* taken(leases)).release(Option.some("old"))
      expect(yield* run(Effect.succeed("answer"))).toBe("answer")
    }),
  )

  for (const [how, end] of [
    ["is interrupted", (fiber: Fiber.Fiber<unknown, unknown>) => Fiber.interrupt(fiber)],
    ["breaks", () => Effect.sleep("1 second")],
  ] as const) {
    test(
      `is taken over at once where the one who calls ${how}`,
      Effect.gen(function* () {
        const { counted, leases, run } = yield* world
        const first = yield* Effect.fork(Effect.exit(run(Effect.delay(Effect.die("bug"), "1 second"))))
        const second = yield* Effect.fork(run(answers("1 second")))
        yield* Effect.sleep("500 millis")
        yield* end(first)
        yield* Effect.sleep("100 millis")
        expect(counted.calls).toBe(2)
        yield* Effect.sleep("1 second")
        expect(yield* Fiber.join(second)).toBe("answer")
        expect(yield* leases.look(KEY)).toEqual(Leases.State.Free())
      }),
    )
  }

  test(
    "goes on where one who waits is interrupted",
    Effect.gen(function* () {
      const { counted, leases, run } = yield* world
      const first = yield* Effect.fork(run(answers("1 second")))
      const second = yield* Effect.fork(run(answers("1 second")))
      yield* Effect.sleep("500 millis")
      yield* Fiber.interrupt(second)
      expect(yield* leases.look(KEY)).toEqual(Leases.State.Held())
      yield* Effect.sleep("500 millis")
      expect(yield* Fiber.join(first)).toBe("answer")
      expect(yield* leases.look(KEY)).toEqual(Leases.State.Free())
      expect(counted.calls).toBe(1)
    }),
  )

  test(
    "is taken over within the time to live where the one who called is gone",
    Effect.gen(function* () {
      const { leases, run } = yield* world
      yield* taken(leases)
      const { exit, millis } = yield* timed(run(answers(0)))
      expect(exit).toEqual(Exit.succeed("answer"))
      expect(millis).toBeGreaterThan(1000)
      expect(millis).toBeLessThanOrEqual(Leases.TIME_TO_LIVE)
    }),
  )

  test(
    "is waited for no longer than the longest wait, whoever holds it",
    Effect.gen(function* () {
      const { leases, run } = yield* world
      const lease = yield* taken(leases)
      yield* Effect.fork(Effect.forever(Effect.delay(lease.renew, "1 second")))
      const { exit, millis } = yield* timed(run(answers(0)))
      expect(exit).toEqual(Exit.succeed("answer"))
      expect(millis).toBeGreaterThanOrEqual(SharedFlight.LONGEST_WAIT)
      expect(millis).toBeLessThanOrEqual(SharedFlight.LONGEST_WAIT + 100)
    }),
  )

  test(
    "is carried to its end by one who lost the lease, and the next one keeps his",
    Effect.gen(function* () {
      const { counted, leases, run } = yield* world
      const asleep: Leases.Service = {
        ...leases,
        take: (key) =>
          Effect.map(
            leases.take(key),
            Option.map((lease) => ({ ...lease, renew: Effect.never })),
          ),
      }
      const first = yield* Effect.fork(run(answers("5 seconds", "first"), asleep))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(run(answers("10 seconds", "second")))
      yield* Effect.sleep("6 seconds")
      expect(yield* Fiber.join(first)).toBe("first")
      expect(counted.calls).toBe(2)
      expect(yield* leases.look(KEY)).toEqual(Leases.State.Held())
      yield* Effect.sleep("10 seconds")
      expect(yield* Fiber.join(second)).toBe("second")
    }),
  )

  it.effect.prop(
    "is one call at a time, and everybody gets its answer or its failure, whoever comes, fails, or goes when he likes",
    [
      FastCheck.array(
        FastCheck.record({
          comes: FastCheck.nat({ max: 3000 }),
          takes: FastCheck.nat({ max: 5000 }),
          ends: FastCheck.constantFrom("answers", "fails", "garbled", "private", "breaks"),
          leaves: FastCheck.option(FastCheck.nat({ max: 4000 })),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    ],
    ([callers]) =>
      Effect.gen(function* () {
        const { counted, leases, run } = yield* world
        const one = ({ comes, ends, leaves, takes }: (typeof callers)[number]) => {
          const call = ends === "answers" ? answers(takes) : ends === "breaks" ? Effect.die(ends) : fails(takes, ends)
          const stays = Effect.timeoutOption(run(call), leaves ?? "1 hour")
          return Effect.delay(Effect.exit(stays), comes)
        }
        const { exit } = yield* timed(Effect.all(callers.map(one), { concurrency: "unbounded" }))
        expect(exit._tag).toBe("Success")
        expect(counted.mostAtOnce).toBe(1)
        expect((yield* leases.look(KEY))._tag).not.toBe("Held")
      }).pipe(onVirtualClock),
  )
})

describe("a flight whose leases go wrong", () => {
  const broken: Record<string, Effect.Effect<never, StoreCorrupt>> = {
    "never end": Effect.never,
    fail: Effect.fail(new StoreCorrupt({ path: "history.db", table: "lease", key: "key" })),
    break: Effect.die("no such table: lease"),
    throw: Effect.suspend(() => {
      throw new Error("no such table: lease")
    }),
  }

  for (const [how, wrong] of Object.entries(broken)) {
    test(
      `calls by itself where taking them would ${how}`,
      Effect.gen(function* () {
        const { counted, leases, run } = yield* world
        const all = Effect.all(Effect.replicate(run(answers(0), { ...leases, take: () => wrong }), 3), {
          concurrency: "unbounded",
        })
        const { exit, millis } = yield* timed(all)
        expect(exit).toEqual(Exit.succeed(["answer", "answer", "answer"]))
        expect(counted.calls).toBe(3)
        expect(millis).toBeLessThanOrEqual(SharedFlight.PATIENCE)
      }),
    )

    test(
      `calls by itself where looking at one that is held would ${how}`,
      Effect.gen(function* () {
        const { leases, run } = yield* world
        yield* taken(leases)
        const { exit, millis } = yield* timed(run(answers(0), { ...leases, look: () => wrong }))
        expect(exit).toEqual(Exit.succeed("answer"))
        expect(millis).toBeLessThanOrEqual(2 * SharedFlight.PATIENCE)
      }),
    )

    test(
      `has its answer where renewing and giving back would ${how}`,
      Effect.gen(function* () {
        const { counted, leases, run } = yield* world
        const through: Leases.Service = {
          ...leases,
          take: (key) =>
            Effect.map(
              leases.take(key),
              Option.map(() => ({ renew: wrong, release: () => wrong })),
            ),
        }
        const { exit, millis } = yield* timed(run(answers("5 seconds"), through))
        expect(exit).toEqual(Exit.succeed("answer"))
        expect(millis).toBeLessThanOrEqual(5000 + SharedFlight.PATIENCE)
        expect(counted.calls).toBe(1)
      }),
    )

    test(
      `is interrupted soon where giving back would ${how}`,
      Effect.gen(function* () {
        const { leases, run } = yield* world
        const through: Leases.Service = {
          ...leases,
          take: (key) =>
            Effect.map(
              leases.take(key),
              Option.map((lease) => ({ ...lease, release: () => wrong })),
            ),
        }
        const called = yield* Deferred.make<void>()
        const flight = yield* Effect.fork(
          run(Effect.zipRight(Deferred.succeed(called, undefined), Effect.never), through),
        )
        yield* Deferred.await(called)
        const { exit, millis } = yield* timed(Fiber.interrupt(flight))
        expect(Exit.map(exit, Exit.isInterrupted)).toEqual(Exit.succeed(true))
        expect(millis).toBeLessThanOrEqual(SharedFlight.PATIENCE)
      }),
    )
  }

  for (const turns of [0, 1, 2, 3]) {
    test(
      `leave nothing held where one is given at the very moment when patience ends (${turns})`,
      Effect.gen(function* () {
        const { leases, run } = yield* world
        const slow: Leases.Service = {
          ...leases,
          take: (key) =>
            Effect.zipRight(
              Effect.all(Effect.replicate(Effect.yieldNow(), turns)),
              Effect.delay(leases.take(key), SharedFlight.PATIENCE),
            ),
        }
        const { exit } = yield* timed(run(answers(0), slow))
        expect(exit).toEqual(Exit.succeed("answer"))
        expect(yield* leases.look(KEY)).toEqual(Leases.State.Free())
      }),
    )
  }
})
