import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Freshness from "../../../src/domain/freshness/Freshness.js"

const SECOND = 1000
const MINUTE = 60 * SECOND
const LOOKED = Date.parse("2026-11-30T23:50:00Z")

const limits: Freshness.Limits = {
  timeToLive: 5 * MINUTE,
  jitter: 0.1,
  staleWhileRevalidate: MINUTE,
  staleIfError: 60 * MINUTE,
}
const look: Freshness.Kept = { observedAt: LOOKED, refreshAt: undefined, draw: 0 }
const aged = (age: number, kept: Partial<Freshness.Kept> = {}, other: Partial<Freshness.Limits> = {}) =>
  Freshness.of({ ...look, ...kept }, { ...limits, ...other }, LOOKED + age)

const RANK = { Fresh: 0, Revalidate: 1, Fallback: 2, Unusable: 3 }

const span = FastCheck.oneof(
  FastCheck.constantFrom(0, 1, MINUTE, Number.POSITIVE_INFINITY),
  FastCheck.integer({ min: 0, max: 120 * MINUTE }),
)
const share = FastCheck.oneof(FastCheck.constantFrom(0, 1), FastCheck.double({ min: 0, max: 1, noNaN: true }))
const anyLimits = FastCheck.record({
  timeToLive: span,
  jitter: share,
  staleWhileRevalidate: span,
  staleIfError: span,
})
const near = FastCheck.integer({ min: -10 * MINUTE, max: 180 * MINUTE })
const anyKept = FastCheck.record({
  observedAt: FastCheck.constant(LOOKED),
  refreshAt: FastCheck.option(
    near.map((after) => LOOKED + after),
    { nil: undefined },
  ),
  draw: share,
})
const age = FastCheck.oneof(FastCheck.integer({ min: 0, max: 300 * MINUTE }), FastCheck.constantFrom(0, 1, MINUTE))

describe("Freshness", () => {
  it.each([
    [0, "Fresh"],
    [5 * MINUTE - 1, "Fresh"],
    [5 * MINUTE, "Revalidate"],
    [6 * MINUTE - 1, "Revalidate"],
    [6 * MINUTE, "Fallback"],
    [65 * MINUTE, "Fallback"],
    [65 * MINUTE + 1, "Unusable"],
  ])("is told by the age: %i ms", (millis, freshness) => {
    expect(aged(millis)).toBe(freshness)
  })

  it("takes the drawn part of the jitter off the time to live", () => {
    expect(aged(4.5 * MINUTE, { draw: 1 })).toBe("Revalidate")
    expect(aged(4.5 * MINUTE - 1, { draw: 1 })).toBe("Fresh")
    expect(aged(4.75 * MINUTE, { draw: 0.5 })).toBe("Revalidate")
    expect(aged(4.75 * MINUTE - 1, { draw: 0.5 })).toBe("Fresh")
  })

  it("ends at the moment of a refresh after the look", () => {
    const refreshAt = LOOKED + 2 * MINUTE
    expect(aged(2 * MINUTE - 1, { refreshAt })).toBe("Fresh")
    expect(aged(2 * MINUTE, { refreshAt })).toBe("Revalidate")
    expect(aged(3 * MINUTE, { refreshAt })).toBe("Fallback")
    expect(aged(5 * MINUTE, { refreshAt: LOOKED + 60 * MINUTE })).toBe("Revalidate")
  })

  it.each([LOOKED, LOOKED - 1, LOOKED - 86_400_000])(
    "lasts at most a minute where the refresh of %i was late",
    (refreshAt) => {
      expect(aged(MINUTE - 1, { refreshAt })).toBe("Fresh")
      expect(aged(MINUTE, { refreshAt })).toBe("Revalidate")
      expect(aged(30 * SECOND, { refreshAt }, { timeToLive: 30 * SECOND })).toBe("Revalidate")
    },
  )

  it("cannot be told of a look of the future", () => {
    expect(aged(-1)).toBe("Fallback")
    expect(aged(-86_400_000, {}, { timeToLive: 0, staleIfError: 0 })).toBe("Fallback")
  })

  it("takes no end for no end, whatever the jitter", () => {
    const forever = { timeToLive: Number.POSITIVE_INFINITY, jitter: 1 }
    expect(aged(1e15, { draw: 1 }, forever)).toBe("Fresh")
    expect(aged(1e15, {}, { staleIfError: Number.POSITIVE_INFINITY })).toBe("Fallback")
    expect(aged(1e15, {}, { staleWhileRevalidate: Number.POSITIVE_INFINITY })).toBe("Revalidate")
  })

  it.prop("never gets better with time", [anyKept, anyLimits, age, age], ([kept, each, a, b]) => {
    const earlier = Freshness.of(kept, each, LOOKED + Math.min(a, b))
    const later = Freshness.of(kept, each, LOOKED + Math.max(a, b))
    expect(RANK[later]).toBeGreaterThanOrEqual(RANK[earlier])
  })

  it.prop("never gets worse with a longer time to live", [anyKept, anyLimits, age, span], ([kept, each, at, more]) => {
    const shorter = Freshness.of(kept, each, LOOKED + at)
    const longer = Freshness.of(kept, { ...each, timeToLive: each.timeToLive + more }, LOOKED + at)
    expect(RANK[longer]).toBeLessThanOrEqual(RANK[shorter])
  })

  it.prop("never gets better by jitter", [anyKept, anyLimits, age], ([kept, each, at]) => {
    const jittered = Freshness.of(kept, each, LOOKED + at)
    const plain = Freshness.of(kept, { ...each, jitter: 0 }, LOOKED + at)
    expect(RANK[jittered]).toBeGreaterThanOrEqual(RANK[plain])
  })

  it.prop("is never fresh without a time to live", [anyKept, anyLimits, near], ([kept, each, at]) => {
    expect(Freshness.of(kept, { ...each, timeToLive: 0 }, LOOKED + at)).not.toBe("Fresh")
  })

  it.prop("is told of every look at every time", [anyKept, anyLimits, FastCheck.integer()], ([kept, each, now]) => {
    expect(RANK[Freshness.of(kept, each, now)]).toBeTypeOf("number")
  })
})

describe("drawOf", () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `https://api.zoo.dev user:${index}`)

  it("is the same for the same look, and another for the next look and the next key", () => {
    expect(Freshness.drawOf(LOOKED, "user:1")).toBe(Freshness.drawOf(LOOKED, "user:1"))
    expect(Freshness.drawOf(LOOKED, "user:1")).not.toBe(Freshness.drawOf(LOOKED + 1, "user:1"))
    expect(Freshness.drawOf(LOOKED, "user:1")).not.toBe(Freshness.drawOf(LOOKED, "user:2"))
    expect(Freshness.drawOf(LOOKED, "user:1")).not.toBe(Freshness.drawOf(LOOKED + 2 ** 32, "user:1"))
  })

  const countsOf = (draws: ReadonlyArray<number>) => {
    const counts = new Array<number>(10).fill(0)
    for (const draw of draws) counts[Math.floor(10 * draw)] = (counts[Math.floor(10 * draw)] ?? 0) + 1
    return counts
  }

  it.each([
    ["keys", keys.map((key) => Freshness.drawOf(LOOKED, key))],
    ["looks a minute apart", keys.map((_, index) => Freshness.drawOf(LOOKED + index * MINUTE, "me"))],
  ])("is uniform over %s", (_, draws) => {
    // 1000 in each tenth, five standard deviations of 30 either way.
    for (const count of countsOf(draws)) expect(Math.abs(count - 1000)).toBeLessThan(150)
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...draws)).toBeLessThan(1)
  })
})
