import { describe, expect, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { Answers } from "../../../src/infra/store/Answers.js"
import { Leases } from "../../../src/infra/store/Leases.js"
import { StoreCorrupt, StoreFull } from "../../../src/infra/store/StoreError.js"
import * as Credentials from "../../../src/infra/zoo/Credentials.js"
import type * as Balances from "../../../src/services/Balances.js"
import * as FetchPolicy from "../../../src/services/FetchPolicy.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"
import { alice, as, asked, bob, get, NOW, withServices } from "./World.js"

const me = (token: string, options: Omit<Balances.GetOptions, "credential"> = {}) =>
  get(Subject.me, { ...as(token), ...options })

const left = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.map(Effect.either(effect), Either.getLeft)

const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))

/** Lets the network and what runs behind work until `condition` holds. */
const until = (condition: () => boolean) => Effect.repeat(turn, { until: condition })

/** The store in memory, with some of its methods replaced. */
const broken = (replace: (store: SnapshotStore.Service) => Partial<SnapshotStore.Service>) =>
  Layer.map(SnapshotStore.layerMemory, (context) => {
    const store = Context.get(context, SnapshotStore.SnapshotStore)
    return Context.add(context, SnapshotStore.SnapshotStore, { ...store, ...replace(store) })
  })

describe("One call", () => {
  it.effect("is made for a thousand who ask for one unknown balance at once", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const readings = yield* Effect.forEach(Array.from({ length: 1000 }), () => me("alice-token"), {
          concurrency: "unbounded",
        })
        expect(stub.requests.map(({ url }) => url)).toEqual([
          "/user/payment/balance?include_total_due=true",
          "/user",
          "/user/billing/usage-collection-threshold",
        ])
        expect(new Set(readings.map(({ snapshot }) => snapshot)).size).toBe(1)
      }),
    ),
  )

  it.effect("answers the others when one of those who wait is cancelled, even the one who began it", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        stub.failNext("silence")
        const first = yield* Effect.fork(me("bob-token"))
        yield* until(() => asked(stub) === 1)
        const [second, third] = [yield* Effect.fork(me("bob-token")), yield* Effect.fork(me("bob-token"))]
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(first)
        yield* Fiber.interrupt(third)
        yield* TestClock.adjust("10 seconds")
        expect(yield* left(Fiber.join(second))).toMatchObject(Option.some({ _tag: "Unavailable", reason: "Timeout" }))
        expect(asked(stub)).toBe(1)
      }),
    ),
  )

  it.effect("goes on, and is kept, when nobody waits any more", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const alone = yield* Effect.fork(me("alice-token"))
        yield* until(() => asked(stub) === 1)
        yield* Fiber.interrupt(alone)
        const store = yield* SnapshotStore.SnapshotStore
        const account = Account.user(stub.baseUrl, alice.id)
        yield* Effect.repeat(Effect.zipRight(turn, store.latest(account)), { until: Option.isSome })
        yield* me("alice-token")
        expect(asked(stub)).toBe(1)
      }),
    ),
  )

  it.effect("is made for each token, and each gets its own, however they ask at once", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const tokens = ["alice-token", "bob-token", "alice-token", "bob-token"]
        const readings = yield* Effect.forEach(tokens, (token) => me(token), { concurrency: "unbounded" })
        const owners = readings.map(({ snapshot }) => Account.formatOwner(snapshot.account.owner))
        expect(owners).toEqual([alice.id, bob.id, alice.id, bob.id].map((id) => `user:${id}`))
        expect(asked(stub)).toBe(2)
        const [a, b] = readings
        expect(a && b && Usd.Equivalence(Snapshot.stable(a.snapshot), Snapshot.stable(b.snapshot))).toBe(false)
      }),
    ),
  )
})

describe("A call", () => {
  it.effect("for one subject answers no other, however their ids are written", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        stub.failNext("silence")
        const whole = yield* Effect.fork(get(Subject.user(bob.id), as("employee-token")))
        yield* until(() => asked(stub) === 1)
        const alike = get(Subject.user(`${bob.id} due`), { ...as("employee-token"), includeTotalDue: false })
        expect(yield* left(alike)).toMatchObject(Option.some({ _tag: "NotFound" }))
        yield* Fiber.interrupt(whole)
      }),
    ),
  )

  it.effect("of a token whose holder cannot be asked for leaves its answer in memory", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const headers = { "content-type": "application/json" }
        stub.failNext({ status: 200, headers, body: StubZoo.exampleBody }, { status: 500 })
        const first = yield* me("alice-token")
        expect(first.warnings).toMatchObject([{ _tag: "NotResolved" }])
        yield* TestClock.adjust("1 minute")
        expect((yield* me("alice-token")).snapshot).toEqual(first.snapshot)
        expect(asked(stub)).toBe(1)
      }),
    ),
  )
})

describe("What is kept", () => {
  it.effect("is handed out past its time while the API is asked behind, where the policy says so", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const policy = FetchPolicy.cacheFirst({ maxAge: "1 minute", staleWhileRevalidate: "1 hour", jitter: 0 })
        const first = yield* me("alice-token", { policy })
        yield* TestClock.adjust("30 minutes")
        const second = yield* me("alice-token", { policy })
        if (second._tag !== "Stale") return expect.fail(second._tag)
        expect(second.snapshot).toEqual(first.snapshot)
        expect([second.cause._tag, Duration.toMinutes(second.age)]).toEqual(["Revalidating", 30])
        yield* until(() => asked(stub) === 2)
        const third = yield* Effect.repeat(Effect.zipRight(turn, me("alice-token", { policy })), {
          until: ({ _tag }) => _tag === "Fresh",
        })
        expect(third.snapshot.observedAt.epochMillis).toBe(NOW + 30 * 60_000)
        expect(asked(stub)).toBe(2)
      }),
    ),
  )

  it.effect("is handed out stale for as long as the policy says, and not longer", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const policy = FetchPolicy.cacheFirst({ maxAge: "1 minute", staleIfError: "1 hour" })
        yield* me("alice-token", { policy })
        yield* TestClock.adjust("61 minutes")
        stub.failNext("close")
        expect(yield* me("alice-token", { policy })).toMatchObject({ _tag: "Stale", cause: { reason: "Network" } })
        yield* TestClock.adjust("1 minute")
        stub.failNext("close")
        expect(yield* left(me("alice-token", { policy }))).toMatchObject(Option.some({ reason: "Network" }))
      }),
    ),
  )

  it.effect("is asked for anew once the refresh that it names has passed, however young it is", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const refreshAt = Date.parse("2026-09-01T00:00:00Z")
        yield* TestClock.setTime(refreshAt - 10_000)
        const before = yield* me("alice-token")
        expect(before.snapshot.balance.refresh).toMatchObject({ at: { epochMillis: refreshAt } })
        yield* TestClock.adjust("9 seconds")
        yield* me("alice-token")
        expect(asked(stub)).toBe(1)
        yield* TestClock.adjust("1 second")
        yield* me("alice-token")
        expect(asked(stub)).toBe(2)
      }),
    ),
  )

  it.effect("is handed out stale to who asks the network first and in vain", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const policy = FetchPolicy.networkFirst()
        yield* me("alice-token", { policy })
        yield* me("alice-token", { policy })
        expect(asked(stub)).toBe(2)
        stub.failNext({ status: 503 })
        expect(yield* me("alice-token", { policy })).toMatchObject({ _tag: "Stale", cause: { reason: "Server" } })
      }),
    ),
  )

  it.effect("is provisional until a second look agrees", () =>
    withServices(() =>
      Effect.gen(function* () {
        const { balance } = (yield* me("alice-token")).snapshot
        expect((yield* me("alice-token")).isProvisional).toBe(true)
        yield* TestClock.adjust("1 minute")
        const again = yield* me("alice-token", { policy: FetchPolicy.refresh })
        expect(Usd.Equivalence(again.snapshot.balance.monthly.value, balance.monthly.value)).toBe(true)
        expect(again.isProvisional).toBe(false)
        // And so it is when it comes out of the file.
        expect((yield* me("alice-token", { policy: FetchPolicy.cacheOnly })).isProvisional).toBe(false)
      }),
    ),
  )

  it.effect("is provisional no longer than the API lags", () =>
    withServices(() =>
      Effect.gen(function* () {
        const policy = FetchPolicy.cacheFirst("1 hour")
        expect((yield* me("alice-token", { policy })).isProvisional).toBe(true)
        yield* TestClock.adjust("5 minutes")
        expect((yield* me("alice-token", { policy })).isProvisional).toBe(false)
      }),
    ),
  )

  it.effect("of a cheap look does not serve who wants the amount due, and the other way round it does", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const cheap = yield* me("alice-token", { includeTotalDue: false })
        expect(cheap.snapshot.balance.due._tag).toBe("NotRequested")
        yield* TestClock.adjust("1 second")
        const whole = yield* me("alice-token")
        expect(whole.snapshot.balance.due._tag).toBe("Due")
        expect(asked(stub)).toBe(2)
        expect(yield* me("alice-token", { includeTotalDue: false })).toMatchObject({ snapshot: whole.snapshot })
        expect(asked(stub)).toBe(2)
        // A cheap look is due again after a minute; the amount due is known for five.
        yield* TestClock.adjust("61 seconds")
        const later = yield* me("alice-token", { includeTotalDue: false })
        expect(later.snapshot.observedAt.epochMillis).toBe(NOW + 62_000)
        expect((yield* me("alice-token")).snapshot).toEqual(whole.snapshot)
        expect(asked(stub)).toBe(3)
      }),
    ),
  )

  it.effect("shows in memory what else was written to the history, and what was taken out of it", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const first = yield* me("alice-token")
        const store = yield* SnapshotStore.SnapshotStore
        yield* store.append(
          Snapshot.make(Account.user(stub.baseUrl, bob.id), Timestamp.fromMillis(NOW), first.snapshot.balance),
        )
        expect((yield* me("alice-token")).snapshot).toEqual(first.snapshot)
        yield* store.forget(first.snapshot.account)
        expect(yield* left(me("alice-token", { policy: FetchPolicy.cacheOnly }))).toMatchObject(
          Option.some({ _tag: "NothingCached" }),
        )
        yield* me("alice-token")
        expect(asked(stub)).toBe(2)
      }),
    ),
  )

  it.effect("is the same for few that fit into memory and for many that do not", () =>
    withServices(
      (stub) =>
        Effect.gen(function* () {
          for (const token of ["alice-token", "bob-token", "alice-token-rotated"]) yield* me(token)
          for (const [token, { id }] of [
            ["alice-token", alice],
            ["bob-token", bob],
            ["alice-token-rotated", alice],
          ] as const) {
            const { snapshot } = yield* me(token)
            expect(snapshot.account).toEqual(Account.user(stub.baseUrl, id))
          }
          expect(asked(stub)).toBe(3)
        }),
      { balances: { capacity: 2 } },
    ),
  )
})

describe("A failure", () => {
  it.effect("is told to those who ask soon after, without asking the API again", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        stub.failNext({ status: 500 })
        yield* left(me("alice-token"))
        expect(yield* left(me("alice-token"))).toMatchObject(Option.some({ _tag: "Unavailable", reason: "Server" }))
        expect(asked(stub)).toBe(1)
        yield* TestClock.adjust("1 second")
        expect((yield* me("alice-token"))._tag).toBe("Fresh")
      }),
    ),
  )

  it.effect("of one token is not told to another", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        stub.failNext({ status: 401 })
        yield* left(me("alice-token"))
        expect((yield* me("alice-token-rotated"))._tag).toBe("Fresh")
        expect((yield* me("bob-token"))._tag).toBe("Fresh")
        expect(yield* left(me("alice-token"))).toMatchObject(Option.some({ _tag: "Refused" }))
      }),
    ),
  )

  it.effect("of a token that is refused lasts a minute, and what it was answered before is handed out to nobody", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const hour = FetchPolicy.cacheFirst("1 hour")
        yield* me("alice-token", { policy: hour })
        stub.failNext({ status: 403 })
        yield* left(me("alice-token", { policy: FetchPolicy.refresh }))
        expect(yield* left(me("alice-token", { policy: hour }))).toMatchObject(Option.some({ reason: "Forbidden" }))
        expect(yield* left(me("alice-token", { policy: FetchPolicy.cacheOnly }))).toMatchObject(
          Option.some({ _tag: "NothingCached" }),
        )
        expect(asked(stub)).toBe(2)
        yield* TestClock.adjust("61 seconds")
        stub.failNext({ status: 503 })
        // Fresh it may be, but nobody knows whether it is still this token's to see.
        expect(yield* left(me("alice-token", { policy: hour }))).toMatchObject(Option.some({ _tag: "Unavailable" }))
        yield* TestClock.adjust("10 seconds")
        expect((yield* me("alice-token", { policy: hour }))._tag).toBe("Fresh")
        expect(asked(stub)).toBe(4)
      }),
    ),
  )

  it.effect("of too many calls holds until the API's Retry-After, for a refresh as well", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        yield* me("alice-token")
        stub.failNext({ status: 429, headers: { "retry-after": "20" } })
        const refresh = { policy: FetchPolicy.refresh }
        yield* left(me("alice-token", refresh))
        yield* TestClock.adjust("5 seconds")
        expect(yield* left(me("alice-token", refresh))).toMatchObject(
          Option.some({ _tag: "RateLimited", retryAfter: Option.some(Duration.seconds(15)) }),
        )
        expect(asked(stub)).toBe(2)
        yield* TestClock.adjust("15 seconds")
        expect((yield* me("alice-token", refresh))._tag).toBe("Fresh")
      }),
    ),
  )

  it.effect("warns who is handed out a balance that counts as fresh still, until the API answers again", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const first = yield* me("alice-token")
        stub.failNext({ status: 503 })
        const failed = yield* left(me("alice-token", { policy: FetchPolicy.refresh }))
        for (const minutes of [0, 2]) {
          yield* TestClock.adjust(`${minutes} minutes`)
          const reading = yield* me("alice-token")
          expect(reading).toMatchObject({ _tag: "Fresh", snapshot: first.snapshot })
          expect(reading.warnings).toMatchObject([{ _tag: "NotRefreshed", cause: Option.getOrThrow(failed) }])
        }
        expect((yield* me("bob-token")).warnings).toEqual([])
        yield* me("alice-token", { policy: FetchPolicy.refresh })
        expect((yield* me("alice-token")).warnings).toEqual([])
      }),
    ),
  )

  it.effect("never replaces a good reading", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const first = yield* me("alice-token")
        for (const fault of [{ status: 500 }, "close", { status: 200, body: "<html>busy</html>" }, "cut"] as const) {
          yield* TestClock.adjust("10 minutes")
          stub.failNext(fault)
          expect(yield* me("alice-token")).toMatchObject({ _tag: "Stale", snapshot: first.snapshot })
        }
      }),
    ),
  )

  it.effect("to write the history leaves the newest answer in memory, which serves until it is old", () =>
    withServices(
      (stub) =>
        Effect.gen(function* () {
          const first = yield* me("alice-token")
          expect(first.warnings).toMatchObject([{ _tag: "NotKept" }])
          yield* TestClock.adjust("1 minute")
          const second = yield* me("alice-token")
          expect([second._tag, second.snapshot]).toEqual(["Fresh", first.snapshot])
          expect(asked(stub)).toBe(1)
        }),
      {
        store: broken(() => ({
          append: () => Effect.fail(new StoreFull({ path: "history.db", operation: "SnapshotStore.append" })),
        })),
      },
    ),
  )

  it.effect("to read the history fails nobody but who wants nothing else", () => {
    const corrupt = new StoreCorrupt({ path: "history.db", table: "snapshot", key: "1" })
    const unreadable = Layer.map(SnapshotStore.layerMemory, (context) =>
      Context.add(context, Answers, { ...Context.get(context, Answers), last: () => Effect.fail(corrupt) }),
    )
    return withServices(
      () =>
        Effect.gen(function* () {
          const reading = yield* me("alice-token")
          expect(reading._tag).toBe("Fresh")
          expect(reading.warnings).toMatchObject([{ _tag: "NotRead", cause: { _tag: "StoreCorrupt" } }])
          expect(yield* left(me("alice-token", { policy: FetchPolicy.cacheOnly }))).toEqual(Option.some(corrupt))
        }),
      { store: unreadable },
    )
  })
})

describe("A call that waits for another process", () => {
  /** Whether another process holds the leases of calls for cheap balances, and how often they were refused. */
  interface Other {
    isHolding: boolean
    refusals: number
  }
  const withOther = <A, E>(use: (stub: StubZoo.Service, other: Other) => Effect.Effect<A, E, Balances.Balances>) => {
    const other: Other = { isHolding: true, refusals: 0 }
    const holds = (key: string): boolean => other.isHolding && !key.startsWith("due ")
    const store = Layer.map(SnapshotStore.layerMemory, (context) => {
      const leases = Context.get(context, Leases)
      return Context.add(context, Leases, {
        take: (key) => {
          if (!holds(key)) return leases.take(key)
          other.refusals++
          return Effect.succeedNone
        },
        isHeld: (key) => (holds(key) ? Effect.succeed(true) : leases.isHeld(key)),
      })
    })
    return withServices((stub) => use(stub, other), { store })
  }
  const cheap = { includeTotalDue: false }
  const begin = (other: Other) =>
    Effect.tap(Effect.fork(Effect.either(me("alice-token", cheap))), () => until(() => other.refusals === 1))
  const end = <A>(fiber: Fiber.RuntimeFiber<A>) =>
    Effect.zipRight(
      Effect.repeat(Effect.zipRight(TestClock.adjust("500 millis"), turn), {
        until: () => fiber.unsafePoll() !== null,
      }),
      Fiber.join(fiber),
    )

  it.effect("fails with the failure of another call of this process, without asking", () =>
    withOther((stub, other) =>
      Effect.gen(function* () {
        const waiting = yield* begin(other)
        stub.failNext({ status: 503 })
        yield* left(me("alice-token"))
        other.isHolding = false
        expect(Either.getLeft(yield* end(waiting))).toMatchObject(Option.some({ reason: "Server" }))
        expect(asked(stub)).toBe(1)
        // It counts as one failure: the second in a row would be cached for two seconds.
        yield* TestClock.adjust("1 second")
        expect((yield* me("alice-token"))._tag).toBe("Fresh")
      }),
    ),
  )

  it.effect("returns the answer to another call of this process, without asking", () =>
    withOther((stub, other) =>
      Effect.gen(function* () {
        const waiting = yield* begin(other)
        const { snapshot } = yield* me("alice-token")
        expect(Either.getRight(yield* end(waiting))).toMatchObject(Option.some({ _tag: "Fresh", snapshot }))
        expect(asked(stub)).toBe(1)
      }),
    ),
  )

  it.effect("ends at its deadline without asking, stale where an answer is stored, and is not repeated at once", () =>
    withOther((stub, other) =>
      Effect.gen(function* () {
        const { snapshot } = yield* me("alice-token")
        yield* TestClock.adjust("10 minutes")
        const waiting = yield* begin(other)
        const begun = yield* Clock.currentTimeMillis
        const stale = { _tag: "Stale", snapshot, cause: { _tag: "Unavailable", reason: "Timeout" } }
        expect(Either.getRight(yield* end(waiting))).toMatchObject(Option.some(stale))
        const millis = (yield* Clock.currentTimeMillis) - begun
        expect(millis).toBeGreaterThanOrEqual(35_000)
        expect(millis).toBeLessThanOrEqual(35_000 + 500)
        expect(yield* me("alice-token", cheap)).toMatchObject(stale)
        expect(other.refusals).toBe(1)
        expect(asked(stub)).toBe(1)
      }),
    ),
  )
})

describe("A token of the layer that is refused", () => {
  const rotating = (tokens: ReadonlyArray<string>) => {
    let reads = 0
    const read = Effect.sync(() => Option.some(as(tokens[Math.min(reads++, tokens.length - 1)] ?? "").credential))
    return Effect.map(Credentials.make(read), (token) => ({ token, reads: () => reads }))
  }

  it.effect("is read anew, so that a rotated one works at once and carries the history on", () =>
    Effect.gen(function* () {
      const { reads, token } = yield* rotating(["alice-token-revoked", "alice-token-rotated"])
      yield* withServices(
        (stub) =>
          Effect.gen(function* () {
            const reading = yield* get(Subject.me)
            expect(reading.snapshot.account).toEqual(Account.user(stub.baseUrl, alice.id))
            expect(stub.requests.map((request) => request.token)).toEqual([
              "alice-token-revoked",
              "alice-token-rotated",
              "alice-token-rotated",
              "alice-token-rotated",
            ])
            yield* get(Subject.me)
            expect(reads()).toBe(2)
          }),
        { balances: { token } },
      )
    }),
  )

  it.effect("stays refused where it is still the same", () =>
    Effect.gen(function* () {
      const { token } = yield* rotating(["nobody's-token"])
      yield* withServices(
        (stub) =>
          Effect.gen(function* () {
            expect(yield* left(get(Subject.me))).toMatchObject(Option.some({ reason: "Unauthorized" }))
            expect(yield* left(get(Subject.me))).toMatchObject(Option.some({ reason: "Unauthorized" }))
            expect(asked(stub)).toBe(1)
          }),
        { balances: { token } },
      )
    }),
  )
})

describe("What is under way", () => {
  it.effect("ends with the layer", () =>
    Effect.gen(function* () {
      const ended = yield* Deferred.make<void>()
      yield* withServices((stub) =>
        Effect.gen(function* () {
          stub.failNext("silence")
          yield* Effect.fork(Effect.onExit(me("alice-token"), () => Deferred.succeed(ended, undefined)))
          yield* until(() => asked(stub) === 1)
        }),
      )
      yield* Deferred.await(ended)
    }),
  )
})
