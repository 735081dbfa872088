import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as RateLimit from "../../../src/infra/zoo/RateLimit.js"

describe("RateLimit", () => {
  it("has slots one interval apart, and saves none up", () => {
    const rate = new RateLimit.RateLimit(2)
    expect([rate.take("a", 0), rate.take("a", 0), rate.take("a", 100)]).toEqual([0, 500, 1_000])
    expect([rate.take("a", 10_000), rate.take("a", 10_000)]).toEqual([10_000, 10_500])
  })

  it("keeps keys apart", () => {
    const rate = new RateLimit.RateLimit(1)
    expect([rate.take("a", 0), rate.take("b", 0), rate.next("a", 0), rate.next("c", 0)]).toEqual([0, 0, 1_000, 0])
  })

  it("gives the last slot that was taken to the next, and leaves those before where they are", () => {
    const rate = new RateLimit.RateLimit(1)
    const [, second, third] = [rate.take("a", 0), rate.take("a", 0), rate.take("a", 0)]
    rate.giveBack("a", second)
    expect(rate.next("a", 0)).toBe(3_000)
    rate.giveBack("a", third)
    expect(rate.next("a", 0)).toBe(2_000)
  })

  it("has those wait on that come in close together, and those after them too", () => {
    const rate = new RateLimit.RateLimit(1)
    rate.take("a", 0)
    rate.take("a", 0)
    expect(rate.pass("a", 5_000)).toBe(0)
    expect(rate.pass("a", 5_200)).toBe(800)
    expect(rate.next("a", 5_200)).toBe(6_000)
  })

  it("remembers nothing where there is no limit", () => {
    const rate = new RateLimit.RateLimit(Number.POSITIVE_INFINITY)
    for (let at = 0; at < 100; at++) {
      expect(rate.take("a", 0)).toBe(0)
      expect(rate.pass("a", 0)).toBe(0)
    }
    expect(rate.size).toBe(0)
  })

  it("forgets a key whose next slot is free, as others come", () => {
    const rate = new RateLimit.RateLimit(1)
    for (let key = 0; key < 100_000; key++) rate.take(`key ${key}`, key)
    expect(rate.size).toBe(1_000)
  })

  it("remembers no more than ten thousand keys at once, those that asked last", () => {
    const rate = new RateLimit.RateLimit(0.001)
    for (let key = 0; key < 30_000; key++) rate.take(`key ${key}`, 0)
    expect(rate.size).toBe(10_000)
    expect([rate.next("key 29999", 0), rate.next("key 20000", 0), rate.next("key 19999", 0)]).toEqual([1e6, 1e6, 0])
  })

  it.prop(
    "lets no two calls of a key out within an interval, however late they pass",
    [FastCheck.integer({ min: 1, max: 50 }), FastCheck.array(FastCheck.tuple(FastCheck.nat(300), FastCheck.nat(2)))],
    ([callsPerSecond, steps]) => {
      const rate = new RateLimit.RateLimit(callsPerSecond)
      const last = new Map<string, number>()
      let now = 0
      for (const [millis, who] of steps) {
        now += millis
        const key = `key ${who}`
        if (rate.take(key, now) <= now && rate.pass(key, now) === 0) {
          expect(now - (last.get(key) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(rate.interval)
          last.set(key, now)
        }
      }
    },
  )
})
