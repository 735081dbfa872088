import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as DrawDown from "../../../src/domain/runway/DrawDown.js"

const monthly = (count: number, allowance: number) =>
  Array.from({ length: count }, (_, index) => ({ startsInDays: 10 + 30 * index, allowance }))

describe("DrawDown", () => {
  it("divides what is left by the rate where nothing is refreshed", () => {
    expect(DrawDown.days({ monthly: 10, stable: 20, refreshes: [] }, 2)).toBe(15)
  })

  it("draws stable credits only once the monthly ones are gone, and loses what expires", () => {
    // 10 days at 2 need 20 of 30: 10 of the monthly credits expire. Then 40 a month against 60: 20 of the stable credits a month.
    expect(DrawDown.days({ monthly: 30, stable: 30, refreshes: monthly(5, 40) }, 2)).toBe(10 + 30 + (40 + 10) / 2)
  })

  it("lasts for ever on an allowance that covers the rate", () => {
    expect(DrawDown.days({ monthly: 10, stable: 0, refreshes: monthly(24, 60) }, 1)).toBe(Number.POSITIVE_INFINITY)
  })

  it("runs out before the refresh even where later allowances would cover the rate", () => {
    expect(DrawDown.days({ monthly: 5, stable: 0, refreshes: monthly(24, 60) }, 1)).toBe(5)
  })

  it("never runs out at no use", () => {
    expect(DrawDown.days({ monthly: 0, stable: 0, refreshes: [] }, 0)).toBe(Number.POSITIVE_INFINITY)
  })

  it("lasts no longer at a higher rate, and no shorter with more stable credits", () => {
    const amounts = FastCheck.double({ min: 0, max: 500, noNaN: true })
    const rates = FastCheck.double({ min: 0.01, max: 50, noNaN: true })
    FastCheck.assert(
      FastCheck.property(amounts, amounts, amounts, rates, rates, (left, stable, allowance, a, b) => {
        const supply = { monthly: left, stable, refreshes: monthly(24, allowance) }
        const [slow, fast] = [DrawDown.days(supply, Math.min(a, b)), DrawDown.days(supply, Math.max(a, b))]
        const more = DrawDown.days({ ...supply, stable: stable + 10 }, a)
        return slow >= fast - 1e-6 && more >= DrawDown.days(supply, a) - 1e-6
      }),
    )
  })
})
