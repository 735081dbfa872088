import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { Account, Balances, SnapshotStore, Subject, Zoo } from "zoo-runway"
import { AccountSimulator, StubZoo } from "zoo-runway/testing"
import { check, watch } from "../../examples/scheduled-job.js"
import { poll } from "../domain/history/simulated.js"

const HOUR = 3_600_000
const FROM = Date.parse("2026-08-03T00:00:00Z")
const TO = FROM + 20 * 24 * HOUR

/** An account of which there is a snapshot every twelve hours for 20 days, the last one fetched. */
const seen = (options: { readonly openingStableCents: number; readonly dailyCents: number }) =>
  Effect.gen(function* () {
    const account = AccountSimulator.simulate({ seed: 7, from: FROM, to: TO, grants: [], ...options })
    const stub = yield* StubZoo.make({ accounts: [{ ...account, tokens: ["a-token"] }] })
    const zoo = Zoo.layerTest({ baseUrl: stub.baseUrl, token: Redacted.make("a-token") })
    const services = yield* Layer.build(Layer.provide(zoo, FetchHttpClient.layer))
    const owner = Account.user(stub.baseUrl, account.id)
    const earlier = Array.from(poll(account, FROM, TO - 12 * HOUR, 12 * HOUR), (snapshot) => ({
      ...snapshot,
      account: owner,
    }))
    yield* Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(earlier)).pipe(
      Effect.provide(services),
    )
    yield* TestClock.setTime(TO)
    yield* Effect.flatMap(Balances.Balances, (balances) => balances.refresh(Subject.me)).pipe(Effect.provide(services))
    return { stub, services }
  })

/** Lets the network and what runs behind work until `condition` holds. */
const until = (condition: () => boolean) =>
  Effect.repeat(
    Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))),
    { until: condition },
  )

/** Lines that a program logs. */
const collected = () => {
  const lines: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    lines.push(`${logLevel.label} ${[message].flat().join(" ")}`)
  })
  return { lines, layer: Logger.replace(Logger.defaultLogger, logger) }
}

describe("The job of examples/scheduled-job", () => {
  it.scoped("exits with 0 and says nothing where the credits last", () =>
    Effect.gen(function* () {
      const { services } = yield* seen({ openingStableCents: 100_000, dailyCents: 100 })
      const { layer, lines } = collected()
      expect(yield* check.pipe(Effect.provide(services), Effect.provide(layer))).toBe(0)
      expect(lines).toEqual([])
    }),
  )

  it.scoped("exits with 1 and says when the credits run out, and what will be charged", () =>
    Effect.gen(function* () {
      const { services } = yield* seen({ openingStableCents: 20_000, dailyCents: 2000 })
      const { layer, lines } = collected()
      expect(yield* check.pipe(Effect.provide(services), Effect.provide(layer))).toBe(1)
      expect(lines).toEqual([
        expect.stringMatching(/^WARN credits run out on 2026-08-2\d/),
        expect.stringMatching(/^WARN up to \d+\.\d\d USD will be charged$/),
      ])
    }),
  )

  it.scoped("exits with 1 where nobody can tell: too little history, or a token that Zoo does not know", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      const told = (token: string) => {
        const { layer, lines } = collected()
        return check.pipe(
          Effect.provide(Zoo.layerTest({ baseUrl: stub.baseUrl, token: Redacted.make(token) })),
          Effect.provide([FetchHttpClient.layer, layer]),
          Effect.map((code) => ({ code, lines })),
        )
      }
      expect(yield* told("example-token")).toEqual({
        code: 1,
        lines: [expect.stringMatching(/^WARN nobody can tell yet/)],
      })
      expect(yield* told("wrong-token")).toEqual({ code: 1, lines: [expect.stringMatching(/^ERROR .*401/)] })
    }),
  )
})

describe("The watch of examples/scheduled-job", () => {
  it.scoped("warns when the end of the credits is near, at once, and says so once", () =>
    Effect.gen(function* () {
      const { services, stub } = yield* seen({ openingStableCents: 20_000, dailyCents: 2000 })
      const warned = yield* Deferred.make<string>()
      const lines: Array<string> = []
      const logger = Logger.make<unknown, void>(({ message }) => {
        lines.push(String(message))
        Deferred.unsafeDone(warned, Effect.succeed(String(message)))
      })
      const host = Logger.replace(Logger.defaultLogger, logger)
      const watching = yield* watch.pipe(Effect.provide(services), Effect.provide(host), Effect.fork)
      expect(yield* Deferred.await(warned)).toMatch(/^credits run out on 2026-08-2/)
      for (let looks = 0; looks < 3; looks++) {
        const before = stub.requests.length
        yield* TestClock.adjust("16 minutes")
        yield* until(() => stub.requests.length > before)
      }
      yield* Fiber.interrupt(watching)
      expect(lines).toHaveLength(1)
    }),
  )
})
