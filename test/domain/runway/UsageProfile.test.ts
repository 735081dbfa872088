import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as UsageProfile from "../../../src/domain/runway/UsageProfile.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Window from "../../../src/domain/time/Window.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { poll } from "../history/simulated.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A Monday. */
const FROM = Date.parse("2026-08-10T00:00:00Z")

const consumptionOf = (calls: ReadonlyArray<{ readonly at: number; readonly seconds: number }>, every: number) => {
  const span = { from: FROM, to: FROM + 14 * DAY }
  const account = AccountSimulator.simulate({ seed: 1, ...span, openingMonthlyCents: 1_000_000, calls })
  return Consumption.fromLedger(Ledger.fromHistory(poll(account, span.from, span.to, every)))
}
const window = (from: number, to: number) => Window.make(Timestamp.fromMillis(from), Timestamp.fromMillis(to))

describe("a profile of usage", () => {
  it("has usage in the hour of the week in which it was", () => {
    const tuesdaysAtNine = [0, 1].map((week) => ({ at: FROM + week * 7 * DAY + DAY + 9.5 * HOUR, seconds: 60 }))
    const profile = UsageProfile.over(consumptionOf(tuesdaysAtNine, HOUR), window(FROM, FROM + 14 * DAY))
    expect(profile.length).toBe(168)
    expect(
      profile
        .filter(({ usage }) => Usd.isPositive(usage.expected))
        .map(({ hour, coveredMillis, usage, weekday }) => [weekday, hour, Usd.format(usage.expected), coveredMillis]),
    ).toStrictEqual([[2, 9, "1.00", 2 * HOUR]])
    expect(profile.every(({ coveredMillis }) => coveredMillis === 2 * HOUR)).toBe(true)
  })

  it.prop(
    "adds up to the window, on looks of any regularity and windows of any edges",
    {
      calls: FastCheck.array(
        FastCheck.record({
          at: FastCheck.integer({ min: FROM + 1, max: FROM + 14 * DAY }),
          seconds: FastCheck.integer({ min: 1, max: 600 }),
        }),
        { maxLength: 20 },
      ),
      every: FastCheck.integer({ min: 600_000, max: 3 * DAY }),
      edges: FastCheck.tuple(
        FastCheck.integer({ min: FROM - DAY, max: FROM + 7 * DAY }),
        FastCheck.integer({ min: FROM + 7 * DAY + 1, max: FROM + 15 * DAY }),
      ),
    },
    ({ calls, edges: [from, to], every }) => {
      const consumption = consumptionOf(calls, every)
      const whole = Consumption.over(consumption, window(from, to))
      const profile = UsageProfile.over(consumption, window(from, to))
      expect(Usd.format(Usd.sum(profile.map(({ usage }) => usage.expected)))).toBe(Usd.format(whole.usage.expected))
      expect(profile.reduce((sum, { coveredMillis }) => sum + coveredMillis, 0)).toBe(whole.coveredMillis)
    },
    { fastCheck: { numRuns: 40 } },
  )
})
