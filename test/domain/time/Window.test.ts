import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Window from "../../../src/domain/time/Window.js"

const at = Timestamp.unsafeFromText
const DAY = 86_400_000

describe("a window", () => {
  it("runs from its beginning to its end", () => {
    const window = Window.make(at("2025-05-01T00:00:00Z"), at("2025-05-08T12:00:00.001Z"))
    expect(Timestamp.format(window.from)).toBe("2025-05-01T00:00:00.000Z")
    expect(Timestamp.format(window.to)).toBe("2025-05-08T12:00:00.001Z")
    expect(Window.millis(window)).toBe(7.5 * DAY + 1)
  })

  it("is never empty and never runs backwards", () => {
    const [noon, later] = [at("2025-05-08T12:00:00Z"), at("2025-05-08T12:00:00.001Z")]
    expect(Window.millis(Window.make(noon, later))).toBe(1)
    expect(() => Window.make(noon, noon)).toThrow(RangeError)
    expect(() => Window.make(later, noon)).toThrow(/later than `from`/)
  })

  it.prop(
    "of the last days ends now and is that many times 24 hours long, fractions of a day included",
    {
      now: FastCheck.integer({ min: 0, max: 4e12 }),
      days: FastCheck.integer({ min: 1, max: 4000 }),
      parts: FastCheck.constantFrom(1, 2, 24),
    },
    ({ now, days, parts }) => {
      const window = Window.lastDays(Timestamp.fromMillis(now), days / parts)
      expect(window.to.epochMillis).toBe(now)
      expect(Math.abs(Window.millis(window) - (days * DAY) / parts)).toBeLessThan(1)
    },
  )

  it("of the last days crosses months and leap days by the clock alone", () => {
    const from = (now: string, days: number) => Timestamp.format(Window.lastDays(at(now), days).from)
    expect(from("2024-03-01T06:00:00Z", 1)).toBe("2024-02-29T06:00:00.000Z")
    expect(from("2025-03-01T06:00:00Z", 1)).toBe("2025-02-28T06:00:00.000Z")
    expect(from("2025-03-31T06:00:00Z", 30)).toBe("2025-03-01T06:00:00.000Z")
    expect(from("2025-03-31T06:00:00Z", 0.25)).toBe("2025-03-31T00:00:00.000Z")
  })

  it.each([0, -1, Number.NaN])("of the last %s days is none", (days) => {
    expect(() => Window.lastDays(at("2025-05-08T12:00:00Z"), days)).toThrow(RangeError)
  })
})
