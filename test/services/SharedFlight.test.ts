import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Leases from "../../src/infra/store/Leases.js"
import { StoreCorrupt } from "../../src/infra/store/StoreError.js"
import * as SharedFlight from "../../src/services/balances/SharedFlight.js"
import * as MemoryLeases from "./shared-flight/MemoryLeases.js"
import * as VirtualClock from "./shared-flight/VirtualClock.js"

const KEY = "key"
const START = 1e12
const DEADLINE = "no answer in time"
const REFUSED = "refused"

/** An API that counts its calls, and a history of its answers, with leases in memory. */
const makeWorld = () => {
  const leases = MemoryLeases.make()
  const counted = { calls: 0, atOnce: 0, mostAtOnce: 0 }
  /** What was stored, oldest first. */
  const history: Array<{ readonly at: number; readonly answer: string }> = []
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
  const store = (answer: string) =>
    Effect.map(Clock.currentTimeMillis, (at) => {
      history.push({ at, answer })
      return answer
    })
  const work = (since: number, call: Effect.Effect<string, string>): SharedFlight.Work<string, string, string> => ({
    ask: counting(call),
    store,
    stored: Effect.sync(() => {
      const last = history.at(-1)
      return last !== undefined && last.at >= since ? Option.some(last.answer) : Option.none()
    }),
    isFinal: (error) => error === REFUSED,
    timedOut: () => DEADLINE,
  })
  type Work = ReturnType<typeof work>
  const run = (
    call: Effect.Effect<string, string>,
    { change, through = leases }: { readonly through?: Leases.Service; readonly change?: (work: Work) => Work } = {},
  ) =>
    Effect.flatMap(Clock.currentTimeMillis, (since) => {
      const usual = work(since, call)
      return SharedFlight.run(through, KEY, change?.(usual) ?? usual)
    })
  return { leases, counted, history, store, run }
}
type World = ReturnType<typeof makeWorld>

const onVirtualClock = <A, E>(body: (world: World) => Effect.Effect<A, E>) =>
  VirtualClock.run(
    Effect.suspend(() => body(makeWorld())),
    START,
  )

const test = (title: string, body: (world: World) => Effect.Effect<void, unknown>) =>
  it.effect(title, () => onVirtualClock(body))

const answers = (after: Duration.DurationInput, answer = "answer") => Effect.as(Effect.sleep(after), answer)
const fails = (after: Duration.DurationInput, error: string) => Effect.zipRight(Effect.sleep(after), Effect.fail(error))

const frozen = (from: Duration.DurationInput, to: Duration.DurationInput) =>
  VirtualClock.frozen(START + Duration.toMillis(from), START + Duration.toMillis(to))

const together = <A, E>(effects: ReadonlyArray<Effect.Effect<A, E>>) =>
  Effect.all(effects, { concurrency: "unbounded" })

/** How an effect ends, and after how many milliseconds. */
const timed = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const begun = yield* Clock.currentTimeMillis
    const exit = yield* Effect.exit(self)
    return { exit, millis: (yield* Clock.currentTimeMillis) - begun }
  })

/** The lease, renewed for ever by another process. */
const heldByOther = (leases: Leases.Service) =>
  Effect.gen(function* () {
    const lease = yield* Effect.flatMap(leases.take(KEY), Effect.orDie)
    yield* Effect.fork(Effect.forever(Effect.delay(lease.renew, "1 second")))
  })

/** Leases with other operations on the lease that is taken. */
const changed = (leases: Leases.Service, change: (lease: Leases.Lease) => Partial<Leases.Lease>): Leases.Service => ({
  ...leases,
  take: (key) =>
    Effect.map(
      leases.take(key),
      Option.map((lease) => ({ ...lease, ...change(lease) })),
    ),
})

describe("SharedFlight", () => {
  test("asks once for twenty callers, which return the stored answer soon after", ({ counted, leases, run }) =>
    Effect.gen(function* () {
      const { exit, millis } = yield* timed(together(Array.from({ length: 20 }, () => run(answers("300 millis")))))
      expect(exit).toEqual(Exit.succeed(Array.from({ length: 20 }, () => "answer")))
      expect(counted.calls).toBe(1)
      expect(millis).toBeLessThanOrEqual(350)
      expect(yield* leases.isHeld(KEY)).toBe(false)
    }))

  test("asks once however long the call takes", ({ counted, run }) =>
    Effect.gen(function* () {
      const { exit } = yield* timed(together([run(answers("30 seconds")), run(answers(0, "other"))]))
      expect(exit).toEqual(Exit.succeed(["answer", "answer"]))
      expect(counted.calls).toBe(1)
    }))

  test("does not ask where an answer was stored before the lease was taken", ({ counted, leases, run, store }) =>
    Effect.gen(function* () {
      const storing: Leases.Service = { ...leases, take: (key) => Effect.zipRight(store("stored"), leases.take(key)) }
      expect(yield* run(answers(0), { through: storing })).toBe("stored")
      expect(counted.calls).toBe(0)
      expect(yield* leases.isHeld(KEY)).toBe(false)
    }))

  test("asks although an answer was stored before the flight began", ({ counted, run, store }) =>
    Effect.gen(function* () {
      yield* store("old")
      yield* Effect.sleep("1 milli")
      expect(yield* run(answers(0))).toBe("answer")
      expect(counted.calls).toBe(1)
    }))

  test("returns an answer within a quarter of a second after it is stored, although the lease is still held", ({
    counted,
    leases,
    run,
    store,
  }) =>
    Effect.gen(function* () {
      yield* heldByOther(leases)
      yield* Effect.fork(Effect.delay(store("stored"), "300 millis"))
      const { exit, millis } = yield* timed(run(answers(0)))
      expect(exit).toEqual(Exit.succeed("stored"))
      expect(millis).toBeLessThanOrEqual(550)
      expect(counted.calls).toBe(0)
    }))

  for (const [how, end] of [
    ["is interrupted", (fiber: Fiber.Fiber<unknown, unknown>) => Fiber.interrupt(fiber)],
    ["dies", () => Effect.sleep("1 second")],
  ] as const) {
    test(`asks at once in place of a caller that ${how}`, ({ counted, leases, run }) =>
      Effect.gen(function* () {
        const first = yield* Effect.fork(Effect.exit(run(Effect.delay(Effect.die("bug"), "1 second"))))
        const second = yield* Effect.fork(run(answers("1 second")))
        yield* Effect.sleep("500 millis")
        yield* end(first)
        yield* Effect.sleep("100 millis")
        expect(counted.calls).toBe(2)
        yield* Effect.sleep("1 second")
        expect(yield* Fiber.join(second)).toBe("answer")
        expect(yield* leases.isHeld(KEY)).toBe(false)
      }))
  }

  test("goes on asking where a caller that waits is interrupted", ({ counted, leases, run }) =>
    Effect.gen(function* () {
      const first = yield* Effect.fork(run(answers("1 second")))
      const second = yield* Effect.fork(run(answers("1 second")))
      yield* Effect.sleep("500 millis")
      yield* Fiber.interrupt(second)
      expect(yield* leases.isHeld(KEY)).toBe(true)
      yield* Effect.sleep("500 millis")
      expect(yield* Fiber.join(first)).toBe("answer")
      expect(yield* leases.isHeld(KEY)).toBe(false)
      expect(counted.calls).toBe(1)
    }))

  test("asks within the time to live in place of a process that is gone", ({ leases, run }) =>
    Effect.gen(function* () {
      yield* leases.take(KEY)
      const { exit, millis } = yield* timed(run(answers(0)))
      expect(exit).toEqual(Exit.succeed("answer"))
      expect(millis).toBeGreaterThan(1000)
      expect(millis).toBeLessThanOrEqual(3_000)
    }))

  it.effect.prop(
    "asks one call at a time, and ends within the deadline, whenever callers come, fail and leave",
    [
      FastCheck.array(
        FastCheck.record({
          comes: FastCheck.nat({ max: 3000 }),
          takes: FastCheck.nat({ max: 8000 }),
          ends: FastCheck.constantFrom("answers", "fails", REFUSED, "dies"),
          leaves: FastCheck.option(FastCheck.nat({ max: 4000 })),
        }),
        { minLength: 1, maxLength: 8 },
      ),
    ],
    ([callers]) =>
      onVirtualClock(({ counted, leases, run }) =>
        Effect.gen(function* () {
          const one = ({ comes, ends, leaves, takes }: (typeof callers)[number]) => {
            const call = ends === "answers" ? answers(takes) : ends === "dies" ? Effect.die(ends) : fails(takes, ends)
            return Effect.delay(timed(Effect.timeoutOption(run(call), leaves ?? "1 hour")), comes)
          }
          const ended = yield* together(callers.map(one))
          for (const { millis } of ended) expect(millis).toBeLessThanOrEqual(35_000 + 100)
          expect(counted.mostAtOnce).toBeLessThanOrEqual(1)
          expect(yield* leases.isHeld(KEY)).toBe(false)
        }),
      ),
    { fastCheck: { numRuns: 25 } },
  )
})

describe("SharedFlight, while the API is down", () => {
  const eight = (world: World, takes: Duration.DurationInput) =>
    together(Array.from({ length: 8 }, (_, nth) => timed(Effect.flip(world.run(fails(takes, `down for ${nth}`))))))

  test("lets eight callers ask one after another, each of which returns its own failure", (world) =>
    Effect.gen(function* () {
      const ended = yield* eight(world, "3 seconds")
      expect(ended.map(({ exit }) => exit)).toEqual(ended.map((_, nth) => Exit.succeed(`down for ${nth}`)))
      expect(world.counted).toMatchObject({ calls: 8, mostAtOnce: 1 })
    }))

  test("ends every caller within its deadline, and asks only as often as calls fit into it", (world) =>
    Effect.gen(function* () {
      const ended = yield* eight(world, "30 seconds")
      const others = Array.from({ length: 7 }, () => Exit.succeed(DEADLINE))
      expect(ended.map(({ exit }) => exit)).toEqual([Exit.succeed("down for 0"), ...others])
      expect(world.counted).toMatchObject({ calls: 2, mostAtOnce: 1 })
      for (const { millis } of ended) expect(millis).toBeLessThanOrEqual(35_000 + 100)
      expect(yield* world.leases.isHeld(KEY)).toBe(false)
    }))

  test("gives up at the deadline without asking while another process holds the lease", ({ counted, leases, run }) =>
    Effect.gen(function* () {
      yield* heldByOther(leases)
      const { exit, millis } = yield* timed(Effect.flip(run(answers(0))))
      expect(exit).toEqual(Exit.succeed(DEADLINE))
      expect(millis).toBeGreaterThanOrEqual(35_000)
      expect(millis).toBeLessThanOrEqual(35_000 + 100)
      expect(counted.calls).toBe(0)
    }))

  test("returns the answer to the first call that succeeds to all that wait", ({ counted, run }) =>
    Effect.gen(function* () {
      const calls = [fails("1 second", "down"), answers("1 second", "up"), answers("1 second"), answers("1 second")]
      const ended = yield* together(calls.map((call) => Effect.merge(run(call))))
      expect(ended).toEqual(["down", "up", "up", "up"])
      expect(counted.calls).toBe(2)
    }))
})

describe("SharedFlight, where another process stores an answer while this one asks", () => {
  const failing = ({ run, store }: World, error: string) =>
    Effect.gen(function* () {
      yield* Effect.fork(Effect.delay(store("stored"), "500 millis"))
      return yield* Effect.merge(run(fails("1 second", error)))
    })

  test("returns that answer in place of a failure", (world) =>
    Effect.map(failing(world, "down"), (ended) => expect(ended).toBe("stored")))

  test("returns a failure that is final", (world) =>
    Effect.map(failing(world, REFUSED), (ended) => expect(ended).toBe(REFUSED)))

  test("returns that answer in place of its own where a renewal tells that the lease is lost", (world) =>
    Effect.gen(function* () {
      const { history, leases, run, store } = world
      yield* Effect.fork(Effect.delay(store("stored"), "1500 millis"))
      const lost = changed(leases, () => ({ renew: Effect.succeed(false) }))
      expect(yield* run(answers("2 seconds"), { through: lost })).toBe("stored")
      expect(history.map(({ answer }) => answer)).toEqual(["stored"])
    }))

  test("stores its own answer where it held the lease throughout", (world) =>
    Effect.gen(function* () {
      const { history, run, store } = world
      yield* Effect.fork(Effect.delay(store("stored"), "1500 millis"))
      expect(yield* run(answers("20 seconds"))).toBe("answer")
      expect(history.map(({ answer }) => answer)).toEqual(["stored", "answer"])
    }))
})

describe("SharedFlight in a process that is frozen and wakes", () => {
  /** A look at the history whose result comes only after the process froze. */
  const slowLook = {
    change: <Work extends SharedFlight.Work<string, string, string>>(work: Work): Work => ({
      ...work,
      stored: Effect.zipLeft(work.stored, Effect.sleep("100 millis")),
    }),
  }

  test("before it asks: returns the answer that another process stored meanwhile, without asking", (world) =>
    Effect.gen(function* () {
      const { counted, run } = world
      const first = yield* Effect.fork(frozen("50 millis", "10 seconds")(run(answers(0, "first"), slowLook)))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(run(answers("1 second", "second")))
      expect([yield* Fiber.join(second), yield* Fiber.join(first)]).toEqual(["second", "second"])
      expect(counted.calls).toBe(1)
    }))

  test("before it asks: waits for another process that asks meanwhile", (world) =>
    Effect.gen(function* () {
      const { counted, run } = world
      const first = yield* Effect.fork(frozen("50 millis", "10 seconds")(run(answers(0, "first"), slowLook)))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(run(answers("20 seconds", "second")))
      expect([yield* Fiber.join(second), yield* Fiber.join(first)]).toEqual(["second", "second"])
      expect(counted.calls).toBe(1)
    }))

  test("before it asks: asks under its lease where nobody else came", ({ counted, history, run }) =>
    Effect.gen(function* () {
      expect(yield* frozen("50 millis", "10 seconds")(run(answers(0, "first"), slowLook))).toBe("first")
      expect(counted.calls).toBe(1)
      expect(history).toHaveLength(1)
    }))

  for (const [how, call] of [
    ["is answered", answers("1 second", "first")],
    ["fails", fails("1 second", "down")],
  ] as const) {
    test(`while its call ${how}: returns the answer that another process stored meanwhile`, ({ history, run }) =>
      Effect.gen(function* () {
        const first = yield* Effect.fork(frozen("500 millis", "10 seconds")(run(call)))
        yield* Effect.yieldNow()
        const second = yield* Effect.fork(run(answers("1 second", "second")))
        expect([yield* Fiber.join(second), yield* Fiber.join(first)]).toEqual(["second", "second"])
        expect(history.map(({ answer }) => answer)).toEqual(["second"])
      }))
  }

  test("while its call is answered: stores its answer where nobody stored one, and leaves the others their lease", (world) =>
    Effect.gen(function* () {
      const { history, leases, run } = world
      const first = yield* Effect.fork(frozen("500 millis", "10 seconds")(run(answers("1 second", "first"))))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(run(answers("20 seconds", "second")))
      expect(yield* Fiber.join(first)).toBe("first")
      expect(yield* leases.isHeld(KEY)).toBe(true)
      expect(yield* Fiber.join(second)).toBe("second")
      expect(history.map(({ answer }) => answer)).toEqual(["first", "second"])
    }))

  test("while it waits, past its deadline: returns the answer that was stored meanwhile", ({ counted, run }) =>
    Effect.gen(function* () {
      yield* Effect.fork(run(answers("20 seconds")))
      yield* Effect.yieldNow()
      const second = yield* Effect.fork(frozen("1 second", "60 seconds")(run(answers(0, "second"))))
      expect(yield* Fiber.join(second)).toBe("answer")
      expect(counted.calls).toBe(1)
    }))
})

describe("SharedFlight whose leases go wrong", () => {
  const broken: Record<string, Effect.Effect<never, StoreCorrupt>> = {
    "never ends": Effect.never,
    fails: Effect.fail(new StoreCorrupt({ table: "lease", key: "key" })),
    dies: Effect.die("no such table: lease"),
    throws: Effect.suspend(() => {
      throw new Error("no such table: lease")
    }),
  }

  for (const [how, wrong] of Object.entries(broken)) {
    test(`asks without a lease where taking one ${how}`, ({ counted, leases, run }) =>
      Effect.gen(function* () {
        const through = { ...leases, take: () => wrong }
        const { exit, millis } = yield* timed(together(Array.from({ length: 3 }, () => run(answers(0), { through }))))
        expect(exit).toEqual(Exit.succeed(["answer", "answer", "answer"]))
        expect(counted.calls).toBe(3)
        expect(millis).toBeLessThanOrEqual(50)
      }))

    test(`asks without a lease where asking for the state of one that is held ${how}`, ({ leases, run }) =>
      Effect.gen(function* () {
        yield* leases.take(KEY)
        const { exit, millis } = yield* timed(run(answers(0), { through: { ...leases, isHeld: () => wrong } }))
        expect(exit).toEqual(Exit.succeed("answer"))
        expect(millis).toBeLessThanOrEqual(2 * 50)
      }))

    test(`returns its answer where renewing and releasing ${how}`, ({ counted, leases, run }) =>
      Effect.gen(function* () {
        const through = changed(leases, () => ({ renew: wrong, release: wrong }))
        const { exit, millis } = yield* timed(run(answers("5 seconds"), { through }))
        expect(exit).toEqual(Exit.succeed("answer"))
        expect(millis).toBeLessThanOrEqual(5000 + 50)
        expect(counted.calls).toBe(1)
      }))

    test(`asks where it may have lost the lease before and renewing ${how}`, ({ counted, leases, run }) =>
      Effect.gen(function* () {
        const through = changed(leases, () => ({ renew: wrong }))
        const change = <Work extends SharedFlight.Work<string, string, string>>(work: Work): Work => ({
          ...work,
          stored: Effect.zipLeft(work.stored, Effect.sleep("4 seconds")),
        })
        expect(yield* run(answers(0), { through, change })).toBe("answer")
        expect(counted.calls).toBe(1)
      }))

    test(`is interrupted soon where releasing ${how}`, ({ leases, run }) =>
      Effect.gen(function* () {
        const through = changed(leases, () => ({ release: wrong }))
        const called = yield* Deferred.make<void>()
        const call = Effect.zipRight(Deferred.succeed(called, undefined), Effect.never)
        const flight = yield* Effect.fork(run(call, { through }))
        yield* Deferred.await(called)
        const { exit, millis } = yield* timed(Fiber.interrupt(flight))
        expect(Exit.map(exit, Exit.isInterrupted)).toEqual(Exit.succeed(true))
        expect(millis).toBeLessThanOrEqual(50)
      }))
  }

  for (const turns of [0, 1, 2, 3]) {
    test(`releases a lease that is taken ${turns} turns after the moment of the timeout`, ({ leases, run }) =>
      Effect.gen(function* () {
        const slow: Leases.Service = {
          ...leases,
          take: (key) =>
            Effect.zipRight(Effect.all(Effect.replicate(Effect.yieldNow(), turns)), Effect.delay(leases.take(key), 50)),
        }
        expect(yield* run(answers(0), { through: slow })).toBe("answer")
        expect(yield* leases.isHeld(KEY)).toBe(false)
      }))
  }
})
