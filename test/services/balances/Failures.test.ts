import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ZooError from "../../../src/infra/zoo/ZooError.js"
import * as Failures from "../../../src/services/balances/FailureCache.js"

const NOW = Date.parse("2026-09-15T12:00:00Z")
const context = ZooError.unanswered("ZooClient.balance", "me")

const refused = new ZooError.Refused({ ...context, reason: "Forbidden" })
const unavailable = (retryAfter?: Duration.DurationInput) =>
  new ZooError.Unavailable({
    ...context,
    reason: "Server",
    status: Option.some(503),
    retryAfter: Option.map(Option.fromNullable(retryAfter), Duration.decode),
    detail: "status 503",
  })
const limited = (by: "Api" | "Client", retryAfter?: Duration.DurationInput) =>
  new ZooError.RateLimited({
    ...context,
    by,
    retryAfter: Option.map(Option.fromNullable(retryAfter), Duration.decode),
  })

/** For how long each failure in a row is told, in seconds. */
const lifetimes = (error: ZooError.ZooError, count: number) =>
  Array.from({ length: count }, (_, index) => Failures.lifetimeOf(error, index + 1) / 1000)

describe("Failures", () => {
  it("tells a refusal for a minute, however often it came", () => {
    expect(lifetimes(refused, 3)).toEqual([60, 60, 60])
    expect(lifetimes(new ZooError.NotFound(context), 2)).toEqual([60, 60])
  })

  it("tells what may pass for a few seconds that grow", () => {
    expect(lifetimes(unavailable(), 7)).toEqual([1, 2, 4, 8, 16, 30, 30])
    expect(lifetimes(new ZooError.UnexpectedBody({ ...context, status: 200 }), 2)).toEqual([1, 2])
  })

  it("tells a rate limit until the API's Retry-After, which is believed up to an hour", () => {
    expect(lifetimes(limited("Api", "7 minutes"), 1)).toEqual([420])
    expect(lifetimes(limited("Api", "365 days"), 1)).toEqual([3600])
    expect(lifetimes(limited("Api"), 3)).toEqual([1, 2, 4])
    expect(lifetimes(unavailable("20 seconds"), 1)).toEqual([20])
  })

  it("remembers nothing where nothing was sent", () => {
    const failures = new Failures.Failures(10)
    for (const error of [limited("Client"), new ZooError.NoCredential(context)]) {
      failures.note("key", error, NOW)
      expect(failures.at("key", NOW)).toBeUndefined()
    }
    failures.note("key", limited("Client", "5 seconds"), NOW)
    expect(failures.at("key", NOW + 4999)).toMatchObject({ error: { by: "Client" }, until: NOW + 5000 })
    expect(failures.at("key", NOW + 5000)).toBeUndefined()
  })

  it("tells what is left of a rate limit", () => {
    const failures = new Failures.Failures(10)
    failures.note("key", limited("Api", "10 seconds"), NOW)
    const failure = failures.at("key", NOW + 4000)
    const error = failure && Failures.errorAt(failure, NOW + 4000)
    expect(error).toMatchObject({ _tag: "RateLimited", by: "Api", retryAfter: Option.some(Duration.seconds(6)) })
  })

  it("tells a failure of its own key, until it is over", () => {
    const failures = new Failures.Failures(10)
    failures.note("key", unavailable(), NOW)
    expect(failures.at("key", NOW + 999)).toMatchObject({ streak: 1 })
    expect(failures.at("key", NOW + 1000)).toBeUndefined()
    expect(failures.at("other", NOW)).toBeUndefined()
    failures.note("key", unavailable(), NOW + 1000)
    expect(failures.at("key", NOW + 2999)).toMatchObject({ streak: 2 })
    failures.forget("key")
    expect(failures.at("key", NOW + 2999)).toBeUndefined()
    failures.note("key", unavailable(), NOW + 3000)
    expect(failures.at("key", NOW + 3000)).toMatchObject({ streak: 1 })
  })

  it("does not hold a failure longer because the clock was set back", () => {
    const failures = new Failures.Failures(10)
    failures.note("key", unavailable(), NOW)
    expect(failures.at("key", NOW - 3_600_000)).toBeUndefined()
  })

  it("knows who was refused last, after the refusal is over too, until it is answered", () => {
    const failures = new Failures.Failures(10)
    failures.note("key", refused, NOW)
    expect(failures.isRefused("key")).toBe(true)
    expect(failures.at("key", NOW + 60_000)).toBeUndefined()
    expect(failures.isRefused("key")).toBe(true)
    failures.note("key", unavailable(), NOW + 61_000)
    expect(failures.isRefused("key")).toBe(true)
    failures.note("other", unavailable(), NOW)
    expect(failures.isRefused("other")).toBe(false)
    failures.forget("key")
    expect(failures.isRefused("key")).toBe(false)
  })

  it("tells why the API did not answer only of a balance that was observed before it was asked, and only where it was asked", () => {
    const failures = new Failures.Failures(10)
    failures.note("key", unavailable(), NOW)
    expect(failures.since("key", NOW - 1)).toMatchObject({ _tag: "Unavailable" })
    expect(failures.since("key", NOW + 1)).toBeUndefined()
    expect(failures.since("other", NOW - 1)).toBeUndefined()
    const client = new ZooError.RateLimited({
      ...ZooError.unanswered("Balances.get", "me"),
      by: "Client",
      retryAfter: Option.some(Duration.seconds(60)),
    })
    failures.note("client", client, NOW)
    expect(failures.since("client", NOW - 1)).toBeUndefined()
  })
})
