import type { ServerResponse } from "node:http"
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as ZooClient from "../../../src/infra/zoo/ZooClient.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"
import { asleepUntil, ONCE, serve, TOKEN, until, withLimits, withStub } from "./World.js"

const me = { subject: Subject.me }
const token = Redacted.make(TOKEN)

describe("Attempt", () => {
  describe("timeouts", () => {
    const OWN: ZooClient.Options = { timeout: "10 seconds", headersTimeout: "3 seconds", bodyTimeout: "5 seconds" }

    it.effect.each([
      ["silence", {}, 10_000, "no complete answer within 10s (timeout)"],
      ["stall", {}, 10_000, "no complete answer within 10s (timeout)"],
      ["silence", OWN, 3_000, "no headers within 3s (headersTimeout)"],
      ["stall", OWN, 5_000, "no complete body within 5s after its headers (bodyTimeout)"],
      ["stall", { timeout: "4 seconds", bodyTimeout: "5 seconds" }, 4_000, "no complete answer within 4s (timeout)"],
      ["silence", { deadline: "4 seconds" }, 4_000, "no complete answer before the deadline of 4s"],
      [
        "stall",
        { deadline: "4 seconds", bodyTimeout: "4 seconds" },
        4_000,
        "no complete answer before the deadline of 4s",
      ],
    ] as const)("give up %s with %j after %i ms", ([fault, limits, millis, detail]) =>
      withStub(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext(fault)
            const call = yield* Effect.fork(Effect.flip(zoo.balance(me)))
            yield* asleepUntil(millis)
            yield* until(() => stub.requests.length === 1)
            yield* TestClock.setTime(millis - 1)
            expect(yield* Fiber.poll(call)).toEqual(Option.none())
            yield* TestClock.setTime(millis)
            const error = yield* Fiber.join(call)
            expect(error).toMatchObject({ _tag: "Unavailable", reason: "Timeout", attempts: 1 })
            expect(error.message).toBe(
              `ZooClient.balance me: ${detail}, so it was given up: try again, or allow more time`,
            )
          }),
        { client: limits },
      ),
    )

    it.effect("close the connection of what is given up", () =>
      Effect.gen(function* () {
        const open = new Set<ServerResponse>()
        const { baseUrl } = yield* serve((_, response) => {
          open.add(response)
          response.once("close", () => open.delete(response))
          if (open.size > 0) response.writeHead(200).write("{")
        })
        const zoo = yield* ZooClient.make({ ...ONCE, baseUrl, token })
        const call = yield* Effect.fork(Effect.flip(zoo.balance(me)))
        yield* until(() => open.size === 1)
        yield* asleepUntil(10_000)
        yield* TestClock.setTime(10_000)
        yield* Fiber.join(call)
        yield* until(() => open.size === 0)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )
  })

  it.effect("closes the connection of an answer that is given up before its body is asked for", () =>
    Effect.gen(function* () {
      const open = new Set<ServerResponse>()
      const { baseUrl } = yield* serve((_, response) => {
        open.add(response)
        response.once("close", () => open.delete(response))
        response.writeHead(200).write("{")
      })
      let hasHeaders = false
      const stuck = Effect.map(
        HttpClient.HttpClient,
        HttpClient.transformResponse(
          Effect.tap(() => {
            hasHeaders = true
            return Effect.never
          }),
        ),
      )
      const made = ZooClient.make({ ...ONCE, baseUrl, token })
      const zoo = yield* Effect.provideServiceEffect(made, HttpClient.HttpClient, stuck)
      const call = yield* Effect.fork(zoo.balance(me))
      yield* until(() => hasHeaders)
      expect(open.size).toBe(1)
      yield* Fiber.interrupt(call)
      yield* until(() => open.size === 0)
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
  )

  describe("redirects", () => {
    it.effect.each([301, 302, 303, 307, 308])(
      "of status %i are followed within the origin, with GET and token",
      (status) =>
        withLimits(({ stub, zoo }) =>
          Effect.gen(function* () {
            const headers = { location: "/user/payment/balance?include_total_due=true" }
            stub.failNext({ status, headers }, { status, headers: { location: `${stub.baseUrl}${headers.location}` } })
            const { balance } = yield* zoo.balance(me)
            expect(balance.due._tag).toBe("Due")
            expect(stub.requests.map((request) => [request.method, request.url, request.token, request.at])).toEqual([
              ["GET", "/user/payment/balance", TOKEN, 0],
              ["GET", headers.location, TOKEN, 0],
              ["GET", headers.location, TOKEN, 0],
            ])
            expect(stub.requests.map(({ headers: { accept } }) => accept)).toEqual(Array(3).fill("application/json"))
          }),
        ),
    )

    it.effect("are followed three times, and then refused", () =>
      withLimits(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext(...Array.from({ length: 5 }, () => ({ status: 302, headers: { location: "/user" } })))
          const error = yield* Effect.flip(zoo.user())
          expect(error).toMatchObject({ _tag: "RequestRejected", status: 302, attempts: 1 })
          expect(error.message).toContain(`a redirect after 3 others, to ${stub.baseUrl}, is not followed`)
          expect(stub.requests).toHaveLength(4)
        }),
      ),
    )

    it.effect("to another origin are refused, and nothing is sent there", () =>
      withLimits(({ stub, zoo }) =>
        Effect.gen(function* () {
          const other = yield* StubZoo.make()
          stub.failNext({ status: 307, headers: { location: `${other.baseUrl}/user/payment/balance?token=${TOKEN}` } })
          const error = yield* Effect.flip(zoo.balance(me))
          expect(error).toMatchObject({ _tag: "RequestRejected", status: 307, apiCallId: { _tag: "Some" } })
          expect(error.message).toContain(
            `status 307, a redirect to another origin, ${other.baseUrl}, is not followed: set the base URL to where the API is`,
          )
          expect(error.message).not.toContain(TOKEN)
          expect([stub.requests.length, other.requests.length]).toEqual([1, 0])
        }),
      ),
    )

    it.effect.each([
      ["", "a redirect without a Location"],
      ["https://[", "a redirect whose Location is no URL"],
      ["http://u:p@127.0.0.1/", "a redirect whose Location has a user name or password"],
    ] as const)("to %j are refused as %s", ([location, why]) =>
      withLimits(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 302, headers: { location } })
          const error = yield* Effect.flip(zoo.user())
          expect(error).toMatchObject({ _tag: "RequestRejected", status: 302 })
          expect(error.message).toContain(`status 302, ${why} is not followed`)
        }),
      ),
    )

    it.effect("from https to plain http are refused", () => {
      const urls: Array<string> = []
      const client = HttpClient.make((request, url) => {
        urls.push(url.href)
        const headers = { location: "http://api.zoo.dev/user" }
        return Effect.succeed(HttpClientResponse.fromWeb(request, new Response(null, { status: 301, headers })))
      })
      return Effect.gen(function* () {
        const zoo = yield* Effect.provideService(ZooClient.make({ token }), HttpClient.HttpClient, client)
        const error = yield* Effect.flip(zoo.user())
        expect(error.message).toContain("a redirect from https to plain http, to http://api.zoo.dev, is not followed")
        expect(urls).toEqual(["https://api.zoo.dev/user"])
      })
    })

    it.effect("have no more of their body read than an error's", () =>
      Effect.gen(function* () {
        let sent = 0
        const { baseUrl } = yield* serve((request, response) => {
          if (request.url !== "/user")
            return void response.setHeader("content-type", "application/json").end('{"id":"u"}')
          response.writeHead(302, { location: "/moved" })
          const chunk = Buffer.alloc(65_536)
          const more = () => {
            if (response.destroyed) return
            sent += chunk.byteLength
            if (response.write(chunk)) setImmediate(more)
            else response.once("drain", more)
          }
          more()
        })
        const zoo = yield* ZooClient.make({ ...ONCE, baseUrl, token })
        expect(yield* zoo.user()).toMatchObject({ id: "u" })
        expect(sent).toBeLessThan(32 * 1_048_576)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("share the time of their attempt", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 302, headers: { location: "/user" } }, "silence")
          const call = yield* Effect.fork(Effect.flip(zoo.user()))
          yield* until(() => stub.requests.length === 2)
          yield* TestClock.setTime(10_000)
          expect(yield* Fiber.join(call)).toMatchObject({ reason: "Timeout", attempts: 1 })
        }),
      ),
    )
  })

  describe("bodies", () => {
    const MIB = 1_048_576
    const bomb = Buffer.alloc(64 * MIB, " ")
    const brotli = (bytes: Uint8Array) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })

    it.effect.each([
      ["gzip", gzipSync(bomb, { level: 1 })],
      ["br", brotli(bomb)],
      ["deflate", deflateSync(bomb, { level: 1 })],
    ] as const)("of 64 MiB in a few bytes of %s are read no further than 1 MiB", ([encoding, body]) =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          expect(body.byteLength).toBeLessThan(MIB)
          stub.failNext({ status: 200, headers: { "content-encoding": encoding }, body })
          const before = process.memoryUsage().arrayBuffers
          const error = yield* Effect.flip(zoo.balance(me))
          expect(error).toMatchObject({ _tag: "UnexpectedBody", cause: { kind: "TooLarge" } })
          expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * MIB)
        }),
      ),
    )

    it.effect.each([
      ["gzip", gzipSync],
      ["br", brotli],
    ] as const)("in %s are read as what they hold", ([encoding, compress]) =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const body = compress(Buffer.from(StubZoo.exampleBody))
          stub.failNext({ status: 200, headers: { "content-encoding": encoding }, body })
          const { balance } = yield* zoo.balance(me)
          expect(CustomerBalance.encode(balance)).toMatchObject({ monthly: { value: "41.26" } })
        }),
      ),
    )

    it.effect("of an error are read no further than 64 KiB, compressed or not", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 404, headers: { "content-encoding": "gzip" }, body: gzipSync(bomb, { level: 1 }) })
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({ _tag: "NotFound", apiMessage: Option.none() })
        }),
      ),
    )

    it.effect.each([{ "content-length": "5000" }, { "transfer-encoding": "chunked" }, { "content-encoding": "gzip" }])(
      "with %j that the connection cuts off are tried again, and told as cut off",
      (headers) =>
        Effect.gen(function* () {
          const compressed = "content-encoding" in headers
          const half = compressed ? gzipSync(StubZoo.exampleBody).subarray(0, 200) : StubZoo.exampleBody.slice(0, 200)
          const { baseUrl } = yield* serve((_, response) => {
            response.writeHead(200, headers).write(half, () => response.destroy())
          })
          const zoo = yield* ZooClient.make({ ...ONCE, attempts: 2, baseUrl, token })
          const call = yield* Effect.fork(Effect.withRandom(Effect.flip(zoo.balance(me)), Random.fixed([0.5])))
          yield* asleepUntil(250)
          yield* TestClock.setTime(250)
          const error = yield* Fiber.join(call)
          expect(error).toMatchObject({ _tag: "Unavailable", reason: "Network", attempts: 2 })
        }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("longer than announced end where they were to end, and are no JSON", () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* serve((_, response) => {
          const head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n"
          response.socket?.end(`${head}${StubZoo.exampleBody}`)
        })
        const zoo = yield* ZooClient.make({ ...ONCE, baseUrl, token })
        const error = yield* Effect.flip(zoo.balance(me))
        expect(error.message).toMatch(/found a text that is no JSON|the API cannot be reached/)
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("that are no UTF-8, or empty, are named for what they are", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const bytes = { status: 200, body: Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d) }
          stub.failNext(bytes, bytes, { status: 200 }, { status: 200 })
          const messages = [
            (yield* Effect.flip(zoo.balance(me))).message,
            (yield* Effect.flip(zoo.user())).message,
            (yield* Effect.flip(zoo.balance(me))).message,
            (yield* Effect.flip(zoo.org())).message,
          ]
          expect(messages.map((message) => /the body is no [^:]*: at \$ expected [^:]*/.exec(message)?.[0])).toEqual([
            "the body is no customer balance: at $ expected UTF-8 text, found bytes that are no UTF-8",
            "the body is no user: at $ expected UTF-8 text, found bytes that are no UTF-8",
            "the body is no customer balance: at $ expected one JSON object, found an empty body",
            "the body is no organisation: at $ expected one JSON object, found an empty body",
          ])
        }),
      ),
    )

    it.effect("that are the API's own error under status 200 are told, with its request", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const body = JSON.stringify({ message: "try later", request_id: "request-1", error_code: "busy" })
          stub.failNext({ status: 200, body }, { status: 200, body })
          const errors = [yield* Effect.flip(zoo.balance(me)), yield* Effect.flip(zoo.user())]
          for (const [index, error] of errors.entries()) {
            expect(error).toMatchObject({
              _tag: "UnexpectedBody",
              requestId: Option.some("request-1"),
              errorCode: Option.some("busy"),
              cause: { kind: "ApiError" },
            })
            const what = ["customer balance", "user"][index]
            expect(error.message).toContain(`expected a ${what}, found an error of the API`)
          }
        }),
      ),
    )

    it.effect.each([
      "Sign in",
      "\u001b[2J\u0000Sign\r\nin\u202e",
      `You sent ${TOKEN}`,
      "You sent &#101;xample&#x2d;token",
      "You sent example%2Dtoken",
    ])("that are a page titled %j are told as a page, and not quoted", (title) =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const page = {
            status: 200,
            headers: { "content-type": "text/html" },
            body: `<!doctype html><html><head><title>${title}</title></head></html>`,
          }
          stub.failNext(page, page)
          for (const error of [yield* Effect.flip(zoo.balance(me)), yield* Effect.flip(zoo.user())]) {
            expect(error).toMatchObject({ _tag: "UnexpectedBody", cause: { kind: "Html" } })
            expect(error.message).toContain("found a page or XML")
            expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
            expect(error.message).not.toMatch(/example.{1,6}token/)
          }
        }),
      ),
    )

    it.effect.each(["text/plain", "text/html; charset=utf-8", "application/octet-stream"])(
      "called %s are read all the same, with drift",
      (contentType) =>
        withStub(({ stub, zoo }) =>
          Effect.gen(function* () {
            const answer = { status: 200, headers: { "content-type": contentType }, body: StubZoo.exampleBody }
            stub.failNext(answer, answer)
            const { drift } = yield* zoo.balance(me)
            expect(drift).toMatchObject([
              { kind: "UnexpectedContentType", path: "$", found: `a text of ${contentType.length} characters` },
            ])
            const strict = yield* ZooClient.make({ ...ONCE, baseUrl: stub.baseUrl, token, strict: true })
            const error = yield* Effect.flip(strict.balance(me))
            expect(error).toMatchObject({ _tag: "UnexpectedBody", cause: { kind: "Invalid" } })
            expect(error.message).toContain("expected the content type application/json, found a text of")
          }),
        ),
    )

    it.effect("called nothing at all are read without drift, strictly too", () =>
      Effect.gen(function* () {
        const { baseUrl } = yield* serve((_, response) => response.end(StubZoo.exampleBody))
        const zoo = yield* ZooClient.make({ ...ONCE, baseUrl, token, strict: true })
        expect((yield* zoo.balance(me)).drift).toEqual([])
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )
  })
})
