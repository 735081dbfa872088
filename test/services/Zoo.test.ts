import { mkdtemp, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import {
  Account,
  Balances,
  FetchPolicy,
  OverdraftPolicy,
  RunwayAnalysis,
  Subject,
  Timestamp,
  Usd,
  Zoo,
} from "../../src/index.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import { AccountSimulator, StubZoo } from "../../src/testing.js"
import { poll } from "../domain/history/simulated.js"

const HOUR = 3_600_000
const FROM = Date.parse("2026-08-10T00:00:00Z")
const NOW = FROM + 20 * 24 * HOUR

const customer = {
  ...AccountSimulator.simulate({ seed: 4, from: FROM, to: NOW, openingStableCents: 9000 }),
  tokens: ["customer-token"],
}

const folder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "zoo-runway-"))),
  (path) => Effect.promise(() => rm(path, { recursive: true })),
)

/** A file with a snapshot a day for 20 days, the last one fetched from the stub. */
const filled = Effect.gen(function* () {
  const database = join(yield* folder, "history.db")
  const stub = yield* StubZoo.make({ accounts: [customer, StubZoo.exampleAccount] })
  const token = Redacted.make("customer-token")
  const online = Zoo.layer({ database, baseUrl: stub.baseUrl, token, synchronous: "NORMAL" }).pipe(
    Layer.provide(FetchHttpClient.layer),
  )
  yield* Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const account = Account.user(stub.baseUrl, customer.id)
    yield* store.appendAll(
      Array.from(poll(customer, FROM, NOW - 24 * HOUR, 24 * HOUR), (snapshot) => ({ ...snapshot, account })),
    )
    yield* TestClock.setTime(NOW)
    yield* (yield* Balances.Balances).refresh(Subject.me)
  }).pipe(Effect.provide(online))
  return { database, stub, online }
})

const report = (subject: Subject.Subject, options: RunwayAnalysis.ReportOptions = {}) =>
  Effect.flatMap(RunwayAnalysis.RunwayAnalysis, (analysis) => analysis.report(subject, options))

describe("Zoo.layer", () => {
  it.scoped("runs the embedding program of the README against the API", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      const database = join(yield* folder, "history.db")
      const program = Effect.gen(function* () {
        const balances = yield* Balances.Balances
        const reading = yield* balances.get(Subject.user("someone@example.com"))
        const analysis = yield* RunwayAnalysis.RunwayAnalysis
        const report = yield* analysis.report(Subject.user("someone@example.com"), {})
        return [Usd.format(reading.snapshot.balance.monthly.value), report.runway._tag]
      }).pipe(
        Effect.provide(Zoo.layer({ database, baseUrl: stub.baseUrl, token: Redacted.make("example-token") })),
        Effect.provide(FetchHttpClient.layer),
      )
      expect(yield* program).toEqual(["41.26", "NotEnoughHistory"])
    }),
  )

  it.scoped("reports over a history, and asks the API whether the token's holder has pay as you go on", () =>
    Effect.gen(function* () {
      const { online, stub } = yield* filled
      const made = yield* Effect.provide(report(Subject.me), online)
      expect(made.account).toEqual(Account.user(stub.baseUrl, customer.id))
      if (made.projection._tag !== "Projected") return expect.fail(made.projection.why)
      expect(Option.map(made.projection.overdraft, (policy) => policy._tag)).toEqual(Option.some("PayAsYouGo"))
      expect(made.days).toHaveLength(20)
      expect(Timestamp.format(made.now)).toBe(new Date(NOW).toISOString())
    }),
  )

  it.scoped("reports as of a moment from what had been observed by then, without asking the API", () =>
    Effect.gen(function* () {
      const { online, stub } = yield* filled
      const before = stub.requests.length
      const at = Timestamp.fromMillis(FROM + 10 * 24 * HOUR + HOUR)
      const made = yield* Effect.provide(report(Subject.me, { now: at, overdraft: OverdraftPolicy.blocked }), online)
      expect(stub.requests.length).toBe(before)
      expect(made.observedAt.epochMillis).toBe(FROM + 10 * 24 * HOUR)
      expect(made.now).toEqual(at)
    }),
  )

  it.scoped("does not ask the API for anything where only what is kept was asked for", () =>
    Effect.gen(function* () {
      const { online, stub } = yield* filled
      const before = stub.requests.length
      const made = yield* Effect.provide(report(Subject.me, { policy: FetchPolicy.cacheOnly }), online)
      expect(stub.requests.length).toBe(before)
      expect(made.overdraft).toMatchObject({ source: "stored", policy: Option.some({ _tag: "PayAsYouGo" }) })
    }),
  )

  it.scoped("refuses a horizon that does not lie ahead, as a failure that says so", () =>
    Effect.gen(function* () {
      const { online } = yield* filled
      const made = yield* report(Subject.me, { horizon: Timestamp.fromMillis(FROM) }).pipe(
        Effect.provide(online),
        Effect.either,
      )
      expect(Either.getLeft(made)).toMatchObject(Option.some({ _tag: "InvalidHorizon" }))
    }),
  )

  it.scoped(
    "refuses a time zone that does not exist, as a failure that says what to give, without asking the API",
    () =>
      Effect.gen(function* () {
        const { online, stub } = yield* filled
        const before = stub.requests.length
        const past = Timestamp.fromMillis(FROM + 10 * 24 * HOUR)
        for (const options of [{}, { now: past }, { policy: FetchPolicy.refresh }]) {
          const made = yield* report(Subject.me, { ...options, zone: "Mars/Olympus" }).pipe(
            Effect.provide(online),
            Effect.either,
          )
          expect(Option.getOrThrow(Either.getLeft(made))).toMatchObject({
            _tag: "InvalidZone",
            message: 'unknown time zone "Mars/Olympus" (examples: UTC, Europe/Berlin, +03:00)',
          })
        }
        expect(stub.requests.length).toBe(before)
      }),
  )

  it.scoped("opens no file for a base URL that a token must not travel to", () =>
    Effect.gen(function* () {
      const database = join(yield* folder, "history.db")
      const made = yield* report(Subject.me).pipe(
        Effect.provide(Zoo.layer({ database, baseUrl: "http://api.zoo.dev", token: Redacted.make("t") })),
        Effect.provide(FetchHttpClient.layer),
        Effect.either,
      )
      expect(Either.getLeft(made)).toMatchObject(Option.some({ _tag: "InvalidBaseUrl" }))
      expect(yield* Effect.promise(() => stat(database).catch(() => "absent"))).toBe("absent")
    }),
  )

  it.scoped("reads its settings from the host's configuration", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      const database = join(yield* folder, "history.db")
      const settings = { ZOO_HOST: stub.baseUrl, ZOO_API_TOKEN: "example-token", ZOO_RUNWAY_DATABASE: database }
      const reading = yield* Effect.flatMap(Balances.Balances, (balances) => balances.get(Subject.me)).pipe(
        Effect.provide(Zoo.layerConfig),
        Effect.provide(FetchHttpClient.layer),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(settings)))),
      )
      expect(Usd.format(reading.snapshot.balance.monthly.value)).toBe("41.26")
    }),
  )
})

describe("A strict Zoo", () => {
  const drifting = { status: 200, body: StubZoo.exampleBody.replace("{", '{"brand_new":1,') }
  const rejected = { _tag: "UnexpectedBody", cause: { _tag: "BodyRejected", issues: [{ path: "$.brand_new" }] } }
  const refresh = Effect.flatMap(Balances.Balances, (balances) => balances.refresh(Subject.me))

  it.scoped("fails on a body with drift, and keeps what it had", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      const database = join(yield* folder, "history.db")
      const token = Redacted.make("example-token")
      yield* Effect.gen(function* () {
        const { snapshot } = yield* refresh
        stub.failNext(drifting)
        expect(yield* Effect.flip(refresh)).toMatchObject(rejected)
        const balances = yield* Balances.Balances
        expect((yield* balances.get(Subject.me, { policy: FetchPolicy.cacheOnly })).snapshot).toEqual(snapshot)
      }).pipe(
        Effect.provide(
          Zoo.layer({ database, baseUrl: stub.baseUrl, token, strict: true, callsPerSecond: Number.POSITIVE_INFINITY }),
        ),
        Effect.provide(FetchHttpClient.layer),
      )
    }),
  )

  it.scoped("is asked for by ZOO_RUNWAY_STRICT", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      const database = join(yield* folder, "history.db")
      const settings = { ZOO_HOST: stub.baseUrl, ZOO_API_TOKEN: "example-token", ZOO_RUNWAY_DATABASE: database }
      const asked = (more: Readonly<Record<string, string>>) => {
        stub.failNext(drifting)
        return Effect.either(refresh).pipe(
          Effect.provide(Zoo.layerConfig),
          Effect.provide(FetchHttpClient.layer),
          Effect.provide(Logger.remove(Logger.defaultLogger)),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ ...settings, ...more })))),
        )
      }
      expect(Either.getLeft(yield* asked({ ZOO_RUNWAY_STRICT: "true" }))).toMatchObject(Option.some(rejected))
      expect(Either.isRight(yield* asked({}))).toBe(true)
    }),
  )
})

describe("Zoo.layerOffline", () => {
  it.scoped("finds a user by id, and whoever is meant by me where the file has one only, without a token", () =>
    Effect.gen(function* () {
      const { database, stub } = yield* filled
      const before = stub.requests.length
      const offline = Zoo.layerOffline({ database })
      const byId = yield* Effect.provide(report(Subject.user(customer.id)), offline)
      const me = yield* Effect.provide(report(Subject.me), offline)
      expect(me.account).toEqual(byId.account)
      expect(me.overdraft).toMatchObject({ source: "stored", policy: Option.some({ _tag: "PayAsYouGo" }) })
      expect(stub.requests.length).toBe(before)
    }),
  )

  it.scoped("does not guess where a file has several, but lists them; the token that was used tells", () =>
    Effect.gen(function* () {
      const { database, stub } = yield* filled
      yield* Effect.flatMap(Balances.Balances, (balances) => balances.get(Subject.me)).pipe(
        Effect.provide(Zoo.layer({ database, baseUrl: stub.baseUrl, token: Redacted.make("example-token") })),
        Effect.provide(FetchHttpClient.layer),
      )
      const unknown = yield* report(Subject.me).pipe(Effect.provide(Zoo.layerOffline({ database })), Effect.either)
      const kept = [`user:${StubZoo.exampleAccount.id}`, `user:${customer.id}`].sort()
      expect(Either.getLeft(unknown)).toMatchObject(Option.some({ _tag: "NothingCached", kept: Option.some(kept) }))
      const token = Redacted.make("customer-token")
      const known = yield* Effect.provide(
        report(Subject.me),
        Zoo.layerOffline({ database, baseUrl: stub.baseUrl, token }),
      )
      expect(known.account.owner).toEqual({ _tag: "User", id: customer.id })
    }),
  )

  it.scoped("finds nobody at another base URL than the one that is given", () =>
    Effect.gen(function* () {
      const { database } = yield* filled
      const elsewhere = Zoo.layerOffline({ database, baseUrl: "https://api.example.com" })
      const made = yield* report(Subject.me).pipe(Effect.provide(elsewhere), Effect.either)
      expect(Either.getLeft(made)).toMatchObject(Option.some({ _tag: "NothingCached" }))
    }),
  )

  it.scoped("hands out what is kept as offline, with its age", () =>
    Effect.gen(function* () {
      const { database } = yield* filled
      yield* TestClock.adjust("3 hours")
      const reading = yield* Effect.flatMap(Balances.Balances, (balances) => balances.get(Subject.me)).pipe(
        Effect.provide(Zoo.layerOffline({ database })),
      )
      expect(reading).toMatchObject({ _tag: "Offline", age: { value: { millis: 3 * HOUR } } })
    }),
  )
})
