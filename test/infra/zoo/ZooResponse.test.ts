import { readFileSync } from "node:fs"
import * as Headers from "@effect/platform/Headers"
import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Block from "../../../src/domain/balance/Block.js"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import type * as ZooError from "../../../src/infra/zoo/ZooError.js"
import * as ZooResponse from "../../../src/infra/zoo/ZooResponse.js"

const token = "api-0a1b2c3d4e5f"

const call: ZooResponse.Call = {
  method: "ZooClient.balance",
  target: "me",
  token: Redacted.make(token),
  now: Timestamp.unsafeFromText("2026-08-04T00:00:00Z"),
}

const answer = (status: number, body = "", headers: Record<string, string> = {}): ZooResponse.Answer => ({
  status,
  headers: Headers.fromInput({ "x-api-call-id": "call-1", ...headers }),
  body: new TextEncoder().encode(body),
})

const errorBody = (fields: Record<string, unknown> = {}) =>
  JSON.stringify({ message: "no luck", request_id: "request-1", error_code: "bad_luck", ...fields })

const failed = <A>(result: Either.Either<A, ZooError.ZooError>): ZooError.ZooError =>
  Either.getOrThrowWith(Either.flip(result), () => new Error("the answer was taken"))

const fixture = (name: string) => readFileSync(new URL(`../../fixtures/${name}`, import.meta.url), "utf8")

describe("ZooResponse", () => {
  it.each([
    [401, "Refused"],
    [403, "Refused"],
    [404, "NotFound"],
    [429, "RateLimited"],
    [408, "Unavailable"],
    [425, "Unavailable"],
    [500, "Unavailable"],
    [503, "Unavailable"],
    [599, "Unavailable"],
    [400, "RequestRejected"],
    [418, "RequestRejected"],
    [0, "RequestRejected"],
    [101, "RequestRejected"],
    [302, "RequestRejected"],
    [304, "RequestRejected"],
    [600, "RequestRejected"],
    [201, "UnexpectedBody"],
    [204, "UnexpectedBody"],
    [206, "UnexpectedBody"],
  ])("makes of status %i the error %s, with all that the API says", (status, tag) => {
    const error = failed(ZooResponse.balance(call, answer(status, errorBody())))
    expect(error).toMatchObject({
      _tag: tag,
      method: "ZooClient.balance",
      target: "me",
      requestId: Option.some("request-1"),
      apiCallId: Option.some("call-1"),
      apiMessage: Option.some("no luck"),
      errorCode: Option.some("bad_luck"),
    })
    expect(error.message).toMatch(/^ZooClient\.balance me: .+; the API says "no luck" \(x-api-call-id call-1\)$/)
  })

  it("tells an unknown token from one without the right", () => {
    expect(failed(ZooResponse.user(call, answer(401)))).toMatchObject({ reason: "Unauthorized" })
    expect(failed(ZooResponse.user(call, answer(403)))).toMatchObject({ reason: "Forbidden" })
  })

  it("keeps the status where the error does not tell it", () => {
    expect(failed(ZooResponse.balance(call, answer(418)))).toMatchObject({ status: 418 })
    expect(failed(ZooResponse.balance(call, answer(206)))).toMatchObject({ status: 206 })
    expect(failed(ZooResponse.balance(call, answer(502)))).toMatchObject({ reason: "Server", status: Option.some(502) })
  })

  it.each([429, 503])("tells how long to wait after %i, where the header can be read", (status) => {
    const wait = (value: string) => failed(ZooResponse.balance(call, answer(status, "", { "retry-after": value })))
    expect(wait("7")).toMatchObject({ retryAfter: Option.some(Duration.seconds(7)) })
    expect(wait("Tue, 04 Aug 2026 00:01:00 GMT")).toMatchObject({ retryAfter: Option.some(Duration.minutes(1)) })
    expect(wait("later")).toMatchObject({ retryAfter: Option.none() })
  })

  it("says in a rate limit's message when to try again", () => {
    expect(failed(ZooResponse.balance(call, answer(429, "", { "retry-after": "90" }))).message).toContain(
      "after 1m 30s",
    )
    expect(failed(ZooResponse.balance(call, answer(429))).message).toContain("try again later")
  })

  it.each([
    ["an empty body", ""],
    ["a page", "<html><title>Bad gateway</title></html>"],
    ["another JSON", '["no"]'],
    ["fields of other types", '{"message":1,"request_id":null}'],
    ["bytes that are no text", "\u0000\u0001"],
  ])("takes %s as an error that says nothing", (_, body) => {
    expect(failed(ZooResponse.balance(call, answer(502, body)))).toMatchObject({
      _tag: "Unavailable",
      requestId: Option.none(),
      apiMessage: Option.none(),
    })
  })

  it("takes an error body that lacks fields or has null for one", () => {
    expect(failed(ZooResponse.balance(call, answer(404, '{"message":"gone","error_code":null}')))).toMatchObject({
      apiMessage: Option.some("gone"),
      requestId: Option.none(),
      errorCode: Option.none(),
    })
  })

  it("bounds what the API says to 200 characters of one line", () => {
    const error = failed(
      ZooResponse.balance(call, answer(400, errorBody({ message: `a\r\n\u001b[2J${"b".repeat(900)}` }))),
    )
    expect(error.message).not.toMatch(/\p{Cc}/u)
    expect(Option.getOrThrow(error.apiMessage)).toHaveLength(201)
  })

  it("gives the balance, its drift and the API's name for the call", () => {
    const text = JSON.stringify({ ...JSON.parse(fixture("reference-2025-05-07.json")), new_field: 1 })
    const balance = Either.getOrThrow(ZooResponse.balance(call, answer(200, text)))
    expect(balance.apiCallId).toEqual(Option.some("call-1"))
    expect(balance.drift).toHaveLength(1)
    expect(CustomerBalance.encode(balance.balance)).toEqual(
      CustomerBalance.encode(Either.getOrThrow(CustomerBalance.decodeText(text)).balance),
    )
  })

  const drifting = (fields: Record<string, unknown>) =>
    JSON.stringify({ ...JSON.parse(fixture("reference-2025-05-07.json")), ...fields })

  it("rejects a body with drift where it is to be strict, and takes one without", () => {
    const error = failed(ZooResponse.balance(call, answer(200, drifting({ new_field: 1 })), { strict: true }))
    expect(error).toMatchObject({
      _tag: "UnexpectedBody",
      status: 200,
      cause: {
        _tag: "BodyRejected",
        kind: "Invalid",
        issues: [{ path: "$.new_field", found: "a number of 1 character" }],
      },
    })
    expect(error.message).toMatch(/at \$\.new_field expected .*, found a number of 1 character: check the base URL/)
    expect(Either.isRight(ZooResponse.balance(call, answer(200, drifting({})), { strict: true }))).toBe(true)
  })

  it.each([
    ["as a value", { echo: token }],
    ["as a key", { [token]: 1 }],
    ["where it is cut", { echo: `${"x".repeat(36)}${token}` }],
  ])("quotes nothing of a body that repeats the token %s", (_, fields) => {
    const repeating = answer(200, drifting(fields))
    const { drift } = Either.getOrThrow(ZooResponse.balance(call, repeating))
    expect(drift).toMatchObject([
      { kind: "UnknownField", path: expect.stringMatching(/^\$(\.echo|\[a key of 16 characters\])$/) },
    ])
    expect(JSON.stringify(drift)).not.toContain(token.slice(0, 5))
    const error = failed(ZooResponse.balance(call, repeating, { strict: true }))
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(token.slice(0, 5))
  })

  it.each([
    ["a page", "<html><title>Sign in</title></html>", "Html"],
    ["no JSON", "nope", "NotJson"],
    ["an error of the API", errorBody(), "ApiError"],
    ["another object", "{}", "Invalid"],
  ])("rejects a 200 with %s, and says why", (_, body, kind) => {
    const error = failed(ZooResponse.balance(call, answer(200, body)))
    expect(error).toMatchObject({ _tag: "UnexpectedBody", status: 200, cause: { _tag: "BodyRejected", kind } })
    expect(error.message).toContain("the body is no customer balance")
  })

  it("rejects a body that announces more than 1 MiB without a look at it", () => {
    const text = fixture("reference-2025-05-07.json")
    const large = answer(200, text, { "content-length": "1048577" })
    expect(failed(ZooResponse.balance(call, large))).toMatchObject({ cause: { kind: "TooLarge" } })
    expect(Either.isRight(ZooResponse.balance(call, answer(200, text, { "content-length": "1048576" })))).toBe(true)
  })

  it("takes a body that is shorter than announced for one that broke off, where it cannot be read", () => {
    const text = fixture("reference-2025-05-07.json")
    const short = (body: string, headers: Record<string, string> = {}) =>
      ZooResponse.balance(call, answer(200, body, { "content-length": "5000", ...headers }))
    expect(failed(short(text.slice(0, 100)))).toMatchObject({
      _tag: "Unavailable",
      reason: "Network",
      detail: "the body broke off after 100 of 5000 bytes",
    })
    expect(failed(short(text.slice(0, 100), { "content-encoding": "gzip" }))).toMatchObject({ _tag: "UnexpectedBody" })
    expect(Either.isRight(short(text))).toBe(true)
  })

  it("puts the drift of the content type before the rest, of which there are fifty at most", () => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, index) => [`new_${index}`, index]))
    const odd = answer(200, drifting(many), { "content-type": "text/plain" })
    const { drift } = Either.getOrThrow(ZooResponse.balance(call, odd))
    expect([drift.length, drift[0]?.kind, drift[1]?.kind]).toEqual([50, "UnexpectedContentType", "UnknownField"])
  })

  it.each([
    [408, "status 408, the API waited too long for the request: try again after 7s"],
    [425, "status 425, the API does not take the request yet: try again after 7s"],
    [503, "status 503, the API failed: try again after 7s"],
    [429, "429, too many calls: try again after 7s"],
    [400, "status 400, the request was not accepted: check the base URL"],
  ])("says of status %i what happened, and when to try again", (status, message) => {
    const error = failed(ZooResponse.balance({ ...call, attempts: 3 }, answer(status, "", { "retry-after": "7" })))
    expect(error.message).toBe(`ZooClient.balance me: ${message}; tried 3 times (x-api-call-id call-1)`)
    expect(error.attempts).toBe(3)
  })

  it.each(["9".repeat(400), "0", "Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", "-1"])(
    "tells no time to try again where Retry-After is %s",
    (retryAfter) => {
      const error = failed(ZooResponse.balance(call, answer(429, "", { "retry-after": retryAfter })))
      expect(error.message).toMatch(/^ZooClient\.balance me: 429, too many calls: try again later \(/)
    },
  )

  it.each([
    [99, "99 is not an HTTP status, the request was not accepted: check the base URL"],
    [600, "600 is not an HTTP status, the request was not accepted: check the base URL"],
    [204, "status 204, where only 200 is known: check the base URL, or report this answer"],
  ])("says of status %i, which has no meaning, what it is", (status, message) => {
    const error = failed(ZooResponse.balance(call, answer(status)))
    expect(error.message).toBe(`ZooClient.balance me: ${message} (x-api-call-id call-1)`)
  })

  it("says of a redirect whose status is hidden that it is hidden", () => {
    const redirect = "a redirect whose Location the platform hides"
    expect(failed(ZooResponse.balance(call, { ...answer(0), redirect })).message).toMatch(
      /^ZooClient\.balance me: the status is hidden, a redirect whose Location the platform hides is not followed: /,
    )
  })

  it("gives a user, with what the API does not tell as None", () => {
    const user = (body: unknown) => Either.getOrThrow(ZooResponse.user(call, answer(200, JSON.stringify(body))))
    expect(user({ id: "u-1", email: "a@b.c", allow_pay_as_you_go: true, name: "A" })).toEqual({
      id: "u-1",
      email: Option.some("a@b.c"),
      allowPayAsYouGo: Option.some(true),
      block: Option.none(),
    })
    const none = { id: "u-1", email: Option.none(), allowPayAsYouGo: Option.none(), block: Option.none() }
    expect(user({ id: "u-1" })).toEqual(none)
    expect(user({ id: "u-1", email: null, allow_pay_as_you_go: null })).toEqual(none)
  })

  it.each([
    ["no JSON", "nope", "NotJson", "the body is no user: at $ expected one JSON object, found a text that is no JSON"],
    ["no object", "[]", "Invalid", "the body is no user: at $ expected"],
    ["no id", "{}", "Invalid", "the body is no user: at $.id expected a value"],
    ["an id that is none", '{"id":".."}', "Invalid", "the body is no user: at $.id expected"],
    ["another type", '{"id":"u-1","allow_pay_as_you_go":"yes"}', "Invalid", "at $.allow_pay_as_you_go expected"],
  ])("rejects a user with %s, and says why", (_, body, kind, message) => {
    const error = failed(ZooResponse.user(call, answer(200, body)))
    expect(error).toMatchObject({ _tag: "UnexpectedBody", cause: { kind } })
    expect(error.message).toContain(message)
  })

  it.each([
    ["a published reason with a message", { block: "admin", block_message: "Call us." }, Block.of("admin", "Call us.")],
    ["a new reason", { block: "fraud_review" }, Block.of("fraud_review", null)],
    ["a reason without a message", { block: "admin", block_message: null }, Block.of("admin", null)],
    ["null", { block: null, block_message: null }, Option.none()],
    ["a message alone", { block_message: "Welcome back." }, Option.none()],
    ["an empty text", { block: "", block_message: "" }, Option.none()],
  ])("reads the block of a user and of an organisation: %s", (_, fields, block) => {
    const body = answer(200, JSON.stringify({ id: "x-1", ...fields }))
    expect(Either.getOrThrow(ZooResponse.user(call, body)).block).toEqual(block)
    expect(Either.getOrThrow(ZooResponse.org(call, body)).block).toEqual(block)
  })

  it("hides the token in the message of a block", () => {
    const secret = Redacted.value(call.token)
    const body = answer(200, JSON.stringify({ id: "x-1", block: "admin", block_message: `your token ${secret}` }))
    const hidden = Block.of("admin", "your token [token]")
    expect(Either.getOrThrow(ZooResponse.user(call, body)).block).toEqual(hidden)
    expect(Either.getOrThrow(ZooResponse.org(call, body)).block).toEqual(hidden)
  })

  it("gives an organisation, and says what is wrong with one", () => {
    expect(Either.getOrThrow(ZooResponse.org(call, answer(200, '{"id":"o-1","name":"O"}')))).toEqual({
      id: "o-1",
      block: Option.none(),
    })
    expect(failed(ZooResponse.org(call, answer(200, "{}"))).message).toContain("the body is no organisation: at $.id")
  })

  it.each([
    [
      "a JSON number, digit for digit",
      '{"effective_amount":123456789.123456789,"source":"admin"}',
      "123456789.123456789",
    ],
    ["text", '{"effective_amount":"50.10","source":"admin"}', "50.10"],
    ["nothing", '{"effective_amount":0,"source":"admin"}', "0.00"],
    [
      "one amount of many fields",
      '{"effective_amount":50,"default_amount":20,"source":"admin","version":9007199254740993,"customer_bounds":{"minimum_amount":1,"maximum_amount":2},"admin_amount":null,"colour":"red"}',
      "50.00",
    ],
  ])("gives a collection threshold whose amount stands as %s", (_, body, amount) => {
    expect(Either.getOrThrow(ZooResponse.threshold(call, answer(200, body)))).toEqual({
      amount: Usd.unsafeFromText(amount),
      source: Option.some({ _tag: "Admin" }),
    })
  })

  it.each([
    ["a page", "<html><title>Sign in</title></html>", "Html", "the body is no collection threshold: at $"],
    ["an empty body", "", "NotJson", "found an empty body"],
    ["no JSON", '{"effective_amount":50', "NotJson", "found a text that is no JSON"],
    ["an error of the API", errorBody(), "ApiError", "found an error of the API"],
    ["a list", "[50]", "Invalid", "at $ expected an object"],
    ["no amount", '{"default_amount":50}', "Invalid", "at $.effective_amount expected a value"],
    ["a null amount", '{"effective_amount":null}', "Invalid", "at $.effective_amount expected money"],
    ["words for an amount", '{"effective_amount":"fifty"}', "Invalid", "at $.effective_amount expected money"],
    [
      "a negative amount",
      '{"effective_amount":-0.01}',
      "Invalid",
      "expected an amount of 0 dollars or more, found -0.01",
    ],
    [
      "an amount beyond the range",
      '{"effective_amount":1e30}',
      "OutOfRange",
      "at $.effective_amount expected an amount",
    ],
    ["a source that is no text", '{"effective_amount":50,"source":7}', "Invalid", "at $.source expected"],
  ])("rejects a collection threshold with %s, and says why", (_, body, kind, message) => {
    const error = failed(ZooResponse.threshold(call, answer(200, body)))
    expect(error).toMatchObject({ _tag: "UnexpectedBody", cause: { kind } })
    expect(error.message).toContain(message)
  })

  it("hides the token in the source of a collection threshold", () => {
    const body = JSON.stringify({ effective_amount: 50, source: `set by ${Redacted.value(call.token)}` })
    expect(Either.getOrThrow(ZooResponse.threshold(call, answer(200, body))).source).toEqual(
      Option.some({ _tag: "Unknown", raw: "set by [token]" }),
    )
  })
})
