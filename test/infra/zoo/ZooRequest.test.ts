import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as ZooApi from "../../../src/infra/zoo/ZooApi.js"
import * as ZooRequest from "../../../src/infra/zoo/ZooRequest.js"

const site = { baseUrl: "https://api.zoo.dev", token: Redacted.make("api-1") }

const requestOf = (subject: Subject.Subject, includeTotalDue = false, baseUrl = site.baseUrl) =>
  Either.getOrThrow(ZooRequest.balance(subject, includeTotalDue).request({ ...site, baseUrl }))

/** The URL as it is sent: what `new URL` makes of it, as every client does. */
const sent = (request: HttpClientRequest.HttpClientRequest): string =>
  Either.getOrThrow(UrlParams.makeUrl(request.url, request.urlParams, request.hash)).href

describe("ZooRequest", () => {
  it.each([
    [Subject.me, "/user/payment/balance"],
    [Subject.org, "/org/payment/balance"],
    [Subject.user("someone@example.com"), "/users/someone%40example.com/payment/balance"],
    [Subject.anyOrg("c3a1f0d2"), "/orgs/c3a1f0d2/payment/balance"],
  ])("asks for the balance of %j at its path", (subject, path) => {
    expect(sent(requestOf(subject))).toBe(`https://api.zoo.dev${path}`)
  })

  it("asks for the total due only when it is wanted", () => {
    expect(sent(requestOf(Subject.me, true))).toBe("https://api.zoo.dev/user/payment/balance?include_total_due=true")
  })

  it("puts the path behind the base URL's own", () => {
    expect(sent(requestOf(Subject.me, false, "http://127.0.0.1:8080/zoo"))).toBe(
      "http://127.0.0.1:8080/zoo/user/payment/balance",
    )
  })

  it("is a GET with a bearer token that wants JSON and has no body", () => {
    const request = requestOf(Subject.me)
    expect(request.method).toBe("GET")
    expect(request.headers).toMatchObject({ authorization: "Bearer api-1", accept: "application/json" })
    expect(request.body._tag).toBe("Empty")
  })

  it("tells a route that holds nobody's id", () => {
    expect(ZooRequest.balance(Subject.user("someone@example.com"), false).route).toBe("/users/:id/payment/balance")
  })

  it.prop("sends every id as one segment that decodes to it again", [Arbitrary.make(Subject.Id)], ([id]) => {
    const { pathname, search, hash } = new URL(sent(requestOf(Subject.user(id))))
    const segments = pathname.split("/")
    expect(segments).toHaveLength(5)
    expect(decodeURIComponent(segments[2] ?? "")).toBe(id)
    expect([segments[1], segments[3], segments[4], search, hash]).toEqual(["users", "payment", "balance", "", ""])
  })

  it.each(["", ".", "..", "a\nb", "x".repeat(257), "\ud800"])("makes no request for the id %j", (id) => {
    expect(Either.isLeft(ZooRequest.balance({ _tag: "User", id }, false).request(site))).toBe(true)
    expect(Either.isLeft(ZooRequest.balance({ _tag: "AnyOrg", id }, false).request(site))).toBe(true)
  })

  it("takes what an endpoint describes, and nothing else", () => {
    const request = ZooRequest.make(ZooApi.balanceOfUser, { path: { id: "a" }, urlParams: {} }, site)
    expect(Either.isRight(request)).toBe(true)
    // @ts-expect-error: the path is described
    expect(Either.isLeft(ZooRequest.make(ZooApi.balanceOfUser, { urlParams: {} }, site))).toBe(true)
    // @ts-expect-error: an id is a text
    expect(Either.isLeft(ZooRequest.make(ZooApi.balanceOfUser, { path: { id: 1 }, urlParams: {} }, site))).toBe(true)
  })

  it("fills a path only when every parameter has a value", () => {
    expect(ZooRequest.fill("/a/:b/c/:d_2", { b: "1/2", d_2: "?" })).toBe("/a/1%2F2/c/%3F")
    expect(() => ZooRequest.fill("/a/:b", {})).toThrow("no value for :b")
  })
})
