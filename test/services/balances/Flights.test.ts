import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Flights from "../../../src/services/balances/Flights.js"

const counted = <A, E>(work: Effect.Effect<A, E>) => {
  const calls = { begun: 0, interrupted: 0 }
  const effect = Effect.suspend(() => {
    calls.begun++
    return work
  }).pipe(Effect.onInterrupt(() => Effect.sync(() => calls.interrupted++)))
  return { calls, effect }
}

describe("Flights", () => {
  it.scoped("makes one call for a thousand who ask at once, and another one for who asks later", () =>
    Effect.gen(function* () {
      const flights = yield* Flights.make<number, never>()
      const landing = yield* Deferred.make<number>()
      const { calls, effect } = counted(Deferred.await(landing))
      const waiting = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 1000 }), () => flights.join(["key"], effect), { concurrency: "unbounded" }),
      )
      yield* Effect.yieldNow()
      yield* Deferred.succeed(landing, 7)
      expect(new Set(yield* Fiber.join(waiting))).toEqual(new Set([7]))
      expect(calls.begun).toBe(1)
      expect(flights.isUnderWay("key")).toBe(false)
      yield* flights.join(["key"], effect)
      expect(calls.begun).toBe(2)
    }),
  )

  it.scoped("keeps keys apart", () =>
    Effect.gen(function* () {
      const flights = yield* Flights.make<string, never>()
      const both = yield* Effect.all(
        [flights.join(["a"], Effect.succeed("of a")), flights.join(["b"], Effect.succeed("of b"))],
        { concurrency: 2 },
      )
      expect(both).toEqual(["of a", "of b"])
    }),
  )

  it.scoped("goes on for the others, and to its end, when those who wait leave", () =>
    Effect.gen(function* () {
      const flights = yield* Flights.make<number, never>()
      const landing = yield* Deferred.make<number>()
      const landed = yield* Deferred.make<void>()
      const { calls, effect } = counted(Effect.zipLeft(Deferred.await(landing), Deferred.succeed(landed, undefined)))
      const first = yield* Effect.fork(flights.join(["key"], effect))
      const second = yield* Effect.fork(flights.join(["key"], effect))
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(first)
      expect(flights.isUnderWay("key")).toBe(true)
      yield* Fiber.interrupt(second)
      expect(flights.isUnderWay("key")).toBe(true)
      yield* Deferred.succeed(landing, 7)
      yield* Deferred.await(landed)
      expect(calls).toEqual({ begun: 1, interrupted: 0 })
    }),
  )

  it.scoped("tells every one who waits of a failure and of a defect, and forgets both", () =>
    Effect.gen(function* () {
      const flights = yield* Flights.make<number, string>()
      const failed = yield* Effect.all(
        [flights.join(["key"], Effect.fail("no")), flights.join(["key"], Effect.fail("no"))],
        {
          concurrency: 2,
          mode: "either",
        },
      )
      expect(failed.map((each) => each._tag)).toEqual(["Left", "Left"])
      const died = yield* Effect.exit(flights.join(["key"], Effect.die("bug")))
      expect(died).toEqual(Exit.die("bug"))
      expect(yield* flights.join(["key"], Effect.succeed(1))).toBe(1)
    }),
  )

  it.effect("interrupts what is under way when its scope closes, and lets nobody wait for ever", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const flights = yield* Scope.extend(Flights.make<number, never>(), scope)
      const { calls, effect } = counted(Effect.never)
      const waiting = yield* Effect.fork(flights.join(["key"], effect))
      yield* flights.begin(["behind"], effect)
      yield* Effect.repeat(Effect.yieldNow(), { until: () => calls.begun === 2 })
      yield* Scope.close(scope, Exit.void)
      expect(calls).toEqual({ begun: 2, interrupted: 2 })
      expect(Exit.isInterrupted(yield* Fiber.await(waiting))).toBe(true)
      expect(Exit.isInterrupted(yield* Effect.exit(flights.join(["late"], effect)))).toBe(true)
    }),
  )
})
