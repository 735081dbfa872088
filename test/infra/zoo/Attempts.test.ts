import type { ServerResponse } from "node:http"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Credentials from "../../../src/infra/zoo/Credentials.js"
import * as ZooClient from "../../../src/infra/zoo/ZooClient.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"
import { asleepUntil, breathe, countingSleepers, serve, TOKEN, until, type World, withLimits } from "./World.js"

const me = { subject: Subject.me }

const HURRY: ZooClient.Options = { callsPerSecond: Number.POSITIVE_INFINITY }

/** Half of what a wait may take at most: 250, 500, 1000 ms. */
const halfway = Effect.withRandom(Random.fixed([0.5]))

const times = (stub: StubZoo.Service) => stub.requests.map(({ at }) => at)

/** Goes on to each of these times, as soon as something sleeps until then. */
const through = (...wakes: ReadonlyArray<number>) =>
  Effect.forEach(wakes, (at) => Effect.zipRight(asleepUntil(at), TestClock.setTime(at)), { discard: true })

const balanceOf = (zoo: ZooClient.Service) => halfway(zoo.balance(me))

describe("Attempts", () => {
  describe("after a failure", () => {
    it.effect("follow each other after waits that double, until one is answered", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 500 }, { status: 425 }, "close")
            const call = yield* Effect.fork(balanceOf(zoo))
            yield* through(250, 750, 1_750)
            expect((yield* Fiber.join(call)).drift).toEqual([])
            expect(times(stub)).toEqual([0, 250, 750, 1_750])
          }),
        { client: HURRY },
      ),
    )

    it.effect("end after four, and the error tells how many there were", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 500 }, { status: 408 }, "cut", { status: 503 }, { status: 500 })
            const call = yield* Effect.fork(Effect.flip(balanceOf(zoo)))
            yield* through(250, 750, 1_750)
            const error = yield* Fiber.join(call)
            expect(error).toMatchObject({ _tag: "Unavailable", status: Option.some(503), attempts: 4 })
            expect(error.message).toContain("status 503, the API failed: try again later; tried 4 times; the API says")
            expect(times(stub)).toEqual([0, 250, 750, 1_750])
          }),
        { client: HURRY },
      ),
    )

    it.effect.each([
      { status: 400 },
      { status: 403 },
      { status: 404 },
      { status: 418 },
      { status: 204 },
      { status: 200, body: "{}" },
      { status: 304 },
    ])("of %j are not followed by another", (fault) =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext(fault)
            const error = yield* Effect.flip(zoo.balance(me))
            expect(error.attempts).toBe(1)
            expect(error.message).not.toContain("tried")
            expect(stub.requests).toHaveLength(1)
          }),
        { client: HURRY },
      ),
    )

    it.effect.each([
      "7",
      "Thu, 01 Jan 1970 00:00:07 GMT",
      "Thursday, 01-Jan-70 00:00:07 GMT",
      "Thu Jan  1 00:00:07 1970",
    ])("wait as long as the API asks with %j", (retryAfter) =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 429, headers: { "retry-after": retryAfter } })
            const call = yield* Effect.fork(balanceOf(zoo))
            yield* through(7_000)
            yield* Fiber.join(call)
            expect(times(stub)).toEqual([0, 7_000])
          }),
        { client: HURRY },
      ),
    )

    it.effect("do not wait where the wait would not end before the deadline, and the error tells it", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            const year = { "retry-after": "31536000" }
            stub.failNext({ status: 503, headers: year }, { status: 500 }, { status: 429, headers: year })
            expect((yield* Effect.flip(zoo.balance(me))).message).toContain("the API failed: try again after 365d")
            const hurried = yield* ZooClient.make({
              ...HURRY,
              baseUrl: stub.baseUrl,
              deadline: 250,
              token: Redacted.make(TOKEN),
            })
            expect(yield* Effect.flip(balanceOf(hurried))).toMatchObject({ _tag: "Unavailable", attempts: 1 })
            const limited = yield* Effect.flip(zoo.balance(me))
            expect(limited).toMatchObject({
              _tag: "RateLimited",
              by: "Api",
              retryAfter: Option.some(Duration.days(365)),
            })
            expect(limited.message).toContain("try again after 365d")
            expect(times(stub)).toEqual([0, 0, 0])
          }),
        { client: HURRY },
      ),
    )
  })

  describe("at the deadline", () => {
    it.effect("are cut off, and the error says which limit ran out", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext("silence", "stall", "silence")
            const call = yield* Effect.fork(Effect.flip(balanceOf(zoo)))
            yield* through(10_000, 10_250, 20_250, 20_750)
            yield* until(() => stub.requests.length === 3)
            yield* TestClock.setTime(29_999)
            expect(yield* Fiber.poll(call)).toEqual(Option.none())
            yield* TestClock.setTime(30_000)
            const error = yield* Fiber.join(call)
            expect(error).toMatchObject({ _tag: "Unavailable", reason: "Timeout", attempts: 3 })
            expect(error.message).toContain("no complete answer before the deadline of 30s, so it was given up")
          }),
        { client: HURRY },
      ),
    )

    it.effect("are cut off where a token takes too long to be read", () =>
      Effect.gen(function* () {
        const slow: Credentials.Credentials = { current: Effect.never, renewed: () => Effect.never }
        const zoo = yield* ZooClient.make({ token: slow })
        const call = yield* Effect.fork(Effect.flip(zoo.balance(me)))
        yield* through(30_000)
        const error = yield* Fiber.join(call)
        expect(error).toMatchObject({ _tag: "Unavailable", reason: "Timeout" })
        expect(error.attempts).toBeUndefined()
        expect(error.message).toContain("no token was read before the deadline of 30s")
      }).pipe(Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("are cut off where a refused token takes too long to be renewed", () =>
      Effect.gen(function* () {
        const stub = yield* StubZoo.make()
        const old = Option.some(Redacted.make("old-token"))
        let isReading = false
        const slow: Credentials.Credentials = {
          current: Effect.succeed(old),
          renewed: () => {
            isReading = true
            return Effect.never
          },
        }
        const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl, token: slow })
        const call = yield* Effect.fork(Effect.flip(zoo.balance(me)))
        yield* until(() => isReading)
        yield* TestClock.setTime(30_000)
        expect(yield* Fiber.join(call)).toMatchObject({ _tag: "Refused", reason: "Unauthorized", attempts: 1 })
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )
  })

  describe("with a token that is refused", () => {
    /** Credentials that are read from a list, one after the other. */
    const listed = (...tokens: ReadonlyArray<string>) => {
      const left = [...tokens]
      return Credentials.make(
        Effect.sync(() => Option.map(Option.fromNullable(left.shift()), (text) => Redacted.make(text))),
      )
    }

    const withTokens = <A, E>(
      tokens: ReadonlyArray<string>,
      test: (world: World) => Effect.Effect<A, E>,
      options: ZooClient.Options = {},
    ) =>
      Effect.gen(function* () {
        const stub = yield* StubZoo.make()
        const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl, token: yield* listed(...tokens), ...options })
        return yield* test({ stub, zoo })
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer))

    const sent = (stub: StubZoo.Service) => stub.requests.map(({ token }) => token)

    it.effect("ask at once with the one that it was replaced by, which is no attempt of its own", () =>
      withTokens(
        ["old-token", TOKEN],
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            yield* zoo.balance(me)
            yield* zoo.user()
            expect(sent(stub)).toEqual(["old-token", TOKEN, TOKEN])
            expect(times(stub)).toEqual([0, 0, 0])
          }),
        { attempts: 1 },
      ),
    )

    it.effect("ask once only", () =>
      withTokens(["one", "two", TOKEN], ({ stub, zoo }) =>
        Effect.gen(function* () {
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({
            _tag: "Refused",
            reason: "Unauthorized",
            attempts: 1,
          })
          expect(sent(stub)).toEqual(["one", "two"])
          yield* zoo.user()
          expect(sent(stub).slice(2)).toEqual(["two", TOKEN])
        }),
      ),
    )

    it.effect("ask once only, whatever fails in between", () =>
      withTokens(
        ["one", "two", TOKEN],
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 401 }, { status: 500 })
            const call = yield* Effect.fork(Effect.flip(balanceOf(zoo)))
            yield* through(250)
            expect(yield* Fiber.join(call)).toMatchObject({ _tag: "Refused", attempts: 2 })
            expect(sent(stub)).toEqual(["one", "two", "two"])
          }),
        HURRY,
      ),
    )

    it.effect("do not ask again with the same one, nor for a 403", () =>
      withTokens(["one", "one", "one"], ({ stub, zoo }) =>
        Effect.gen(function* () {
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({ _tag: "Refused" })
          stub.failNext({ status: 403 })
          expect(yield* Effect.flip(zoo.user())).toMatchObject({ reason: "Forbidden" })
          expect(sent(stub)).toEqual(["one", "one"])
        }),
      ),
    )

    it.effect("leave a call's own credential as it is", () =>
      withTokens([TOKEN, "other"], ({ stub, zoo }) =>
        Effect.gen(function* () {
          const credential = Redacted.make("someone's")
          expect(yield* Effect.flip(zoo.balance({ ...me, credential }))).toMatchObject({ _tag: "Refused" })
          expect(sent(stub)).toEqual(["someone's"])
        }),
      ),
    )

    it.effect("go on with the new one after other failures", () =>
      withTokens(
        ["old-token", TOKEN],
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 503 }, { status: 401 }, { status: 500 })
            const call = yield* Effect.fork(balanceOf(zoo))
            yield* through(250, 500)
            yield* Fiber.join(call)
            expect(sent(stub)).toEqual(["old-token", "old-token", TOKEN, TOKEN])
            expect(times(stub)).toEqual([0, 250, 250, 500])
          }),
        HURRY,
      ),
    )

    it.effect("say so where the new one cannot be sent", () =>
      withTokens(["one", "two words"], ({ zoo }) =>
        Effect.map(Effect.flip(zoo.balance(me)), (error) => {
          expect(error).toMatchObject({ _tag: "InvalidCredential", reason: "IllegalCharacter" })
        }),
      ),
    )

    it.scoped("take the one that the configuration of the layer has by then", () =>
      Effect.gen(function* () {
        const stub = yield* StubZoo.make()
        const variables = new Map([
          ["ZOO_HOST", stub.baseUrl],
          ["KITTYCAD_TOKEN", "old-token"],
        ])
        const now = () => ConfigProvider.fromMap(new Map(variables)).flattened
        const changing = ConfigProvider.fromFlat(
          ConfigProvider.makeFlat({
            load: (path, config, split) => now().load(path, config, split),
            enumerateChildren: (path) => now().enumerateChildren(path),
            patch: now().patch,
          }),
        )
        const context = yield* Layer.build(ZooClient.layerConfig).pipe(
          Effect.withConfigProvider(changing),
          Effect.provide(FetchHttpClient.layer),
        )
        variables.set("ZOO_API_TOKEN", TOKEN)
        yield* Effect.provide(
          Effect.flatMap(ZooClient.ZooClient, (zoo) => zoo.balance(me)),
          context,
        )
        expect(sent(stub)).toEqual(["old-token", TOKEN])
      }),
    )
  })

  describe("of one token, route and subject", () => {
    it.effect("go out one a second, and others do not wait for them", () =>
      withLimits(({ stub, zoo }) =>
        Effect.gen(function* () {
          const same = [zoo.balance(me), zoo.balance({ ...me, includeTotalDue: true }), zoo.balance(me)]
          const calls = yield* Effect.forEach(same, Effect.fork)
          yield* zoo.balance({ subject: Subject.org })
          yield* zoo.balance({ subject: Subject.user(StubZoo.exampleAccount.id) })
          yield* zoo.user()
          yield* Effect.flip(zoo.balance({ ...me, credential: Redacted.make("another") }))
          yield* through(1_000, 2_000)
          yield* Fiber.joinAll(calls)
          const mine = stub.requests.filter(({ token, url }) => url.startsWith("/user/payment") && token === TOKEN)
          expect(mine.map(({ at }) => at)).toEqual([0, 1_000, 2_000])
          expect(times(stub).filter((at) => at === 0)).toHaveLength(5)
        }),
      ),
    )

    it.effect("fail at once where their slot is not before the deadline, and nothing is sent", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            const calls = yield* Effect.forEach([1, 2, 3], () => Effect.fork(zoo.balance(me)))
            yield* asleepUntil(2_000)
            const error = yield* Effect.flip(zoo.balance(me))
            expect(error).toMatchObject({
              _tag: "RateLimited",
              by: "Client",
              retryAfter: Option.some(Duration.seconds(3)),
            })
            expect(error.message).toBe(
              "ZooClient.balance me: not sent, too many calls of this client (no turn before the deadline, because of callsPerSecond or of what the API asked for: try again after 3s)",
            )
            yield* through(1_000, 2_000)
            yield* Fiber.joinAll(calls)
            expect(times(stub)).toEqual([0, 1_000, 2_000])
          }),
        { client: { deadline: "3 seconds" } },
      ),
    )

    it.effect("wait for a slot when they are tried again, but not with a renewed token", () =>
      Effect.gen(function* () {
        const stub = yield* StubZoo.make()
        const tokens = ["old-token", TOKEN]
        const token = yield* Credentials.make(
          Effect.sync(() => Option.map(Option.fromNullable(tokens.shift()), (text) => Redacted.make(text))),
        )
        const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl, token })
        stub.failNext({ status: 401 }, { status: 500 })
        const call = yield* Effect.fork(balanceOf(zoo))
        yield* through(250, 1_000)
        yield* Fiber.join(call)
        expect(times(stub)).toEqual([0, 0, 1_000])
        const next = yield* Effect.fork(zoo.balance(me))
        yield* through(2_000)
        yield* Fiber.join(next)
        expect(times(stub).at(-1)).toBe(2_000)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("tell why they failed before, where there is no slot for another", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 500 })
            expect(yield* Effect.flip(balanceOf(zoo))).toMatchObject({ _tag: "Unavailable", attempts: 1 })
            expect(times(stub)).toEqual([0])
          }),
        { client: { deadline: 900 } },
      ),
    )

    it.effect("leave their slot to the next when they are interrupted", () =>
      withLimits(({ stub, zoo }) =>
        Effect.gen(function* () {
          yield* zoo.balance(me)
          const waiting = yield* Effect.fork(zoo.balance(me))
          yield* asleepUntil(1_000)
          yield* Fiber.interrupt(waiting)
          const next = yield* Effect.fork(zoo.balance(me))
          yield* through(1_000)
          yield* Fiber.join(next)
          expect(times(stub)).toEqual([0, 1_000])
        }),
      ),
    )
  })

  describe("at once", () => {
    /** A server that answers the oldest request that waits, when it is told to. */
    const held = Effect.gen(function* () {
      const waiting: Array<() => void> = []
      const asked: Array<string> = []
      const { baseUrl } = yield* serve((request, response) => {
        asked.push(request.headers.authorization?.replace("Bearer ", "") ?? "")
        waiting.push(() => response.setHeader("content-type", "application/json").end('{"id":"u-1"}'))
      })
      return { baseUrl, asked, waiting }
    })

    it.effect("are no more in all than the limit, the rest in turn", () =>
      Effect.gen(function* () {
        const { asked, baseUrl, waiting } = yield* held
        const zoo = yield* ZooClient.make({ baseUrl, totalConcurrency: 10 })
        const names = Array.from({ length: 14 }, (_, index) => `token-${index}`)
        const calls = yield* Effect.forEach(names, (name) => Effect.fork(zoo.user({ credential: Redacted.make(name) })))
        yield* until(() => waiting.length === 10)
        yield* Effect.repeatN(breathe, 50)
        expect([...asked].sort()).toEqual(names.slice(0, 10).sort())
        for (let more = 11; more <= 14; more++) {
          waiting.shift()?.()
          yield* until(() => asked.length === more)
          expect(asked.at(-1)).toBe(names[more - 1])
        }
        for (const answer of waiting) answer()
        yield* Fiber.joinAll(calls)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("are no more than ten with one token, and others do not wait for them", () =>
      Effect.gen(function* () {
        const { asked, baseUrl, waiting } = yield* held
        const zoo = yield* ZooClient.make({ baseUrl, ...HURRY })
        const of = (name: string) => Effect.fork(zoo.user({ credential: Redacted.make(name) }))
        const calls = yield* Effect.replicateEffect(of("hanging"), 14)
        yield* until(() => waiting.length === 10)
        const others = yield* Effect.replicateEffect(of("healthy"), 10)
        yield* until(() => waiting.length === 20)
        yield* Effect.repeatN(breathe, 50)
        expect([asked.filter((name) => name === "hanging").length, asked.length]).toEqual([10, 20])
        for (const answer of waiting.splice(10)) answer()
        yield* Fiber.joinAll(others)
        while (asked.length < 24) {
          waiting.shift()?.()
          yield* breathe
        }
        for (const answer of waiting) answer()
        yield* Fiber.joinAll(calls)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("hold no place while they wait to be tried again", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 500 })
            const call = yield* Effect.fork(balanceOf(zoo))
            yield* asleepUntil(250)
            yield* zoo.user()
            yield* TestClock.setTime(250)
            yield* Fiber.join(call)
            expect(times(stub)).toEqual([0, 0, 250])
          }),
        { client: { ...HURRY, concurrency: 1 } },
      ),
    )

    it.effect("fail where no place is free before the deadline", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext("silence")
            const first = yield* Effect.fork(Effect.flip(zoo.balance(me)))
            yield* until(() => stub.requests.length === 1)
            const second = yield* Effect.fork(Effect.flip(zoo.user()))
            yield* Effect.yieldNow()
            yield* TestClock.setTime(5_000)
            expect(yield* Fiber.join(first)).toMatchObject({ _tag: "Unavailable", reason: "Timeout" })
            const error = yield* Fiber.join(second)
            expect(error).toMatchObject({ _tag: "RateLimited", by: "Client", retryAfter: Option.none() })
            expect(error.message).toContain("no turn before the deadline, because of concurrency")
            expect(stub.requests).toHaveLength(1)
          }),
        { client: { ...HURRY, concurrency: 1, deadline: "5 seconds" } },
      ),
    )

    it.effect("keep the pace of their key when they waited for a place together", () =>
      withLimits(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext("silence")
            const first = yield* Effect.fork(zoo.user())
            yield* until(() => stub.requests.length === 1)
            const calls = yield* Effect.forEach([1, 2], () => Effect.fork(zoo.balance(me)))
            yield* through(1_000)
            yield* Fiber.interrupt(first)
            yield* through(2_000)
            yield* Fiber.joinAll(calls)
            expect(times(stub)).toEqual([0, 1_000, 2_000])
          }),
        { client: { concurrency: 1 } },
      ),
    )
  })

  it.effect("leave nothing behind, whenever they are interrupted", () =>
    countingSleepers((asleep) =>
      Effect.gen(function* () {
        const open = new Set<ServerResponse>()
        const { baseUrl } = yield* serve((request, response) => {
          open.add(response)
          response.once("close", () => open.delete(response))
          if (open.size > 1) response.writeHead(500).end()
          else response.writeHead(200, { "content-type": "application/json" }).write(request.method)
        })
        const limits = { concurrency: 1, callsPerSecond: Number.POSITIVE_INFINITY }
        const zoo = yield* ZooClient.make({ ...limits, baseUrl, token: Redacted.make(TOKEN) })
        let mostAsleep = 0
        for (let patience = 0; patience < 60; patience++) {
          const call = yield* Effect.fork(zoo.balance(me))
          yield* Effect.repeatN(patience % 2 === 0 ? Effect.yieldNow() : breathe, Math.floor(patience / 2))
          mostAsleep = Math.max(mostAsleep, asleep())
          yield* Fiber.interrupt(call)
          expect(asleep()).toBe(0)
        }
        expect(mostAsleep).toBe(2)
        yield* until(() => open.size === 0)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    ),
  )
})
