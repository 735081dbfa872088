import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as EventHub from "../../../src/services/poller/EventHub.js"
import { settled } from "./settled.js"

const hubOf = (capacity: number) => EventHub.make<string>(capacity, (count) => `missed ${count}`)

/** Starts to read all there is, and comes back once the reader has signed up. */
const readAll = <A>(stream: Stream.Stream<A>) => Effect.tap(Effect.fork(Stream.runCollect(stream)), () => settled)

const told = <A>(fiber: Fiber.Fiber<Chunk.Chunk<A>>) => Effect.map(Fiber.join(fiber), Chunk.toReadonlyArray)

describe("EventHub", () => {
  it.effect("tells every reader what is published while it reads, in order", () =>
    Effect.gen(function* () {
      const hub = hubOf(10)
      hub.publish("before")
      const first = yield* readAll(hub.stream)
      hub.publish("a")
      const second = yield* readAll(hub.stream)
      hub.publish("b")
      hub.publish("c")
      hub.end()
      expect(yield* told(first)).toEqual(["a", "b", "c"])
      expect(yield* told(second)).toEqual(["b", "c"])
    }),
  )

  it.effect("loses a slow reader's oldest events, tells it how many, and holds up nobody", () =>
    Effect.gen(function* () {
      const hub = hubOf(3)
      const gate = yield* Deferred.make<void>()
      const slow = yield* readAll(Stream.tap(hub.stream, () => Deferred.await(gate)))
      const fast = yield* readAll(hub.stream)
      for (let number = 0; number < 10; number++) {
        hub.publish(String(number))
        yield* settled
      }
      hub.end()
      expect(yield* told(fast)).toEqual(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"])
      yield* Deferred.succeed(gate, undefined)
      expect(yield* told(slow)).toEqual(["0", "missed 6", "7", "8", "9"])
    }),
  )

  it.effect("ends at once for who comes after the end", () =>
    Effect.gen(function* () {
      const hub = hubOf(3)
      hub.publish("a")
      hub.end()
      expect(yield* Stream.runCount(hub.stream)).toBe(0)
    }),
  )

  it.effect("forgets readers who left", () =>
    Effect.gen(function* () {
      const hub = hubOf(3)
      const one = yield* Effect.fork(Stream.runHead(hub.stream))
      yield* settled
      hub.publish("a")
      expect(yield* Fiber.join(one)).toMatchObject({ value: "a" })
      hub.publish("b")
      const later = yield* readAll(hub.stream)
      hub.end()
      expect(yield* told(later)).toEqual([])
    }),
  )
})
