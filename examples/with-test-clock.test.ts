/**
 * How to test code that is built on zoo-runway: the API is a stub on loopback with a simulated account, the history is in memory, and the
 * clock moves when the test says so. Nothing sleeps, and nothing leaves the machine.
 */
import { FetchHttpClient } from "@effect/platform"
import { describe, expect, it } from "@effect/vitest"
import { Effect, Layer, Redacted, TestClock } from "effect"
import { Balances, CustomerBalance, Subject, Usd, Zoo } from "zoo-runway"
import { AccountSimulator, StubZoo } from "zoo-runway/testing"

/** What is tested: whether a customer's credits pay for a job. An old answer is good enough, as long as it is told. */
const canPay = (price: Usd.Usd) =>
  Effect.gen(function* () {
    const balances = yield* Balances.Balances
    const { _tag, snapshot } = yield* balances.get(Subject.me)
    const { balance } = snapshot
    const left = Usd.add(balance.monthly.value, CustomerBalance.stableValue(balance))
    return { enough: !Usd.lessThan(left, price), isStale: _tag === "Stale" }
  })

const MONDAY = Date.parse("2026-08-10T00:00:00Z")
const FRIDAY = Date.parse("2026-08-14T00:00:00Z")

/** An account whose every call is known to the cent: `stateAt` tells what is really left. */
const account = AccountSimulator.simulate({ seed: 4, from: MONDAY, to: FRIDAY, openingStableCents: 500 })

const leftAt = (at: number): Usd.Usd => {
  const { monthlyCents, stableCents } = account.stateAt(at)
  return Usd.unsafeFromText(((monthlyCents + stableCents) / 100).toFixed(2))
}

const world = Effect.gen(function* () {
  yield* TestClock.setTime(MONDAY)
  const stub = yield* StubZoo.make({ accounts: [{ ...account, tokens: ["a-token"] }] })
  const zoo = Zoo.layerTest({ baseUrl: stub.baseUrl, token: Redacted.make("a-token") })
  return { stub, services: yield* Layer.build(Layer.provide(zoo, FetchHttpClient.layer)) }
})

describe("canPay", () => {
  it.scoped("follows what the account uses", () =>
    Effect.gen(function* () {
      const { services } = yield* world
      const price = leftAt(MONDAY)
      expect(yield* Effect.provide(canPay(price), services)).toEqual({ enough: true, isStale: false })
      yield* TestClock.setTime(FRIDAY)
      expect(yield* Effect.provide(canPay(price), services)).toEqual({ enough: false, isStale: false })
      expect(yield* Effect.provide(canPay(leftAt(FRIDAY)), services)).toEqual({ enough: true, isStale: false })
    }),
  )

  it.scoped("asks the API once in five minutes, however many customers come", () =>
    Effect.gen(function* () {
      const { services, stub } = yield* world
      const many = Effect.replicateEffect(canPay(Usd.zero), 50, { concurrency: "unbounded" })
      const asked = () => stub.requests.filter(({ url }) => url.startsWith("/user/payment/balance")).length
      yield* Effect.provide(many, services)
      yield* TestClock.adjust("4 minutes")
      yield* Effect.provide(many, services)
      expect(asked()).toBe(1)
      yield* TestClock.adjust("1 minute")
      yield* Effect.provide(many, services)
      expect(asked()).toBe(2)
    }),
  )

  it.scoped("answers from what is kept while the API is down", () =>
    Effect.gen(function* () {
      const { services, stub } = yield* world
      yield* Effect.provide(canPay(Usd.zero), services)
      yield* TestClock.adjust("1 hour")
      stub.failNext({ status: 503 })
      expect(yield* Effect.provide(canPay(Usd.zero), services)).toEqual({ enough: true, isStale: true })
    }),
  )
})
