import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as BurnRate from "../../../src/domain/runway/BurnRate.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Window from "../../../src/domain/time/Window.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { poll } from "../history/simulated.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.parse("2026-08-10T00:00:00Z")

/** A call of 60 s, 0.50 USD, at half past every hour. */
const steady = AccountSimulator.simulate({
  seed: 1,
  from: FROM,
  to: FROM + 10 * DAY,
  openingMonthlyCents: 100_000,
  calls: Array.from({ length: 240 }, (_, hour) => ({ at: FROM + hour * HOUR + HOUR / 2, seconds: 60 })),
})
const consumption = Consumption.fromLedger(Ledger.fromHistory(poll(steady, FROM, FROM + 10 * DAY, HOUR)))
const over = (from: number, to: number) =>
  BurnRate.over(consumption, Window.make(Timestamp.fromMillis(from), Timestamp.fromMillis(to)))

describe("BurnRate", () => {
  it("is usage over the covered time", () => {
    const rate = over(FROM, FROM + 10 * DAY)
    expect(rate._tag).toBe("Measured")
    if (rate._tag !== "Measured") return
    expect(Usd.format(rate.usage.expected)).toBe("120.00")
    expect(Usd.format(BurnRate.perHour(rate).expected)).toBe("0.50")
    expect(Usd.format(BurnRate.perDay(rate).lower)).toBe("12.00")
    expect(Option.map(BurnRate.perDay(rate).upper, Usd.format)).toEqual(Option.some("12.00"))
    expect(Usd.format(BurnRate.perMonth(rate).expected)).toBe("365.25")
    expect(rate.coverage).toBe(1)
    expect(rate.snapshots).toBe(240)
  })

  it("does not take time that nobody looked at for time without use", () => {
    const rate = over(FROM - 10 * DAY, FROM + 10 * DAY)
    if (rate._tag !== "Measured") return expect.fail(rate.why)
    expect(rate.coverage).toBe(0.5)
    expect(Usd.format(BurnRate.perDay(rate).expected)).toBe("12.00")
  })

  it("stands side by side over several windows, in the order asked", () => {
    const rates = BurnRate.sideBySide(consumption, Timestamp.fromMillis(FROM + 10 * DAY), [7, 1, 30])
    expect(rates.map(({ burn, days }) => [days, burn._tag === "Measured" ? burn.coverage : burn.why])).toEqual([
      [7, 1],
      [1, 1],
      [30, 1 / 3],
    ])
  })

  it("is told in credits at a price", () => {
    const rate = over(FROM, FROM + 10 * DAY)
    if (rate._tag !== "Measured") return expect.fail(rate.why)
    const credits = Option.getOrThrow(BurnRate.inCredits(BurnRate.perHour(rate), Usd.unsafeFromText("0.0083")))
    expect(credits.expected).toBeCloseTo(0.5 / 0.0083, 9)
    expect(credits.upper).toBe(credits.lower)
    expect(Option.isNone(BurnRate.inCredits(BurnRate.perHour(rate), Usd.zero))).toBe(true)
  })

  it("says that there is not enough history instead of a number that means nothing", () => {
    expect(over(FROM + 20 * DAY, FROM + 21 * DAY)._tag).toBe("NotEnoughHistory")
    expect(over(FROM, FROM + HOUR)._tag).toBe("NotEnoughHistory")
    const short = over(FROM + HOUR - 60_000, FROM + HOUR + 60_000)
    expect(short._tag === "NotEnoughHistory" ? short.why : "").toMatch(/less than an hour/)
  })

  it("needs a tenth of its window", () => {
    const last = FROM + 10 * DAY
    expect(over(last - 10 * DAY, last + 89 * DAY)._tag).toBe("Measured")
    const rate = over(last - 10 * DAY, last + 91 * DAY)
    expect(rate._tag === "NotEnoughHistory" ? rate.why : "").toMatch(/less than a tenth/)
  })

  it("counts neither the time nor the usage of a gap", () => {
    const polled = [...poll(steady, FROM, FROM + 10 * DAY, HOUR)].filter(
      ({ observedAt: { epochMillis } }) => epochMillis <= FROM + 3 * DAY || epochMillis >= FROM + 5 * DAY,
    )
    const rate = BurnRate.over(
      Consumption.fromLedger(Ledger.fromHistory(polled)),
      Window.make(Timestamp.fromMillis(FROM), Timestamp.fromMillis(FROM + 10 * DAY)),
    )
    if (rate._tag !== "Measured") return expect.fail(rate.why)
    expect([rate.coverage, rate.longestGapMillis / DAY]).toEqual([0.8, 2])
    expect([Usd.format(rate.usage.expected), Usd.format(BurnRate.perDay(rate).expected)]).toEqual(["96.00", "12.00"])
  })
})
