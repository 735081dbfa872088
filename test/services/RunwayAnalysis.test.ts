import { join } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Block from "../../src/domain/balance/Block.js"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../src/domain/runway/OverdraftPolicy.js"
import type * as Report from "../../src/domain/runway/Report.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as Balances from "../../src/services/Balances.js"
import * as FetchPolicy from "../../src/services/FetchPolicy.js"
import * as RunwayAnalysis from "../../src/services/RunwayAnalysis.js"
import * as Zoo from "../../src/services/Zoo.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import * as StubZoo from "../../src/testing/StubZoo.js"
import * as TempFolder from "../infra/store/TempFolder.js"
import { until } from "../infra/zoo/World.js"

const DAY = 86_400_000
const NOW = Date.parse("2026-09-15T12:00:00Z")

const simulated = AccountSimulator.simulate({ seed: 1, from: NOW - 20 * DAY, to: NOW + 40 * DAY })

/** What the API says of the one customer, which tests change. */
interface Says {
  allowPayAsYouGo: boolean
  block: StubZoo.StubBlock | undefined
  organizationBlock: StubZoo.StubBlock | undefined
  thresholdBody?: string | undefined
  organizationThresholdBody?: string | undefined
}

/** A customer, member of an organisation, over a file that is polled now. */
const world = Effect.gen(function* () {
  yield* TestClock.setTime(NOW)
  const says: Says = { allowPayAsYouGo: false, block: undefined, organizationBlock: undefined }
  const customer: StubZoo.StubAccount = {
    id: simulated.id,
    organizationId: simulated.organizationId,
    organizationRole: "member",
    tokens: ["customer-token"],
    bodyAt: simulated.bodyAt,
    get allowPayAsYouGo() {
      return says.allowPayAsYouGo
    },
    get block() {
      return says.block
    },
    get organizationBlock() {
      return says.organizationBlock
    },
    get thresholdBody() {
      return says.thresholdBody
    },
    get organizationThresholdBody() {
      return says.organizationThresholdBody
    },
  }
  const stub = yield* StubZoo.make({ accounts: [customer] })
  const database = join(yield* TempFolder.make, "history.db")
  const options = {
    database,
    baseUrl: stub.baseUrl,
    token: Redacted.make("customer-token"),
    attempts: 1,
    callsPerSecond: Number.POSITIVE_INFINITY,
  }
  const online = (more: RunwayAnalysis.Options = {}) =>
    Zoo.layer({ ...options, ...more }).pipe(Layer.provide(FetchHttpClient.layer))
  const offline = (more: RunwayAnalysis.Options = {}) => Zoo.layerOffline({ database, ...more })
  return { says, stub, options, online, offline }
})

const report = (subject: Subject.Subject = Subject.me, options: RunwayAnalysis.ReportOptions = {}) =>
  Effect.flatMap(RunwayAnalysis.RunwayAnalysis, (analysis) => analysis.report(subject, options))

const asked = (stub: StubZoo.Service, path: string): number => stub.requests.filter(({ url }) => url === path).length

const overdraftOf = ({ overdraft }: Report.Report) => [
  overdraft.source,
  Option.getOrNull(Option.map(overdraft.policy, ({ _tag }) => _tag)),
]

describe("the overdraft policy of a report on me", () => {
  it.scoped("is what GET /user says, which later reports without the API agree with", () =>
    Effect.gen(function* () {
      const { offline, online, says } = yield* world
      for (const [allowPayAsYouGo, policy] of [
        [false, "Blocked"],
        [true, "PayAsYouGo"],
        [false, "Blocked"],
      ] as const) {
        says.allowPayAsYouGo = allowPayAsYouGo
        yield* TestClock.adjust("11 minutes")
        const told = yield* Effect.provide(report(), online())
        expect(overdraftOf(told)).toEqual(["given", policy])
        const later = yield* Effect.provide(report(), offline())
        expect(overdraftOf(later)).toEqual(["stored", policy])
        expect(later.overdraft.policy).toEqual(told.overdraft.policy)
      }
    }),
  )

  it.scoped("is stored when the account is resolved, before any report", () =>
    Effect.gen(function* () {
      const { offline, online, says } = yield* world
      says.allowPayAsYouGo = true
      yield* Effect.provide(
        Effect.flatMap(Balances.Balances, (balances) => balances.refresh(Subject.me)),
        online(),
      )
      expect(overdraftOf(yield* Effect.provide(report(), offline()))).toEqual(["stored", "PayAsYouGo"])
    }),
  )

  it.scoped("is the option before the configuration, and the configuration before GET /user", () =>
    Effect.gen(function* () {
      const { online } = yield* world
      expect(overdraftOf(yield* Effect.provide(report(), online({ payAsYouGo: true })))).toEqual([
        "given",
        "PayAsYouGo",
      ])
      const option = report(Subject.me, { payAsYouGo: false })
      expect(overdraftOf(yield* Effect.provide(option, online({ payAsYouGo: true })))).toEqual(["given", "Blocked"])
      const overdraft = OverdraftPolicy.payAsYouGo(Usd.unsafeFromText("0.5"), "Up")
      const both = yield* Effect.provide(report(Subject.me, { overdraft, payAsYouGo: false }), online())
      expect(both.overdraft).toEqual(OverdraftPolicy.sourced(overdraft, "given"))
    }),
  )

  it.scoped("is the option of a report offline, which later reports offline use", () =>
    Effect.gen(function* () {
      const { online } = yield* world
      const overdraft = OverdraftPolicy.payAsYouGo(Usd.unsafeFromText("0.5"), "Up")
      yield* Effect.gen(function* () {
        yield* report()
        const given = yield* report(Subject.me, { overdraft, policy: FetchPolicy.cacheOnly })
        expect(given.overdraft).toEqual(OverdraftPolicy.sourced(overdraft, "given"))
        yield* TestClock.adjust("1 hour")
        const later = yield* report(Subject.me, { policy: FetchPolicy.cacheOnly })
        expect(later.overdraft).toEqual(OverdraftPolicy.sourced(overdraft, "stored"))
      }).pipe(Effect.provide(online()))
    }),
  )

  it.scoped("is given and not stored where the file is opened for reading only", () =>
    Effect.gen(function* () {
      const { offline, online } = yield* world
      yield* Effect.provide(report(), online())
      const given = yield* Effect.provide(report(), offline({ payAsYouGo: true }))
      expect(overdraftOf(given)).toEqual(["given", "PayAsYouGo"])
      expect(overdraftOf(yield* Effect.provide(report(), offline()))).toEqual(["stored", "Blocked"])
    }),
  )

  it.scoped("is the stored one where the API does not say it", () =>
    Effect.gen(function* () {
      const { online, stub } = yield* world
      yield* Effect.provide(report(), online())
      stub.failNext({ status: 503 })
      const fromFile = yield* Effect.provide(report(), online())
      expect(asked(stub, "/user")).toBe(2)
      expect(overdraftOf(fromFile)).toEqual(["stored", "Blocked"])
    }),
  )

  it.scoped("of a moment of the past is the one that had been said by then", () =>
    Effect.gen(function* () {
      const { online } = yield* world
      yield* Effect.gen(function* () {
        yield* report()
        yield* TestClock.adjust("3 days")
        yield* report(Subject.me, { overdraft: OverdraftPolicy.payAsYouGo() })
        const sourceAt = (millis: number) =>
          Effect.map(report(Subject.me, { now: Timestamp.fromMillis(millis) }), ({ overdraft }) => overdraft.source)
        expect(yield* sourceAt(NOW + 3 * DAY)).toBe("stored")
        expect(yield* sourceAt(NOW + 3 * DAY - 1)).toBe("unknown")
      }).pipe(Effect.provide(online()))
    }),
  )

  it.scoped("is read from ZOO_RUNWAY_PAY_AS_YOU_GO by Zoo.layerConfig", () =>
    Effect.gen(function* () {
      const { options, stub } = yield* world
      const settings = {
        ZOO_HOST: stub.baseUrl,
        ZOO_API_TOKEN: "customer-token",
        ZOO_RUNWAY_DATABASE: options.database,
      }
      const configured = (more: Readonly<Record<string, string>>) =>
        report(Subject.me, { policy: FetchPolicy.cacheFirst("1 hour") }).pipe(
          Effect.provide(Zoo.layerConfig),
          Effect.provide(FetchHttpClient.layer),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries({ ...settings, ...more })))),
        )
      expect(overdraftOf(yield* configured({ ZOO_RUNWAY_PAY_AS_YOU_GO: "on" }))).toEqual(["given", "PayAsYouGo"])
      expect(overdraftOf(yield* configured({ ZOO_RUNWAY_PAY_AS_YOU_GO: "off" }))).toEqual(["given", "Blocked"])
      expect(overdraftOf(yield* configured({ ZOO_RUNWAY_PAY_AS_YOU_GO: "" }))).toEqual(["given", "Blocked"])
      const error = yield* Effect.flip(configured({ ZOO_RUNWAY_PAY_AS_YOU_GO: "maybe" }))
      expect(String(error)).toContain('expected on or off, found "maybe"')
    }),
  )
})

describe("the overdraft policy of a report on an organisation", () => {
  it.scoped("is not told by the flag of the user who asks", () =>
    Effect.gen(function* () {
      const { offline, online, says } = yield* world
      says.allowPayAsYouGo = true
      const both = Effect.zip(report(Subject.me), report(Subject.org))
      const [me, org] = yield* Effect.provide(both, online())
      expect([overdraftOf(me), overdraftOf(org)]).toEqual([
        ["given", "PayAsYouGo"],
        ["unknown", null],
      ])
      expect(overdraftOf(yield* Effect.provide(report(Subject.org), offline()))).toEqual(["unknown", null])
    }),
  )

  it.scoped("is the one given last, and stays apart from that of its member", () =>
    Effect.gen(function* () {
      const { online } = yield* world
      yield* Effect.gen(function* () {
        yield* report(Subject.org, { payAsYouGo: true })
        yield* TestClock.adjust("11 minutes")
        expect(overdraftOf(yield* report(Subject.org))).toEqual(["stored", "PayAsYouGo"])
        expect(overdraftOf(yield* report(Subject.me))).toEqual(["given", "Blocked"])
      }).pipe(Effect.provide(online()))
    }),
  )
})

describe("the block of a report", () => {
  for (const [subject, field, path] of [
    [Subject.me, "block", "/user"],
    [Subject.org, "organizationBlock", "/user/org"],
  ] as const) {
    it.scoped(`on ${Subject.format(subject)} is what GET ${path} says, until it says that service goes on`, () =>
      Effect.gen(function* () {
        const { offline, online, says, stub } = yield* world
        for (const [said, block] of [
          [undefined, Option.none()],
          [
            { block: "missing_payment_method", block_message: "Add a card." },
            Block.of("missing_payment_method", "Add a card."),
          ],
          [{ block: "fraud_review" }, Block.of("fraud_review", null)],
          [{ block: null, block_message: null }, Option.none()],
          [{ block: "admin" }, Block.of("admin", null)],
          [undefined, Option.none()],
        ] as const) {
          says[field] = said
          yield* TestClock.adjust("11 minutes")
          const before = asked(stub, path)
          const told = yield* Effect.provide(report(subject), online())
          expect(asked(stub, path)).toBe(before + 1)
          const later = yield* Effect.provide(report(subject), offline())
          for (const { block: found, runway } of [told, later]) {
            expect(found).toEqual(block)
            expect(runway._tag === "Blocked").toBe(Option.isSome(block))
            if (runway._tag === "Blocked")
              expect(Option.some({ reason: runway.reason, message: runway.message })).toEqual(block)
          }
        }
      }),
    )
  }

  for (const subject of [Subject.me, Subject.org]) {
    it.scoped(`on ${Subject.format(subject)} offline is what the API said when the balance was fetched last`, () =>
      Effect.gen(function* () {
        const { offline, online, says } = yield* world
        const fetch = Effect.provide(
          Effect.flatMap(Balances.Balances, (balances) => balances.refresh(subject)),
          online(),
        )
        for (const said of [undefined, { block: "admin" }, { block: "fraud_review" }, undefined]) {
          says.block = said
          says.organizationBlock = said
          yield* TestClock.adjust("1 minute")
          yield* fetch
          const { block } = yield* Effect.provide(report(subject), offline())
          expect(block).toEqual(Block.of(said?.block, null))
        }
      }),
    )
  }

  it.scoped("costs no balance where the API does not say it", () =>
    Effect.gen(function* () {
      const { online, stub } = yield* world
      const fetch = Effect.flatMap(Balances.Balances, (balances) => balances.refresh(Subject.me))
      yield* Effect.provide(fetch, online())
      const body = { status: 200, body: simulated.bodyAt(NOW, { includeTotalDue: true }) }
      for (const fault of [{ status: 503 }, { status: 403 }, { status: 200, body: "{}" }, "close"] as const) {
        yield* TestClock.adjust("1 minute")
        stub.failNext(body, fault)
        const reading = yield* Effect.provide(fetch, online())
        expect(reading).toMatchObject({ _tag: "Fresh", warnings: [] })
      }
    }),
  )

  it.scoped("on me is not that of the organisation, nor the other way round", () =>
    Effect.gen(function* () {
      const { online, says } = yield* world
      says.organizationBlock = { block: "admin" }
      const [me, org] = yield* Effect.provide(Effect.zip(report(Subject.me), report(Subject.org)), online())
      expect([me.block, org.block]).toEqual([Option.none(), Block.of("admin", null)])
    }),
  )

  it.scoped("is the stored one where the API cannot be asked", () =>
    Effect.gen(function* () {
      const { online, says, stub } = yield* world
      says.block = { block: "admin", block_message: "Call us." }
      yield* Effect.provide(report(), online())
      stub.failNext({ status: 503 })
      expect((yield* Effect.provide(report(), online())).block).toEqual(Block.of("admin", "Call us."))
    }),
  )

  it.scoped("of a moment of the past is the one that had been said by then", () =>
    Effect.gen(function* () {
      const { online, says } = yield* world
      yield* Effect.gen(function* () {
        yield* report()
        yield* TestClock.adjust("1 day")
        says.block = { block: "admin" }
        yield* report(Subject.me, { policy: FetchPolicy.refresh })
        const blockAt = (millis: number) =>
          Effect.map(report(Subject.me, { now: Timestamp.fromMillis(millis) }), ({ block }) => block)
        expect(yield* blockAt(NOW + DAY)).toEqual(Block.of("admin", null))
        expect(yield* blockAt(NOW + DAY - 1)).toEqual(Option.none())
      }).pipe(Effect.provide(online()))
    }),
  )
})

describe("the collection threshold of a report", () => {
  const body = (amount: string): string => `{"effective_amount":${amount},"source":"system_default","version":3}`
  const amountOf = ({ threshold }: Report.Report) =>
    Option.getOrNull(Option.map(threshold, ({ amount }) => Usd.format(amount)))
  const refreshed = (subject: Subject.Subject) =>
    Effect.flatMap(Balances.Balances, (balances) => balances.refresh(subject))

  for (const [subject, field, path] of [
    [Subject.me, "thresholdBody", "/user/billing/usage-collection-threshold"],
    [Subject.org, "organizationThresholdBody", "/org/billing/usage-collection-threshold"],
  ] as const) {
    it.scoped(
      `on ${Subject.format(subject)} is what GET ${path} tells, and stays where that is not there any more`,
      () =>
        Effect.gen(function* () {
          const { offline, online, says, stub } = yield* world
          for (const [told, amount] of [
            [undefined, null],
            [body("50.10"), "50.10"],
            [body("123456789.123456789"), "123456789.123456789"],
            [undefined, "123456789.123456789"],
            ["{}", "123456789.123456789"],
          ] as const) {
            says[field] = told
            yield* TestClock.adjust("11 minutes")
            const before = asked(stub, path)
            expect(amountOf(yield* Effect.provide(report(subject), online()))).toBe(amount)
            expect(asked(stub, path)).toBe(before + 1)
            expect(amountOf(yield* Effect.provide(report(subject), offline()))).toBe(amount)
          }
        }),
    )

    it.scoped(`on ${Subject.format(subject)} offline is what the API told when the balance was fetched last`, () =>
      Effect.gen(function* () {
        const { offline, online, says } = yield* world
        for (const amount of ["50.00", "60.00"]) {
          says[field] = body(amount)
          yield* TestClock.adjust("1 minute")
          yield* Effect.provide(refreshed(subject), online())
          expect(amountOf(yield* Effect.provide(report(subject), offline()))).toBe(amount)
        }
      }),
    )
  }

  it.scoped("on me is not that of the organisation, nor that of a user who is named by id", () =>
    Effect.gen(function* () {
      const { online, says, stub } = yield* world
      says.organizationThresholdBody = body("50")
      const both = Effect.zip(report(Subject.me), report(Subject.org))
      const [me, org] = yield* Effect.provide(both, online())
      expect([amountOf(me), amountOf(org)]).toEqual([null, "50.00"])
      says.thresholdBody = body("60")
      const before = stub.requests.length
      const byId = yield* Effect.provide(report(Subject.user(simulated.id)), online())
      expect(stub.requests.slice(before).filter(({ url }) => url.includes("threshold"))).toEqual([])
      expect(amountOf(byId)).toBe(null)
    }),
  )

  it.scoped("costs no balance and no other answer where the API does not tell it", () =>
    Effect.gen(function* () {
      const { offline, online, says, stub } = yield* world
      says.allowPayAsYouGo = true
      says.thresholdBody = body("50")
      const balance = { status: 200, body: simulated.bodyAt(NOW, { includeTotalDue: true }) }
      const user = { status: 200, body: JSON.stringify({ id: simulated.id, allow_pay_as_you_go: true }) }
      for (const fault of [
        { status: 404 },
        { status: 403 },
        { status: 503 },
        { status: 200, body: "[]" },
        "close",
      ] as const) {
        yield* TestClock.adjust("1 minute")
        stub.failNext(balance, user, fault)
        const reading = yield* Effect.provide(refreshed(Subject.me), online())
        expect(reading).toMatchObject({ _tag: "Fresh", warnings: [] })
        const later = yield* Effect.provide(report(), offline())
        expect([amountOf(later), ...overdraftOf(later)]).toEqual([null, "stored", "PayAsYouGo"])
      }
    }),
  )

  it.scoped("is waited for one second and no longer", () =>
    Effect.gen(function* () {
      const { offline, online, says, stub } = yield* world
      says.allowPayAsYouGo = true
      const balance = { status: 200, body: simulated.bodyAt(NOW, { includeTotalDue: true }) }
      const user = { status: 200, body: JSON.stringify({ id: simulated.id, allow_pay_as_you_go: true }) }
      stub.failNext(balance, user, "silence")
      const fiber = yield* Effect.fork(Effect.provide(refreshed(Subject.me), online()))
      yield* until(() => asked(stub, "/user/billing/usage-collection-threshold") === 1)
      yield* TestClock.adjust("1 second")
      expect(yield* Fiber.join(fiber)).toMatchObject({ _tag: "Fresh", warnings: [] })
      expect(overdraftOf(yield* Effect.provide(report(), offline()))).toEqual(["stored", "PayAsYouGo"])
    }),
  )

  it.scoped("of a moment of the past is the one that had been told by then", () =>
    Effect.gen(function* () {
      const { online, says } = yield* world
      yield* Effect.gen(function* () {
        yield* report()
        yield* TestClock.adjust("1 day")
        says.thresholdBody = body("50")
        yield* report(Subject.me, { policy: FetchPolicy.refresh })
        const amountAt = (millis: number) =>
          Effect.map(report(Subject.me, { now: Timestamp.fromMillis(millis) }), amountOf)
        expect([yield* amountAt(NOW + DAY), yield* amountAt(NOW + DAY - 1)]).toEqual(["50.00", null])
      }).pipe(Effect.provide(online()))
    }),
  )
})
