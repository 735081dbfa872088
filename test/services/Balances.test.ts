import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import { StoreFull } from "../../src/infra/store/StoreError.js"
import * as Balances from "../../src/services/Balances.js"
import * as FetchPolicy from "../../src/services/FetchPolicy.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import * as Samples from "../infra/store/Samples.js"
import { alice, as, asked, bob, get, NOW, withServices } from "./balances/World.js"

describe("Balances", () => {
  it.effect("asks the API, keeps the answer under the account's id, and hands out what is kept while it is fresh", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const first = yield* get(Subject.me, as("alice-token"))
        expect(first._tag).toBe("Fresh")
        expect(first.warnings).toEqual([])
        expect(first.snapshot.account).toEqual(Account.user(stub.baseUrl, alice.id))
        expect(first.snapshot.balance.due._tag).toBe("Due")
        yield* TestClock.adjust("4 minutes")
        const second = yield* get(Subject.me, as("alice-token"))
        expect(second.snapshot).toEqual(first.snapshot)
        expect(asked(stub)).toBe(1)
        yield* TestClock.adjust("2 minutes")
        yield* get(Subject.me, as("alice-token"))
        expect(asked(stub)).toBe(2)
      }),
    ),
  )

  it.effect("never hands the balance of one token to another", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const [a, b] = yield* Effect.all([get(Subject.me, as("alice-token")), get(Subject.me, as("bob-token"))], {
          concurrency: 2,
        })
        expect(a.snapshot.account).toEqual(Account.user(stub.baseUrl, alice.id))
        expect(b.snapshot.account).toEqual(Account.user(stub.baseUrl, bob.id))
        expect(Usd.Equivalence(a.snapshot.balance.monthly.value, b.snapshot.balance.monthly.value)).toBe(false)
        // What an employee may see is not for somebody who may not, though it is kept and fresh.
        yield* get(Subject.user(alice.id), as("employee-token"))
        const refused = yield* Effect.either(get(Subject.user(alice.id), as("bob-token")))
        expect(Either.getLeft(refused)).toMatchObject(Option.some({ _tag: "Refused", reason: "Forbidden" }))
        const cached = yield* Effect.either(
          get(Subject.user(alice.id), { ...as("bob-token"), policy: FetchPolicy.cacheOnly }),
        )
        expect(Either.getLeft(cached)).toMatchObject(Option.some({ _tag: "NothingCached", kept: Option.none() }))
      }),
    ),
  )

  it.effect("carries the history on when a token is rotated", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        yield* get(Subject.me, as("alice-token"))
        yield* TestClock.adjust("1 hour")
        yield* get(Subject.me, as("alice-token-rotated"))
        const store = yield* SnapshotStore.SnapshotStore
        const kept = yield* Stream.runCollect(store.stream(Account.user(stub.baseUrl, alice.id)))
        expect(kept.length).toBe(2)
      }),
    ),
  )

  it.effect("does not hand a token what another token of the same account fetched since", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const first = yield* get(Subject.me, as("alice-token"))
        yield* TestClock.adjust("6 minutes")
        yield* get(Subject.me, as("alice-token-rotated"))
        const cacheOnly = { ...as("alice-token"), policy: FetchPolicy.cacheOnly }
        expect((yield* get(Subject.me, cacheOnly)).snapshot).toEqual(first.snapshot)
        stub.failNext({ status: 403 })
        for (const [options, _tag] of [
          [as("alice-token"), "Refused"],
          [cacheOnly, "NothingCached"],
        ] as const) {
          const refused = yield* Effect.either(get(Subject.me, options))
          expect(Either.getLeft(refused)).toMatchObject(Option.some({ _tag }))
        }
      }),
    ),
  )

  it.effect("asks whose token it is only once", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        yield* get(Subject.me, { ...as("alice-token"), policy: FetchPolicy.refresh })
        yield* get(Subject.me, { ...as("alice-token"), policy: FetchPolicy.refresh })
        expect(stub.requests.filter((request) => request.url === "/user")).toHaveLength(1)
      }),
    ),
  )

  it.effect("hands out what is kept, marked stale with its age and cause, when the API is down", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const first = yield* get(Subject.me, as("alice-token"))
        yield* TestClock.adjust("1 hour")
        stub.failNext({ status: 503 })
        const reading = yield* get(Subject.me, as("alice-token"))
        if (reading._tag !== "Stale") return expect.fail(reading._tag)
        expect(reading.snapshot).toEqual(first.snapshot)
        expect(reading.cause).toMatchObject({ _tag: "Unavailable", reason: "Server" })
        expect(Duration.toHours(reading.age)).toBe(1)
      }),
    ),
  )

  it.effect("hands nothing to a token that is refused, whatever is kept", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        yield* get(Subject.me, as("alice-token"))
        yield* TestClock.adjust("1 hour")
        stub.failNext({ status: 401 })
        const refused = yield* Effect.either(get(Subject.me, as("alice-token")))
        expect(Either.getLeft(refused)).toMatchObject(Option.some({ _tag: "Refused", reason: "Unauthorized" }))
      }),
    ),
  )

  it.effect("fails with the API's error where nothing is kept, and keeps nothing of a failure", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        stub.failNext({ status: 500 })
        const failed = yield* Effect.either(get(Subject.me, as("alice-token")))
        expect(Either.getLeft(failed)).toMatchObject(Option.some({ _tag: "Unavailable" }))
        const store = yield* SnapshotStore.SnapshotStore
        expect(yield* store.accounts).toEqual([])
      }),
    ),
  )

  it.effect("keeps a history under a label of its own where the token's holder cannot be asked for, and says so", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        // The balance is answered, GET /user is not.
        stub.failNext(
          { status: 200, headers: { "content-type": "application/json" }, body: StubZoo.exampleBody },
          { status: 403 },
        )
        const reading = yield* get(Subject.me, as("alice-token"))
        expect(reading.snapshot.account.owner._tag).toBe("Labelled")
        expect(reading.warnings).toMatchObject([{ _tag: "NotResolved", cause: { _tag: "Refused" } }])
      }),
    ),
  )

  const full = Layer.map(SnapshotStore.layerMemory, (context) =>
    Context.add(context, SnapshotStore.SnapshotStore, {
      ...Context.get(context, SnapshotStore.SnapshotStore),
      append: () => Effect.fail(new StoreFull({ path: "history.db", operation: "SnapshotStore.append" })),
    }),
  )

  it.effect("hands out a good balance that could not be kept, with the failure beside it", () =>
    withServices(
      () =>
        Effect.gen(function* () {
          const reading = yield* get(Subject.me, as("alice-token"))
          expect(reading._tag).toBe("Fresh")
          expect(reading.warnings).toMatchObject([{ _tag: "NotKept", cause: { _tag: "StoreFull" } }])
        }),
      { store: full },
    ),
  )

  it.effect("asks the API again when the clock was set back behind what is kept", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        yield* get(Subject.me, as("alice-token"))
        yield* TestClock.setTime(NOW - 3_600_000)
        yield* get(Subject.me, as("alice-token"))
        expect(asked(stub)).toBe(2)
      }),
    ),
  )

  it.effect("says what to do where neither the call nor the layer has a token, before anything is sent", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const failed = yield* Effect.either(get(Subject.me))
        expect(Either.getLeft(failed)).toMatchObject(Option.some({ _tag: "NoCredential" }))
        expect(stub.requests).toHaveLength(0)
      }),
    ),
  )
})

describe("Balances.layerOffline", () => {
  it.effect("finds the only account that can be meant without counting snapshots", () => {
    const uncounted = Layer.map(SnapshotStore.layerMemory, (context) => {
      const store = Context.get(context, SnapshotStore.SnapshotStore)
      return Context.add(context, SnapshotStore.SnapshotStore, { ...store, accounts: Effect.die("counted") })
    })
    return Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      yield* store.appendAll([
        Samples.snapshot(0, "1.00"),
        Snapshot.make(Samples.organization, Samples.at(0), Samples.balance("2.00")),
      ])
      yield* TestClock.setTime(Samples.at(1).epochMillis)
      const reading = yield* get(Subject.me)
      expect(reading).toMatchObject({ _tag: "Offline", snapshot: { account: Samples.user } })
      const other = yield* Effect.either(get(Subject.user("somebody@example.com")))
      const kept = [Samples.user, Samples.organization].map(({ owner }) => Account.formatOwner(owner))
      expect(Either.getLeft(other).pipe(Option.map(({ _tag, ...error }) => [_tag, error]))).toMatchObject(
        Option.some(["NothingCached", { kept: Option.some(expect.arrayContaining(kept)) }]),
      )
    }).pipe(Effect.provide(Balances.layerOffline()), Effect.provide(uncounted))
  })
})
