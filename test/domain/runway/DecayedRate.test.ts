import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as DecayedRate from "../../../src/domain/runway/DecayedRate.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { poll } from "../history/simulated.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.parse("2026-08-10T00:00:00Z")

/** Looks every hour at an account that uses 0.50 USD in the middle of each of the hours. */
const using = (hours: ReadonlyArray<number>) => {
  const account = AccountSimulator.simulate({
    seed: 1,
    from: FROM,
    to: FROM + 10 * DAY,
    openingMonthlyCents: 100_000,
    calls: hours.map((hour) => ({ at: FROM + hour * HOUR + HOUR / 2, seconds: 60 })),
  })
  return Consumption.fromLedger(Ledger.fromHistory(poll(account, FROM, FROM + 10 * DAY, HOUR)))
}

const steady = using(Array.from({ length: 240 }, (_, hour) => hour))
const END = Timestamp.fromMillis(FROM + 10 * DAY)

describe("a decayed rate", () => {
  it.prop(
    "of steady use is that use, whatever the half-life and the moment",
    { halfLife: FastCheck.double({ min: 0.5, max: 1000, noNaN: true }), hour: FastCheck.integer({ min: 1, max: 400 }) },
    ({ halfLife, hour }) => {
      const rate = DecayedRate.at(steady, Timestamp.fromMillis(FROM + hour * HOUR), halfLife)
      expect(Option.getOrThrow(rate).expected).toBeCloseTo(0.5, 9)
      // Between looks an hour apart nobody knows when in that hour: the weight changes by so much within it.
      const within = 2 ** (1 / halfLife)
      const { lower, upper } = Option.getOrThrow(rate)
      expect(lower).toBeLessThan(0.5)
      expect(lower).toBeGreaterThan(0.5 / within - 1e-9)
      expect(upper).toBeGreaterThan(0.5)
      expect(upper).toBeLessThan(0.5 * within + 1e-9)
    },
  )

  it("gives use half the weight for each half-life of age", () => {
    const before = Option.getOrThrow(DecayedRate.at(using([0]), Timestamp.fromMillis(FROM + HOUR), 24))
    const after = Option.getOrThrow(DecayedRate.at(using([0]), Timestamp.fromMillis(FROM + 25 * HOUR), 24))
    expect((after.expected * after.weightedHours) / (before.expected * before.weightedHours)).toBeCloseTo(0.5, 9)
  })

  it("forgets with a short half-life what a long one remembers", () => {
    const rates = [6, 48, 1e6].map((halfLife) => Option.getOrThrow(DecayedRate.at(using([0, 1, 2]), END, halfLife)))
    const [short, long, mean] = rates.map(({ expected }) => expected)
    expect(short).toBeLessThan(long ?? 0)
    expect(long).toBeLessThan(mean ?? 0)
    // Without decay it is the mean of the ten days.
    expect(mean).toBeCloseTo(1.5 / 240, 5)
  })

  it("counts no use after its moment, and is none before anything was seen", () => {
    const rate = DecayedRate.at(using([100]), Timestamp.fromMillis(FROM + 50 * HOUR), 24)
    expect(Option.getOrThrow(rate).expected).toBe(0)
    expect(Option.isNone(DecayedRate.at(steady, Timestamp.fromMillis(FROM), 24))).toBe(true)
  })

  it("has no upper bound where the ledger has none", () => {
    const [first, ...others] = steady.credits
    if (first === undefined) return expect.fail("no intervals")
    const open = { ...steady, credits: [{ ...first, upper: Option.none() }, ...others] }
    expect(Option.getOrThrow(DecayedRate.at(open, END, 24)).upper).toBeNull()
  })

  it("tells the seen share of all time before it, by weight", () => {
    const coverage = (hour: number) =>
      DecayedRate.coverage(Option.getOrThrow(DecayedRate.at(steady, Timestamp.fromMillis(FROM + hour * HOUR), 24)))
    expect(coverage(24)).toBeCloseTo(0.5, 9)
    expect(coverage(240)).toBeCloseTo(1 - 2 ** -10, 9)
    // A day after the last look all of it has half the weight.
    expect(coverage(264)).toBeCloseTo(0.5, 2)
  })

  it("reads back from its JSON", () => {
    const rate = Option.getOrThrow(DecayedRate.at(steady, END, 24))
    for (const of of [rate, { ...rate, upper: null }]) {
      const json: unknown = JSON.parse(JSON.stringify(Schema.encodeSync(DecayedRate.DecayedRate)(of)))
      expect(Schema.decodeUnknownSync(DecayedRate.DecayedRate)(json)).toStrictEqual(of)
    }
  })

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("refuses a half-life of %d hours", (halfLife) => {
    expect(() => DecayedRate.at(steady, END, halfLife)).toThrow(/half-life/)
  })
})
