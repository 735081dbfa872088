import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as Balances from "../../../src/services/Balances.js"
import * as FetchPolicy from "../../../src/services/FetchPolicy.js"
import type { Reading } from "../../../src/services/Reading.js"
import type * as StubZoo from "../../../src/testing/StubZoo.js"
import { alice, as, asked, get, NOW, withServices } from "./World.js"

const alicesBalance = as("alice-token")

const changes = (options: Balances.ChangesOptions = {}) =>
  Stream.unwrap(
    Effect.map(Balances.Balances, (balances) => balances.changes(Subject.me, { ...alicesBalance, ...options })),
  )

/** Follows a subject behind; gives what came so far. */
const follow = (options?: Balances.ChangesOptions) =>
  Effect.gen(function* () {
    const seen: Array<Reading> = []
    const fiber = yield* Effect.fork(
      Stream.runForEach(changes(options), (reading) => Effect.sync(() => seen.push(reading))),
    )
    return { seen, fiber }
  })

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Lets the network work until `condition` holds. */
const until = (condition: () => boolean) => Effect.repeat(turn, { until: condition })

const tell = (reading: Reading) =>
  `${reading._tag} ${(reading.snapshot.observedAt.epochMillis - NOW) / 60_000}${reading.isProvisional ? " provisional" : ""}`

const quietly = (stub: StubZoo.Service) => stub.setNow(NOW)

describe("Balances.changes", () => {
  it.effect("begins with what a get gives, and goes on with what it finds when it is time to look", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        quietly(stub)
        const { seen } = yield* follow()
        yield* until(() => seen.length === 1)
        // A first look is provisional, and confirmed once the API can lag no more.
        yield* TestClock.adjust("5 minutes")
        yield* until(() => seen.length === 2)
        yield* TestClock.adjust("15 minutes")
        yield* until(() => seen.length === 3)
        expect(seen.map(tell)).toEqual(["Fresh 0 provisional", "Fresh 5", "Fresh 20"])
        expect(asked(stub)).toBe(3)
      }),
    ),
  )

  it.effect("tells what others ask for, and does not ask again for it", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        quietly(stub)
        const { seen } = yield* follow()
        yield* until(() => seen.length === 1)
        yield* TestClock.adjust("4 minutes")
        yield* get(Subject.me, { ...alicesBalance, policy: FetchPolicy.refresh })
        yield* until(() => seen.length === 2)
        yield* TestClock.adjust("14 minutes")
        expect(seen.map(tell)).toEqual(["Fresh 0 provisional", "Fresh 4"])
        expect(asked(stub)).toBe(2)
      }),
    ),
  )

  it.effect("is one call for many who follow one subject, and none for another's token", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        quietly(stub)
        const followers = yield* Effect.all(Array.from({ length: 20 }, () => follow()))
        yield* until(() => followers.every(({ seen }) => seen.length === 1))
        const other = yield* follow(as("alice-token-rotated"))
        yield* until(() => other.seen.length === 1)
        expect(asked(stub)).toBe(2)
        yield* TestClock.adjust("5 minutes")
        yield* until(() => [...followers, other].every(({ seen }) => seen.length === 2))
        expect(asked(stub)).toBe(4)
      }),
    ),
  )

  it.effect("emits the newer reading of another process in place of its own that was stored after it", () => {
    let appends = 0
    const overtaken = Layer.map(SnapshotStore.layerMemory, (context) => {
      const store = Context.get(context, SnapshotStore.SnapshotStore)
      return Context.add(context, SnapshotStore.SnapshotStore, {
        ...store,
        append: (snapshot, options) => {
          if (++appends === 1) return store.append(snapshot, options)
          const { account, balance, observedAt } = snapshot
          const newer = Snapshot.make(account, DateTime.add(observedAt, { millis: 300 }), balance)
          return store
            .append(newer, options)
            .pipe(Effect.zipRight(TestClock.adjust("300 millis")), Effect.zipRight(store.append(snapshot, options)))
        },
      })
    })
    return withServices(
      (stub) =>
        Effect.gen(function* () {
          quietly(stub)
          const { seen } = yield* follow()
          yield* until(() => seen.length === 1)
          yield* TestClock.adjust("5 minutes")
          yield* until(() => seen.length === 2)
          for (let nth = 0; nth < 20; nth++) yield* turn
          expect(seen.map(tell)).toEqual(["Fresh 0 provisional", "Fresh 5.005"])
        }),
      { store: overtaken },
    )
  })

  it.effect("tells when the API is down, with what is kept, and when it is back", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        quietly(stub)
        const { seen } = yield* follow()
        yield* until(() => seen.length === 1)
        stub.failNext({ status: 503 })
        yield* TestClock.adjust("5 minutes")
        yield* until(() => seen.length === 2)
        yield* TestClock.adjust("15 minutes")
        yield* until(() => seen.length === 3)
        expect(seen.map(({ _tag }) => _tag)).toEqual(["Fresh", "Stale", "Fresh"])
        expect(seen[1]?.snapshot).toEqual(seen[0]?.snapshot)
      }),
    ),
  )

  it.effect("waits out what may pass where nothing is known yet", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        stub.failNext({ status: 503 }, "close")
        const { seen } = yield* follow()
        yield* until(() => asked(stub) === 1)
        // One minute, then two, each up to a fifth longer.
        yield* TestClock.adjust("72 seconds")
        yield* until(() => asked(stub) === 2)
        yield* TestClock.adjust("144 seconds")
        yield* until(() => seen.length === 1)
        expect(asked(stub)).toBe(3)
      }),
    ),
  )

  it.effect("ends with the failure where asking again would not help", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const nobody = yield* Effect.either(Stream.runDrain(changes(as("nobody's-token"))))
        expect(Either.getLeft(nobody)).toMatchObject(Option.some({ _tag: "Refused" }))
        const { fiber, seen } = yield* follow()
        yield* until(() => seen.length === 1)
        stub.failNext({ status: 403 })
        yield* TestClock.adjust("5 minutes")
        const refused = yield* Effect.either(Fiber.join(fiber))
        expect(Either.getLeft(refused)).toMatchObject(Option.some({ reason: "Forbidden" }))
      }),
    ),
  )

  it.effect("looks sooner as the expected end of the credits draws near, and right after a refresh", () =>
    withServices(
      (stub) =>
        Effect.gen(function* () {
          quietly(stub)
          const { seen } = yield* follow({ every: "1 hour" })
          yield* until(() => seen.length === 1)
          yield* TestClock.adjust("5 minutes")
          yield* until(() => seen.length === 2)
          // The end is expected at 65 minutes: a quarter of what is left until then, time and again.
          yield* TestClock.adjust("15 minutes")
          yield* until(() => seen.length === 3)
          yield* TestClock.adjust("675 seconds")
          yield* until(() => seen.length === 4)
          expect(seen.map(tell)).toEqual(["Fresh 0 provisional", "Fresh 5", "Fresh 20", "Fresh 31.25"])
        }),
      { balances: { crossing: () => Effect.succeedSome(Timestamp.fromMillis(NOW + 65 * 60_000)) } },
    ),
  )

  it.effect("leaves nothing behind when whoever follows stops", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        quietly(stub)
        const first = yield* Stream.runCollect(Stream.take(changes(), 1))
        expect(Chunk.toReadonlyArray(first).map(({ snapshot }) => snapshot.account.owner)).toMatchObject([
          { _tag: "User", id: alice.id },
        ])
        yield* TestClock.adjust("1 day")
        expect(asked(stub)).toBe(1)
      }),
    ),
  )
})
