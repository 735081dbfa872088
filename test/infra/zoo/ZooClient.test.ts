import { readFileSync } from "node:fs"
import { inspect } from "node:util"
import { gzipSync } from "node:zlib"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { describe, expect, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import * as Block from "../../../src/domain/balance/Block.js"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Credentials from "../../../src/infra/zoo/Credentials.js"
import * as ZooClient from "../../../src/infra/zoo/ZooClient.js"
import * as StubZoo from "../../../src/testing/StubZoo.js"
import { ONCE, serve, TOKEN, until, withStub } from "./World.js"

const token = Redacted.make(TOKEN)

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8")

const me = { subject: Subject.me }

/** Ids that are hard to put into a URL. */
const ODD_IDS = [
  "a/../b",
  "../..",
  "%2e%2e",
  "ü/%2e",
  "?include_total_due=true",
  "#fragment",
  "a@b.c",
  "someone+else@example.com",
  "a b",
  "a%2Fb",
  "a\\b",
  "a;b=c",
  "a:b",
  "a&b",
  "'\"<>`{}|^",
  "İstanbul",
  "日本語",
  "👩‍🚀",
  "...",
  "//",
  "A",
  "a",
  "x".repeat(256),
  "ü".repeat(256),
]

describe("ZooClient", () => {
  it.effect("gives the example's balance, exact", () =>
    withStub(({ zoo }) =>
      Effect.gen(function* () {
        const { balance, drift, apiCallId } = yield* zoo.balance({ ...me, includeTotalDue: true })
        expect(CustomerBalance.encode(balance)).toMatchObject({
          monthly: { value: "41.26" },
          stable: { value: "63.35" },
          due: { usd: "86.32" },
        })
        expect(drift).toEqual([])
        expect(Option.isSome(apiCallId)).toBe(true)
      }),
    ),
  )

  it.effect("gives the same balance for amounts as numbers and as text, digit for digit", () => {
    const numbers = { ...StubZoo.exampleAccount, bodyAt: () => fixture("reference-2025-05-07-numbers.json") }
    const exact = {
      ...StubZoo.exampleAccount,
      tokens: ["exact-token"],
      bodyAt: () => StubZoo.exampleBody.replace('"41.26"', "123456789.123456789"),
    }
    return withStub(
      ({ zoo }) =>
        Effect.gen(function* () {
          const { balance } = yield* zoo.balance(me)
          const text = yield* CustomerBalance.decodeText(fixture("reference-2025-05-07.json"))
          expect(CustomerBalance.encode(balance)).toEqual(CustomerBalance.encode(text.balance))
          const digits = yield* zoo.balance({ ...me, credential: Redacted.make("exact-token") })
          expect(CustomerBalance.encode(digits.balance)).toMatchObject({ monthly: { value: "123456789.123456789" } })
        }),
      { stub: { accounts: [numbers, exact] } },
    )
  })

  it.effect("asks for the total due only when it is wanted", () =>
    withStub(({ stub, zoo }) =>
      Effect.gen(function* () {
        const without = yield* zoo.balance(me)
        const explicit = yield* zoo.balance({ ...me, includeTotalDue: false })
        const whole = yield* zoo.balance({ ...me, includeTotalDue: true })
        expect([without, explicit, whole].map(({ balance }) => balance.due._tag)).toEqual([
          "NotRequested",
          "NotRequested",
          "Due",
        ])
        expect(stub.requests.map(({ includeTotalDue }) => includeTotalDue)).toEqual([undefined, undefined, "true"])
      }),
    ),
  )

  it.effect("tells who holds a token, and their organisation", () =>
    withStub(({ zoo }) =>
      Effect.gen(function* () {
        expect(yield* zoo.user()).toEqual({
          id: StubZoo.exampleAccount.id,
          email: Option.some(StubZoo.exampleAccount.email),
          allowPayAsYouGo: Option.some(false),
          block: Option.none(),
        })
        expect(yield* zoo.org()).toEqual({ id: StubZoo.exampleAccount.organizationId, block: Option.none() })
      }),
    ),
  )

  describe("the organisation of a token", () => {
    const paths = (stub: StubZoo.Service) => stub.requests.map(({ url }) => url)
    const organization = { id: StubZoo.exampleAccount.organizationId, block: Option.none() }

    it.effect.each(["admin", "member", "service_account"] as const)(
      "is told by GET /user/org to a token whose role is %s",
      (organizationRole) =>
        withStub(
          ({ stub, zoo }) =>
            Effect.gen(function* () {
              expect(yield* zoo.org()).toEqual(organization)
              expect(paths(stub)).toEqual(["/user/org"])
            }),
          { stub: { accounts: [{ ...StubZoo.exampleAccount, organizationRole }] } },
        ),
    )

    it.effect.each([
      ["404", { status: 404 }],
      ["403", { status: 403 }],
      ["405", { status: 405 }],
    ] as const)("is told by GET /org to an administrator where GET /user/org answers with %s", ([_, fault]) =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext(fault)
          expect(yield* zoo.org()).toEqual(organization)
          expect(paths(stub)).toEqual(["/user/org", "/org"])
        }),
      ),
    )

    it.effect.each([
      ["401", { status: 401 }, "Refused"],
      ["429", { status: 429 }, "RateLimited"],
      ["503", { status: 503 }, "Unavailable"],
      ["a body without an id", { status: 200, body: "{}" }, "UnexpectedBody"],
    ] as const)(
      "is not asked for again where GET /user/org answers with %s, a failure that GET /org would not mend",
      ([_, fault, tag]) =>
        withStub(({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext(fault)
            expect(yield* Effect.flip(zoo.org())).toMatchObject({ _tag: tag, target: "org" })
            expect(paths(stub)).toEqual(["/user/org"])
          }),
        ),
    )

    it.effect("is NotFound for a user who has none, after both operations were asked", () =>
      withStub(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            expect(yield* Effect.flip(zoo.org())).toMatchObject({ _tag: "NotFound", target: "org" })
            expect(paths(stub)).toEqual(["/user/org", "/org"])
          }),
        { stub: { accounts: [{ ...StubZoo.exampleAccount, organizationId: undefined }] } },
      ),
    )

    it.effect("fails with what GET /user/org said where a member may not ask GET /org either", () =>
      withStub(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext({ status: 405 })
            expect(yield* Effect.flip(zoo.org())).toMatchObject({ _tag: "RequestRejected", status: 405 })
          }),
        { stub: { accounts: [{ ...StubZoo.exampleAccount, organizationRole: "member" }] } },
      ),
    )
  })

  it.effect("tells why the user and the organisation are served no longer", () => {
    const block = { block: "missing_payment_method", block_message: "Add a card." }
    const organizationBlock = { block: "fraud_review", block_message: null }
    return withStub(
      ({ stub, zoo }) =>
        Effect.gen(function* () {
          expect((yield* zoo.user()).block).toEqual(Block.of("missing_payment_method", "Add a card."))
          const other = Block.of("fraud_review", null)
          expect((yield* zoo.org()).block).toEqual(other)
          stub.failNext({ status: 404 })
          expect((yield* zoo.org()).block).toEqual(other)
        }),
      { stub: { accounts: [{ ...StubZoo.exampleAccount, block, organizationBlock }] } },
    )
  })

  it.effect("sends every odd id as one segment that the API decodes to the same id", () => {
    const asked: Array<string> = []
    const accounts = ODD_IDS.map((id) => ({
      id,
      organizationId: id,
      bodyAt: () => {
        asked.push(id)
        return StubZoo.exampleBody
      },
    }))
    return withStub(
      ({ stub, zoo }) =>
        Effect.gen(function* () {
          for (const id of ODD_IDS) {
            yield* zoo.balance({ subject: Subject.user(id) })
            yield* zoo.balance({ subject: Subject.anyOrg(id) })
          }
          expect(asked).toEqual(ODD_IDS.flatMap((id) => [id, id]))
          expect(stub.requests.map(({ url }) => url)).toEqual(
            ODD_IDS.map(encodeURIComponent).flatMap((id) => [
              `/users/${id}/payment/balance`,
              `/orgs/${id}/payment/balance`,
            ]),
          )
        }),
      { stub: { accounts: [StubZoo.exampleAccount, ...accounts] } },
    )
  })

  it.effect("refuses an id that URLs fold away before anything is sent", () =>
    withStub(({ stub, zoo }) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(zoo.balance({ subject: { _tag: "User", id: ".." } }))
        expect(error).toMatchObject({ _tag: "InvalidTarget", target: "user:.." })
        expect(error.message).toContain("refused because URLs fold them away")
        expect(stub.requests).toEqual([])
      }),
    ),
  )

  describe("credentials", () => {
    it.effect("takes a call's own before the layer's", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const credential = Redacted.make("another-token")
          yield* Effect.flip(zoo.balance({ ...me, credential }))
          yield* Effect.flip(zoo.user({ credential }))
          yield* Effect.flip(zoo.org({ credential }))
          yield* zoo.balance(me)
          expect(stub.requests.map((request) => request.token)).toEqual([
            "another-token",
            "another-token",
            "another-token",
            TOKEN,
          ])
        }),
      ),
    )

    it.effect("says what to do when there is none, and sends nothing", () =>
      withStub(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            const error = yield* Effect.flip(zoo.balance(me))
            expect(error._tag).toBe("NoCredential")
            expect(error.message).toBe("ZooClient.balance me: no token: give one to the layer or to the call")
            expect(yield* zoo.user({ credential: token })).toMatchObject({ id: StubZoo.exampleAccount.id })
            expect(stub.requests).toHaveLength(1)
          }),
        { client: { token: undefined } },
      ),
    )

    it.effect.each([
      ["", "Blank"],
      [" ", "Blank"],
      ["sécret-0123456789", "IllegalCharacter"],
      ["secret-0123456789\n", "IllegalCharacter"],
      ["secret-0123456789\r\nx-evil: 1", "IllegalCharacter"],
    ] as const)("refuses the token %j without showing it, and sends nothing", ([text, reason]) =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(zoo.balance({ ...me, credential: Redacted.make(text) }))
          expect(error).toMatchObject({ _tag: "InvalidCredential", reason })
          expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("0123456789")
          expect(stub.requests).toEqual([])
        }),
      ),
    )
  })

  describe("base URL", () => {
    it.effect.each([
      "http://api.zoo.dev",
      "http://192.168.0.1:8080",
      "ftp://api.zoo.dev",
      "api.zoo.dev",
      "https://user:password@api.zoo.dev",
      "https://api.zoo.dev/?a=b",
      "",
    ])("is refused when it is %j, before anything is sent", (baseUrl) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(Layer.build(ZooClient.layer({ baseUrl, token })))
        expect(error._tag).toBe("InvalidBaseUrl")
        expect(error.message).not.toContain("user:password")
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("is the API's own by default, and is told in the form that accounts are compared by", () =>
      Effect.gen(function* () {
        expect((yield* ZooClient.make({})).baseUrl).toBe("https://api.zoo.dev")
        expect((yield* ZooClient.make({ baseUrl: "HTTPS://API.Zoo.dev:443/" })).baseUrl).toBe("https://api.zoo.dev")
      }).pipe(Effect.provide(FetchHttpClient.layer)),
    )
  })

  describe("strict", () => {
    const drifting = { status: 200, body: StubZoo.exampleBody.replace("{", '{"brand_new":1,') }

    it.effect("takes drift by default, and hands it out", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext(drifting)
          expect((yield* zoo.balance(me)).drift).toMatchObject([{ kind: "UnknownField", path: "$.brand_new" }])
        }),
      ),
    )

    it.effect("takes a body with drift for a failure, and one without for a balance", () =>
      withStub(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            stub.failNext(drifting)
            expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({
              _tag: "UnexpectedBody",
              cause: { _tag: "BodyRejected", kind: "Invalid", issues: [{ path: "$.brand_new" }] },
            })
            expect((yield* zoo.balance(me)).drift).toEqual([])
          }),
        { client: { strict: true } },
      ),
    )
  })

  describe("layerConfig", () => {
    const built = (variables: Readonly<Record<string, string>>) =>
      Layer.build(ZooClient.layerConfig).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
        Effect.provide(FetchHttpClient.layer),
      )

    const tokenFrom = (variables: Readonly<Record<string, string>>) =>
      ZooClient.config.pipe(
        Effect.flatMap(({ token: from }) => Credentials.of(from).current),
        Effect.map((found) => Option.getOrUndefined(Option.map(found, Redacted.value))),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
      )

    it.scoped("reaches a host with a token from the environment", () =>
      Effect.gen(function* () {
        const stub = yield* StubZoo.make()
        const context = yield* built({ ZOO_HOST: stub.baseUrl, ZOO_API_TOKEN: TOKEN })
        yield* Effect.provide(
          Effect.flatMap(ZooClient.ZooClient, (zoo) => zoo.balance(me)),
          context,
        )
        expect(stub.requests.map((request) => request.token)).toEqual([TOKEN])
      }),
    )

    it.effect("takes the first of four variables that is there, and an empty one as none", () =>
      Effect.gen(function* () {
        expect(yield* tokenFrom({ ZOO_API_TOKEN: "new", ZOO_TOKEN: "old" })).toBe("new")
        expect(yield* tokenFrom({ ZOO_TOKEN: "old" })).toBe("old")
        expect(yield* tokenFrom({ ZOO_API_TOKEN: "", ZOO_TOKEN: "old" })).toBe("old")
        const names = ["ZOO_API_TOKEN", "ZOO_TOKEN", "KITTYCAD_API_TOKEN", "KITTYCAD_TOKEN"]
        for (const [index, name] of names.entries()) {
          const [before, after] = [names.slice(0, index), names.slice(index)]
          const variables = [...before.map((empty) => [empty, ""]), ...after.map((full) => [full, `of ${full}`])]
          expect(yield* tokenFrom(Object.fromEntries(variables))).toBe(`of ${name}`)
        }
        expect(yield* tokenFrom({ ZOO_API_TOKEN: "" })).toBeUndefined()
        expect(yield* tokenFrom({})).toBeUndefined()
      }),
    )

    it.effect("is strict where the environment says so, and not by default", () =>
      Effect.gen(function* () {
        const strictFrom = (variables: Readonly<Record<string, string>>) =>
          ZooClient.config.pipe(
            Effect.map(({ strict }) => strict),
            Effect.withConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables)))),
          )
        const written = (text: string) => strictFrom({ ZOO_RUNWAY_STRICT: text })
        expect(yield* Effect.forEach(["true", "yes", "on", "1"], written)).toEqual([true, true, true, true])
        expect(yield* Effect.forEach(["false", "no", "off", "0", ""], written)).toEqual(Array(5).fill(false))
        expect(yield* strictFrom({})).toBe(false)
        const wrong = yield* Effect.flip(written("maybe"))
        expect(wrong).toMatchObject({ _op: "InvalidData", path: ["ZOO_RUNWAY_STRICT"] })
        expect(String(wrong)).toContain('expected true or false, found "maybe"')
      }),
    )

    it.scoped("takes a host without a scheme as https, and refuses http elsewhere", () =>
      Effect.gen(function* () {
        const context = yield* built({ ZOO_HOST: "api.dev.zoo.dev:8443" })
        const zoo = yield* Effect.provide(ZooClient.ZooClient, context)
        expect(zoo.baseUrl).toBe("https://api.dev.zoo.dev:8443")
        expect(yield* Effect.flip(built({ ZOO_HOST: "http://api.zoo.dev" }))).toMatchObject({ _tag: "InvalidBaseUrl" })
      }),
    )
  })

  describe("errors", () => {
    it.effect.each([
      [{ status: 401 }, { _tag: "Refused", reason: "Unauthorized" }],
      [{ status: 403 }, { _tag: "Refused", reason: "Forbidden" }],
      [{ status: 404 }, { _tag: "NotFound" }],
      [
        { status: 429, headers: { "retry-after": "7" } },
        { _tag: "RateLimited", retryAfter: Option.some(Duration.seconds(7)) },
      ],
      [{ status: 400 }, { _tag: "RequestRejected", status: 400 }],
      [{ status: 500 }, { _tag: "Unavailable", reason: "Server", status: Option.some(500) }],
    ] as const)("tells of %j with the API's names for call and request", ([fault, expected]) =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext(fault)
          const error = yield* Effect.flip(zoo.balance(me))
          expect(error).toMatchObject({ ...expected, method: "ZooClient.balance", target: "me" })
          expect(error.requestId).toEqual(Option.some("4e90e575-0000-4000-8000-000000000001"))
          expect(error.apiCallId).toEqual(Option.some("ca11ca11-0000-4000-8000-000000000001"))
        }),
      ),
    )

    it.effect("names method and target of each operation", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 500 }, { status: 500 }, { status: 500 })
          const errors = [
            yield* Effect.flip(zoo.balance({ subject: Subject.anyOrg("o-1") })),
            yield* Effect.flip(zoo.user()),
            yield* Effect.flip(zoo.org()),
          ]
          expect(errors.map(({ method, target }) => `${method} ${target}`)).toEqual([
            "ZooClient.balance org:o-1",
            "ZooClient.user me",
            "ZooClient.org org",
          ])
        }),
      ),
    )

    it.effect("takes a proxy's page for a failure of the way there", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 502, headers: { "content-type": "text/html" }, body: "<html>Bad gateway</html>" })
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({ _tag: "Unavailable", apiMessage: Option.none() })
        }),
      ),
    )

    it.effect("keeps redirects in its hands when the host has options of its own for fetch, and keeps these", () => {
      const init = Layer.succeed(FetchHttpClient.RequestInit, { headers: { "x-host": "kept" }, redirect: "follow" })
      return Effect.gen(function* () {
        const stub = yield* StubZoo.make()
        const zoo = yield* ZooClient.make({ baseUrl: stub.baseUrl, token, ...ONCE })
        stub.failNext({ status: 302, headers: { location: "http://localhost:1/user" } })
        expect(yield* Effect.flip(zoo.user())).toMatchObject({ _tag: "RequestRejected", status: 302 })
        expect(stub.requests.map(({ headers }) => headers["x-host"])).toEqual(["kept"])
        const after = yield* Effect.serviceOption(FetchHttpClient.RequestInit)
        expect(after).toEqual(Option.none())
      }).pipe(Effect.scoped, Effect.provide(Layer.provide(FetchHttpClient.layer, init)))
    })

    it.effect("reads the answer inside the error of a client that takes statuses for errors", () =>
      Effect.gen(function* () {
        const stub = yield* StubZoo.make()
        const strict = Effect.map(HttpClient.HttpClient, HttpClient.filterStatusOk)
        const zoo = yield* Effect.provideServiceEffect(
          ZooClient.make({ baseUrl: stub.baseUrl, token, ...ONCE }),
          HttpClient.HttpClient,
          strict,
        )
        stub.failNext({ status: 404 })
        expect(yield* Effect.flip(zoo.user())).toMatchObject({ _tag: "NotFound", requestId: { _tag: "Some" } })
      }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("says so when nobody listens", () =>
      Effect.gen(function* () {
        const baseUrl = yield* Effect.scoped(Effect.map(StubZoo.make(), (stub) => stub.baseUrl))
        const zoo = yield* ZooClient.make({ baseUrl, token, ...ONCE })
        const error = yield* Effect.flip(zoo.balance(me))
        expect(error).toMatchObject({ _tag: "Unavailable", reason: "Network", requestId: Option.none() })
        expect(error.message).toContain("ECONNREFUSED")
      }).pipe(Effect.provide(FetchHttpClient.layer)),
    )

    it.effect("says so when the connection breaks, before the answer and within it", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext("close", "cut")
          const before = yield* Effect.flip(zoo.balance(me))
          expect(before).toMatchObject({ _tag: "Unavailable", reason: "Network", apiCallId: Option.none() })
          const within = yield* Effect.flip(zoo.balance(me))
          expect(within).toMatchObject({ _tag: "Unavailable", reason: "Network", apiCallId: { _tag: "Some" } })
          yield* zoo.balance(me)
        }),
      ),
    )

    it.effect.each(["silence", "stall"] as const)("gives up after 10 seconds of %s", (fault) =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext(fault)
          const call = yield* Effect.fork(Effect.flip(zoo.balance(me)))
          yield* until(() => stub.requests.length === 1)
          yield* TestClock.adjust("9999 millis")
          expect(yield* Fiber.poll(call)).toEqual(Option.none())
          yield* TestClock.adjust("1 millis")
          const error = yield* Fiber.join(call)
          expect(error).toMatchObject({ _tag: "Unavailable", reason: "Timeout" })
          expect(error.message).toContain("within 10s")
        }),
      ),
    )

    it.effect("takes the body of a 200 that is no balance for what it is", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 200, body: "<html><title>Sign in</title></html>" }, { status: 200 }, { status: 204 })
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({ _tag: "UnexpectedBody", cause: { kind: "Html" } })
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({
            _tag: "UnexpectedBody",
            cause: { kind: "NotJson" },
          })
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({ _tag: "UnexpectedBody", status: 204 })
        }),
      ),
    )

    it.effect("reads no more than 1 MiB, announced or not", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const body = " ".repeat(8 * 1_048_576)
          stub.failNext({ status: 200, body }, { status: 200, body, headers: { "transfer-encoding": "chunked" } })
          const announced = yield* Effect.flip(zoo.balance(me))
          expect(announced).toMatchObject({ _tag: "UnexpectedBody", cause: { kind: "TooLarge" } })
          expect(announced.message).toContain("8388608 bytes")
          const chunked = yield* Effect.flip(zoo.balance(me))
          expect(chunked).toMatchObject({ _tag: "UnexpectedBody", cause: { kind: "TooLarge" } })
          expect(chunked.message).not.toContain("8388608 bytes")
        }),
      ),
    )

    it.effect("reads no more than 1 MiB of what a compressed body holds", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          const zipped = (text: string) => ({
            status: 200,
            headers: { "content-encoding": "gzip" },
            body: gzipSync(text),
          })
          stub.failNext(zipped(StubZoo.exampleBody), zipped(" ".repeat(8 * 1_048_576)))
          const { balance } = yield* zoo.balance(me)
          expect(CustomerBalance.encode(balance)).toMatchObject({ monthly: { value: "41.26" } })
          const large = yield* Effect.flip(zoo.balance(me))
          expect(large).toMatchObject({ _tag: "UnexpectedBody", cause: { kind: "TooLarge" } })
          expect(large.message).not.toContain("8388608 bytes")
        }),
      ),
    )

    it.effect("does not wait for the rest of a body that announces too much", () =>
      withStub(({ stub, zoo }) =>
        Effect.gen(function* () {
          stub.failNext({ status: 200, body: "{", headers: { "content-length": "1048577" } })
          expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({ cause: { kind: "TooLarge" } })
          yield* zoo.balance(me)
        }),
      ),
    )

    it.effect("hold no token in any of their forms, whatever the API echoes", () => {
      const secret = "zk-0a1b2c3d4e5f"
      const echo = `you sent ${secret}, ${secret}`
      const error = JSON.stringify({ message: echo, request_id: secret, error_code: secret })
      const headers = { "x-api-call-id": secret, location: `https://elsewhere/${secret}`, "retry-after": secret }
      const faults: ReadonlyArray<StubZoo.Fault> = [
        ...[400, 401, 403, 404, 429, 302, 201, 500].map((status) => ({ status, headers, body: error })),
        { status: 200, headers, body: error },
        { status: 200, headers, body: error.replaceAll(secret, "\\u007ak-0a1b2c3d4e5f") },
        { status: 200, headers, body: `<html><title>${echo}</title></html>` },
        { status: 200, headers, body: JSON.stringify({ [secret]: secret, created_at: secret }) },
        { status: 200, headers, body: secret },
        "close",
        "cut",
      ]
      return withStub(
        ({ stub, zoo }) =>
          Effect.gen(function* () {
            const ofBalance = faults.map(() => zoo.balance(me))
            const ofUser = faults.map(() => zoo.user())
            stub.failNext(...faults, ...faults)
            const calls: ReadonlyArray<Effect.Effect<unknown, ZooClient.ZooError>> = [...ofBalance, ...ofUser]
            for (const call of calls) {
              // Calls after a 429 wait.
              yield* TestClock.adjust("1 minute")
              const exit = yield* Effect.exit(call)
              const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
              const found = Option.getOrThrow(Cause.failureOption(cause))
              const forms = [
                found.message,
                String(found),
                JSON.stringify(found),
                inspect(found, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
                Cause.pretty(cause, { renderErrorCause: true }),
                JSON.stringify(exit),
              ]
              for (const form of forms) expect(form).not.toContain(secret)
            }
            expect(stub.requests.map((request) => request.token)).toEqual([...faults, ...faults].map(() => secret))
          }),
        { client: { token: Redacted.make(secret) } },
      )
    })
  })

  it.effect("closes the connection of a call that is interrupted", () =>
    Effect.gen(function* () {
      const closed = yield* Deferred.make<boolean>()
      const arrived = yield* Deferred.make<void>()
      const { baseUrl } = yield* serve((_, response) => {
        response.once("close", () => Deferred.unsafeDone(closed, Effect.succeed(response.writableFinished)))
        Deferred.unsafeDone(arrived, Effect.void)
      })
      const zoo = yield* ZooClient.make({ baseUrl, token, ...ONCE })
      const call = yield* Effect.fork(zoo.balance(me))
      yield* Deferred.await(arrived)
      yield* Fiber.interrupt(call)
      expect(yield* Deferred.await(closed)).toBe(false)
    }).pipe(Effect.scoped, Effect.provide(FetchHttpClient.layer)),
  )

  it.effect("leaves nothing of a call in the context of its caller", () => {
    const client = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}"))))
    return Effect.gen(function* () {
      const zoo = yield* Effect.provideService(ZooClient.make({ token, ...ONCE }), HttpClient.HttpClient, client)
      expect(yield* Effect.flip(zoo.balance(me))).toMatchObject({ _tag: "UnexpectedBody" })
      expect(yield* Effect.serviceOption(FetchHttpClient.RequestInit)).toEqual(Option.none())
    })
  })

  it.effect("keeps connections alive from call to call", () =>
    withStub(({ stub, zoo }) =>
      Effect.gen(function* () {
        for (let i = 0; i < 20; i++) yield* zoo.balance(me)
        expect(new Set(stub.requests.map(({ remotePort }) => remotePort)).size).toBeLessThan(4)
      }),
    ),
  )

  it.effect("puts one span on a call, with its route and nobody's id, and sends no trace to the API", () => {
    const spans: Array<{ readonly name: string; readonly attributes: Map<string, unknown> }> = []
    const tracer = Tracer.make({
      context: (run) => run(),
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        spans.push({ name, attributes })
        return {
          _tag: "Span",
          name,
          spanId: "s",
          traceId: "t",
          parent,
          context,
          status: { _tag: "Started", startTime },
          attributes,
          links,
          sampled: true,
          kind,
          end: () => {},
          attribute: (key, value) => attributes.set(key, value),
          event: () => {},
          addLinks: () => {},
        }
      },
    })
    return withStub(({ stub, zoo }) =>
      Effect.gen(function* () {
        yield* Effect.withTracer(zoo.balance({ subject: Subject.user("someone@example.com") }), tracer)
        expect(spans.map(({ name }) => name)).toEqual(["ZooClient.balance"])
        expect(Object.fromEntries(spans[0]?.attributes ?? [])).toEqual({
          "http.request.method": "GET",
          "http.route": "/users/:id/payment/balance",
          "http.response.status_code": 200,
          "server.address": "127.0.0.1",
          "server.port": Number(new URL(stub.baseUrl).port),
        })
        expect(Object.keys(stub.requests[0]?.headers ?? {})).not.toContain("traceparent")
        expect(Object.keys(stub.requests[0]?.headers ?? {})).not.toContain("b3")
      }),
    )
  })
})
