import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as UsdRate from "../../../src/domain/money/UsdRate.js"

const usd = Usd.unsafeFromText
const HOUR = 3_600_000
const DAY = 86_400_000
const spans = FastCheck.integer({ min: 1, max: 400 * DAY })

describe("a rate", () => {
  it("comes to an exact amount in any span", () => {
    const rate = UsdRate.make(usd("12"), DAY)
    expect(Usd.format(UsdRate.perHour(rate))).toBe("0.50")
    expect(Usd.format(UsdRate.perDay(rate))).toBe("12.00")
    expect(Usd.format(UsdRate.perMonth(rate))).toBe("365.25")
    expect(Usd.format(UsdRate.over(rate, 0))).toBe("0.00")
  })

  it("is not rounded before it is asked for", () => {
    const rate = UsdRate.make(usd("10"), 3 * DAY)
    expect(Usd.format(UsdRate.perDay(rate))).toBe("3.333333333")
    expect(Usd.format(UsdRate.over(rate, 3 * DAY))).toBe("10.00")
    expect(Usd.format(UsdRate.over(rate, DAY, "Ceiling"))).toBe("3.333333334")
  })

  it.prop("gives its own amount over its own span", { amount: Usd.Usd, millis: spans }, ({ amount, millis }) => {
    const rate = UsdRate.make(amount, millis)
    expect(Usd.toNanos(UsdRate.over(rate, millis))).toBe(Usd.toNanos(amount))
    expect(Usd.toNanos(UsdRate.over(rate, 7 * millis))).toBe(7n * Usd.toNanos(amount))
  })

  it.prop(
    "is a day's worth of 24 hours, to the nano-dollar an hour",
    { amount: Usd.Usd, millis: spans },
    ({ amount, millis }) => {
      const rate = UsdRate.make(amount, millis)
      const gap = Usd.toNanos(UsdRate.perDay(rate)) - 24n * Usd.toNanos(UsdRate.over(rate, HOUR))
      expect(gap >= -13n && gap <= 13n).toBe(true)
    },
  )

  it.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("is not over %s milliseconds", (millis) => {
    expect(() => UsdRate.make(usd("1"), millis)).toThrow(/give whole milliseconds above 0/)
  })
})
