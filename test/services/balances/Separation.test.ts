import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as Balances from "../../../src/services/Balances.js"
import * as FetchPolicy from "../../../src/services/FetchPolicy.js"
import * as RunwayAnalysis from "../../../src/services/RunwayAnalysis.js"
import * as Zoo from "../../../src/services/Zoo.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"
import * as TempFolder from "../../infra/store/TempFolder.js"
import { alice, as, asked, get, NOW, withServices } from "./World.js"

const left = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(Effect.either(effect), Either.getLeft)

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

const hour = { policy: FetchPolicy.cacheFirst("1 hour") }

/** Services of a process over a file that others may have open. */
const processes = Effect.gen(function* () {
  yield* TestClock.setTime(NOW)
  const stub = yield* StubZoo.make({ accounts: [alice] })
  const database = `${yield* TempFolder.make}/history.db`
  const process = Zoo.layer({
    database,
    baseUrl: stub.baseUrl,
    attempts: 1,
    callsPerSecond: Number.POSITIVE_INFINITY,
  })
  return { stub, process, one: yield* Layer.build(process), other: yield* Layer.build(process) }
})

describe("What a process remembers", () => {
  it.scoped("is never older than what another one has just fetched with the same token", () =>
    Effect.gen(function* () {
      const { one, other, stub } = yield* processes
      const mine = get(Subject.me, { ...as("alice-token"), ...hour })
      for (const services of [one, other, one, other]) yield* Effect.provide(mine, services)
      expect(asked(stub)).toBe(1)
      for (const [asking, reading] of [
        [one, other],
        [other, one],
      ] as const) {
        yield* TestClock.adjust("1 minute")
        const options = { ...as("alice-token"), policy: FetchPolicy.refresh }
        const { snapshot } = yield* Effect.provide(get(Subject.me, options), asking)
        expect((yield* Effect.provide(mine, reading)).snapshot).toEqual(snapshot)
      }
      expect(asked(stub)).toBe(3)
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})

describe("A token that is refused", () => {
  it.scoped("is handed nothing by another process, nor after a restart, until it is answered again", () =>
    Effect.gen(function* () {
      const { one, other, process, stub } = yield* processes
      const mine = get(Subject.me, { ...as("alice-token"), ...hour })
      yield* Effect.provide(mine, one)
      expect((yield* Effect.provide(mine, other))._tag).toBe("Fresh")
      yield* TestClock.adjust("1 minute")
      stub.failNext({ status: 401 })
      yield* left(Effect.provide(get(Subject.me, { ...as("alice-token"), policy: FetchPolicy.refresh }), one))
      for (const services of [other, yield* Layer.build(process)]) {
        stub.failNext({ status: 503 })
        expect(yield* left(Effect.provide(mine, services))).toMatchObject(Option.some({ _tag: "Unavailable" }))
      }
      yield* TestClock.adjust("1 minute")
      expect((yield* Effect.provide(mine, other))._tag).toBe("Fresh")
      expect((yield* Effect.provide(mine, one))._tag).toBe("Fresh")
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )

  it.scoped("has no report of what others fetched since", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(NOW)
      const stub = yield* StubZoo.make({ accounts: [alice] })
      yield* Effect.gen(function* () {
        const analysis = yield* RunwayAnalysis.RunwayAnalysis
        yield* get(Subject.me, as("alice-token"))
        yield* TestClock.adjust("1 hour")
        yield* get(Subject.me, as("alice-token-rotated"))
        const now = Timestamp.fromMillis(NOW + 3_600_000)
        const own = yield* analysis.report(Subject.me, { ...as("alice-token"), now })
        expect(own.observedAt.epochMillis).toBe(NOW)
        stub.failNext({ status: 401 })
        yield* left(get(Subject.me, { ...as("alice-token"), policy: FetchPolicy.refresh }))
        expect(yield* left(analysis.report(Subject.me, { ...as("alice-token"), now }))).toMatchObject(
          Option.some({ _tag: "NothingCached" }),
        )
      }).pipe(Effect.provide(Zoo.layerTest({ baseUrl: stub.baseUrl })))
    }).pipe(Effect.provide(FetchHttpClient.layer)),
  )
})

describe("An organisation", () => {
  it.effect("is asked for anew, so that a token whose holder moved opens the history of the one that it is in", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const org = get(Subject.org, as("employee-token"))
        const before = yield* org
        yield* TestClock.adjust("11 minutes")
        const body = { headers: { "content-type": "application/json" }, status: 200 }
        stub.failNext({ ...body, body: StubZoo.exampleBody }, { ...body, body: JSON.stringify({ id: "another-org" }) })
        const after = yield* org
        expect(after.snapshot.account).toEqual(Account.organization(stub.baseUrl, "another-org"))
        yield* TestClock.adjust("11 minutes")
        // Where it cannot be asked for, what was told last stands.
        stub.failNext({ ...body, body: StubZoo.exampleBody }, { status: 503 })
        expect((yield* org).snapshot.account).toEqual(after.snapshot.account)
        expect(before.snapshot.account).not.toEqual(after.snapshot.account)
      }),
    ),
  )
})

describe("Whoever asks first", () => {
  it.effect("takes nothing from the others when it leaves while the token's holder is asked for", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const balances = yield* Balances.Balances
        stub.failNext("silence")
        const asking = yield* Effect.fork(balances.told(Subject.me, as("alice-token")))
        yield* Effect.repeat(turn, { until: () => stub.requests.length === 1 })
        const getting = yield* Effect.fork(get(Subject.me, as("alice-token")))
        yield* Effect.repeat(turn, { until: () => asked(stub) === 1 })
        yield* Fiber.interrupt(asking)
        yield* TestClock.adjust("10 seconds")
        const exit = yield* Fiber.await(getting)
        expect(Exit.isSuccess(exit)).toBe(true)
      }),
    ),
  )

  it.effect("does not send what is in its own context for those who wait with it", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        yield* get(Subject.me, as("alice-token")).pipe(
          Effect.provideService(FetchHttpClient.RequestInit, { headers: { "x-of-one": "caller" } }),
        )
        expect(stub.requests.length).toBeGreaterThan(0)
        for (const { headers } of stub.requests) expect(headers["x-of-one"]).toBeUndefined()
      }),
    ),
  )
})

describe("An answer", () => {
  it.effect("does not wait long for a history that is locked", () => {
    const locked = Layer.map(SnapshotStore.layerMemory, (context) =>
      Context.add(context, SnapshotStore.SnapshotStore, {
        ...Context.get(context, SnapshotStore.SnapshotStore),
        append: () => Effect.never,
      }),
    )
    return withServices(
      (stub) =>
        Effect.gen(function* () {
          const getting = yield* Effect.fork(get(Subject.me, as("alice-token")))
          yield* Effect.repeat(turn, { until: () => stub.requests.length === 2 })
          for (let nth = 0; nth < 20; nth++) yield* turn
          yield* TestClock.adjust("1 second")
          const reading = yield* Fiber.join(getting)
          expect(reading).toMatchObject({
            _tag: "Fresh",
            warnings: [{ _tag: "NotKept", cause: { _tag: "StoreBusy" } }],
          })
        }),
      { store: locked },
    )
  })

  it.effect("is stored together with the note to which credential and subject it was given", () => {
    const appended: Array<SnapshotStore.AppendOptions | undefined> = []
    const noting = Layer.map(SnapshotStore.layerMemory, (context) => {
      const store = Context.get(context, SnapshotStore.SnapshotStore)
      return Context.add(context, SnapshotStore.SnapshotStore, {
        ...store,
        append: (snapshot, options) => {
          appended.push(options)
          return store.append(snapshot, options)
        },
      })
    })
    return withServices(
      (stub) =>
        Effect.gen(function* () {
          const { credential } = as("alice-token")
          yield* get(Subject.me, { credential })
          expect(appended).toEqual([{ answered: { baseUrl: stub.baseUrl, credential, subject: Subject.me } }])
          const balances = yield* Balances.Balances
          const { until } = yield* balances.historyOf(Subject.me, { credential })
          expect(until).toEqual(Option.some(Timestamp.fromMillis(NOW)))
        }),
      { store: noting },
    )
  })

  for (const [how, takes, warnings] of [
    ["that is late", 500, []],
    ["that could not be stored in time", 10_000, [{ _tag: "NotKept", cause: { _tag: "StoreBusy" } }]],
  ] as const) {
    it.effect(`${how} gives way to the newer one that another process has stored, in the reading and in memory`, () => {
      const overtaken = Layer.map(SnapshotStore.layerMemory, (context) => {
        const store = Context.get(context, SnapshotStore.SnapshotStore)
        return Context.add(context, SnapshotStore.SnapshotStore, {
          ...store,
          // Another process asks after this one, and stores its answer first.
          append: ({ account, balance, observedAt }, options) => {
            const newer = Snapshot.make(account, DateTime.add(observedAt, { millis: 500 }), balance)
            return store
              .append(newer, options)
              .pipe(
                Effect.zipRight(TestClock.adjust(takes)),
                Effect.zipRight(store.append(Snapshot.make(account, observedAt, balance), options)),
              )
          },
        })
      })
      return withServices(
        (stub) =>
          Effect.gen(function* () {
            const mine = get(Subject.me, { ...as("alice-token"), ...hour })
            const [first, second] = [yield* mine, yield* mine]
            expect(first.warnings).toMatchObject(warnings)
            for (const { _tag, snapshot } of [first, second]) {
              expect([_tag, snapshot.observedAt.epochMillis]).toEqual(["Fresh", NOW + 500])
            }
            expect(asked(stub)).toBe(1)
          }),
        { store: overtaken },
      )
    })
  }

  it.effect("serves as long as any other after the clock was set back", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const mine = get(Subject.me, { credential: Redacted.make("alice-token") })
        yield* mine
        yield* TestClock.setTime(NOW - 3_600_000)
        for (let nth = 0; nth < 5; nth++) yield* mine
        expect(asked(stub)).toBe(2)
      }),
    ),
  )
})
