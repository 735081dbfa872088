import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Freshness from "../../src/domain/freshness/Freshness.js"
import * as FetchPolicy from "../../src/services/FetchPolicy.js"

const AT = Date.parse("2026-09-15T12:00:00Z")

/** What a policy makes of a look of an age. */
const of = (policy: FetchPolicy.FetchPolicy, ageMillis: number, withTotalDue = true, draw = 0) =>
  Freshness.of({ observedAt: AT - ageMillis, refreshAt: undefined, draw }, FetchPolicy.limits(policy, withTotalDue), AT)

const MINUTE = 60_000
const DAY = 86_400_000

describe("FetchPolicy", () => {
  it("takes a balance for fresh for a minute, and one with its amount due for five", () => {
    const policy = FetchPolicy.cacheFirst()
    expect([of(policy, MINUTE - 1, false), of(policy, MINUTE, false)]).toEqual(["Fresh", "Fallback"])
    expect([of(policy, 5 * MINUTE - 1), of(policy, 5 * MINUTE)]).toEqual(["Fresh", "Fallback"])
  })

  it("takes up to a tenth off, by the look's own draw", () => {
    const policy = FetchPolicy.cacheFirst()
    expect([of(policy, 269_999, true, 1), of(policy, 270_000, true, 1)]).toEqual(["Fresh", "Fallback"])
    expect(of(FetchPolicy.cacheFirst({ jitter: 0 }), 299_999, true, 1)).toBe("Fresh")
  })

  it("takes a span of time alone at its word, whatever was asked for", () => {
    const policy = FetchPolicy.cacheFirst("30 seconds")
    for (const withTotalDue of [true, false]) {
      expect(of(policy, 29_999, withTotalDue, 1)).toBe("Fresh")
      expect(of(policy, 30_000, withTotalDue, 0)).toBe("Fallback")
    }
    expect(of(FetchPolicy.cacheFirst(Duration.infinity), 1e15, true, 1)).toBe("Fresh")
    expect(of(FetchPolicy.cacheFirst(0), 0)).toBe("Fallback")
    expect(of(FetchPolicy.cacheFirst([1, 500_000_000]), 1499)).toBe("Fresh")
  })

  it("hands out what is past its time while the API is asked, for as long as it was told", () => {
    const policy = FetchPolicy.cacheFirst({ maxAge: "1 minute", staleWhileRevalidate: "10 minutes", jitter: 0 })
    expect([of(policy, MINUTE), of(policy, 11 * MINUTE - 1), of(policy, 11 * MINUTE)]).toEqual([
      "Revalidate",
      "Revalidate",
      "Fallback",
    ])
  })

  it("falls back on what is a day past its time, or as long as it was told", () => {
    expect([
      of(FetchPolicy.cacheFirst("1 minute"), DAY + MINUTE),
      of(FetchPolicy.cacheFirst("1 minute"), DAY + MINUTE + 1),
    ]).toEqual(["Fallback", "Unusable"])
    const hour = FetchPolicy.networkFirst("1 hour")
    expect([of(hour, 0), of(hour, 60 * MINUTE), of(hour, 60 * MINUTE + 1)]).toEqual([
      "Fallback",
      "Fallback",
      "Unusable",
    ])
    expect(of(FetchPolicy.cacheFirst({ staleIfError: Duration.infinity }), 1e15)).toBe("Fallback")
  })

  it("never takes anything for usable where the API is to be asked, and everything where it is not", () => {
    expect([of(FetchPolicy.refresh, 0), of(FetchPolicy.refresh, DAY)]).toEqual(["Unusable", "Unusable"])
    expect([of(FetchPolicy.cacheOnly, 0), of(FetchPolicy.cacheOnly, 1e15)]).toEqual(["Fallback", "Fallback"])
  })

  it("keeps a jitter between nothing and all", () => {
    for (const [jitter, expected] of [
      [-1, 0],
      [Number.NaN, 0],
      [0.25, 0.25],
      [7, 1],
    ] as const) {
      const policy = FetchPolicy.cacheFirst({ jitter })
      expect(policy._tag === "CacheFirst" && policy.jitter).toBe(expected)
    }
  })

  it("works its limits out once a policy", () => {
    const policy = FetchPolicy.cacheFirst()
    expect(FetchPolicy.limits(policy, true)).toBe(FetchPolicy.limits(policy, true))
    expect(FetchPolicy.limits(policy, true)).not.toEqual(FetchPolicy.limits(policy, false))
  })
})
