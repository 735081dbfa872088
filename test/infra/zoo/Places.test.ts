import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Places from "../../../src/infra/zoo/Places.js"

/** Lets fibers run until each of them waits. */
const settle = Effect.repeatN(Effect.yieldNow(), 20)

describe("Places", () => {
  it.effect("are taken by so many at once, and then in turn", () =>
    Effect.gen(function* () {
      const places = Places.make(2)
      const began: Array<number> = []
      const doors = yield* Effect.forEach([0, 1, 2, 3, 4], () => Deferred.make<void>())
      const guests = yield* Effect.forEach(doors, (door, guest) =>
        Effect.fork(
          places.run(
            Effect.zipRight(
              Effect.sync(() => began.push(guest)),
              Deferred.await(door),
            ),
          ),
        ),
      )
      yield* settle
      expect(began).toEqual([0, 1])
      for (const [index, door] of doors.entries()) {
        yield* Deferred.succeed(door, undefined)
        yield* settle
        expect(began).toEqual([0, 1, 2, 3, 4].slice(0, index + 3))
      }
      yield* Fiber.joinAll(guests)
      const later = yield* Effect.forEach([5, 6, 7], (guest) =>
        Effect.fork(
          places.run(
            Effect.zipRight(
              Effect.sync(() => began.push(guest)),
              Effect.never,
            ),
          ),
        ),
      )
      yield* settle
      expect(began).toEqual([0, 1, 2, 3, 4, 5, 6])
      yield* Fiber.interruptAll(later)
    }),
  )

  it.effect("are not taken by those who come while one is handed over", () =>
    Effect.gen(function* () {
      const places = Places.make(1)
      const order: Array<string> = []
      const note = (name: string) =>
        places.run(
          Effect.zipRight(
            Effect.sync(() => order.push(name)),
            Effect.yieldNow(),
          ),
        )
      const door = yield* Deferred.make<void>()
      const first = yield* Effect.fork(places.run(Deferred.await(door)))
      yield* settle
      const second = yield* Effect.fork(note("second"))
      yield* settle
      yield* Deferred.succeed(door, undefined)
      yield* Fiber.join(first)
      yield* note("third")
      yield* Fiber.join(second)
      expect(order).toEqual(["second", "third"])
    }),
  )

  it.effect("are free again after a failure and a defect", () =>
    Effect.gen(function* () {
      const places = Places.make(1)
      expect(yield* Effect.flip(places.run(Effect.fail("failed")))).toBe("failed")
      yield* Effect.exit(places.run(Effect.die("dead")))
      expect(yield* places.run(Effect.succeed("in"))).toBe("in")
    }),
  )

  it.effect.prop(
    "are all free again when all have left, whenever any of them was interrupted",
    [FastCheck.array(FastCheck.tuple(FastCheck.nat(6), FastCheck.nat(12)), { minLength: 1, maxLength: 12 })],
    ([guests]) =>
      Effect.gen(function* () {
        const places = Places.make(2)
        let inside = 0
        let most = 0
        const visit = (turns: number) =>
          places.run(
            Effect.acquireUseRelease(
              Effect.sync(() => {
                most = Math.max(most, ++inside)
              }),
              () => Effect.repeatN(Effect.yieldNow(), turns),
              () => Effect.sync(() => inside--),
            ),
          )
        const fibers = yield* Effect.forEach(guests, ([turns, patience]) =>
          Effect.fork(
            Effect.flatMap(Effect.fork(visit(turns)), (fiber) =>
              Effect.zipRight(Effect.repeatN(Effect.yieldNow(), patience), Fiber.interrupt(fiber)),
            ),
          ),
        )
        yield* Fiber.joinAll(fibers)
        expect([inside, most <= 2]).toEqual([0, true])
        const both = Effect.all([Deferred.make<void>(), Deferred.make<void>()])
        const [one, other] = yield* both
        const meet = (mine: Deferred.Deferred<void>, theirs: Deferred.Deferred<void>) =>
          places.run(Effect.zipRight(Deferred.succeed(mine, undefined), Deferred.await(theirs)))
        // Each waits for the other to be inside: with one place lost they would wait forever.
        yield* Effect.all([meet(one, other), meet(other, one)], { concurrency: 2 })
      }),
  )
})
