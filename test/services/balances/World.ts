import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type * as Subject from "../../../src/domain/balance/Subject.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as ZooClient from "../../../src/infra/zoo/ZooClient.js"
import * as Balances from "../../../src/services/Balances.js"
import * as UsageSeries from "../../../src/services/UsageSeries.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"

/** When the tests of balances begin. */
export const NOW = Date.parse("2026-09-15T12:00:00Z")

const simulated = (seed: number) =>
  AccountSimulator.simulate({
    seed,
    from: NOW - 30 * 86_400_000,
    to: NOW + 86_400_000,
    openingStableCents: 1000 * seed,
  })

export const alice = { ...simulated(1), tokens: ["alice-token", "alice-token-rotated"] }
export const bob = { ...simulated(2), tokens: ["bob-token"] }
const employee = { ...StubZoo.exampleAccount, tokens: ["employee-token"] }

/** A call in the name of a token. */
export const as = (token: string) => ({ credential: Redacted.make(token) })

/** How the services of a test are made. */
export interface WorldOptions {
  readonly balances?: Balances.Options
  readonly store?: typeof SnapshotStore.layerMemory
}

/** The services over a stub with three customers, under the test's clock; each call is one attempt, and the store is in memory. */
export const withServices = <A, E>(
  use: (stub: StubZoo.Service) => Effect.Effect<A, E, Balances.Balances | SnapshotStore.SnapshotStore>,
  { balances, store = SnapshotStore.layerMemory }: WorldOptions = {},
) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(NOW)
    const stub = yield* StubZoo.make({ accounts: [alice, bob, employee] })
    const client = ZooClient.layer({
      baseUrl: stub.baseUrl,
      attempts: 1,
      callsPerSecond: Number.POSITIVE_INFINITY,
    })
    return yield* use(stub).pipe(
      Effect.provide(
        Balances.layer(balances).pipe(
          Layer.provide(UsageSeries.layer),
          Layer.provideMerge(store),
          Layer.provideMerge(client),
          Layer.provide(FetchHttpClient.layer),
        ),
      ),
    )
  }).pipe(Effect.scoped)

export const get = (subject: Subject.Subject, options?: Balances.GetOptions) =>
  Effect.flatMap(Balances.Balances, (balances) => balances.get(subject, options))

/** How many balances were asked for. */
export const asked = (stub: StubZoo.Service): number =>
  stub.requests.filter((request) => request.url.includes("balance")).length
