import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import { look } from "./looks.js"

const HOUR = 3_600_000
const START = Date.UTC(2026, 4, 10)
const JUNE = "2026-06-01T00:00:00Z"

interface Poll {
  readonly hour: number
  readonly monthly: number
  readonly refreshAt?: string
}

/** The usage of a history of the plus plan (an allowance of 20 USD), which closes on the way. */
const usage = (polls: ReadonlyArray<Poll>) => {
  const ledger = Ledger.fromHistory(
    polls.map(({ hour, monthly, refreshAt = JUNE }) =>
      look({
        at: new Date(START + hour * HOUR).toISOString(),
        monthly: monthly.toFixed(2),
        stable: "0.00",
        due: "0.00",
        refreshAt,
      }),
    ),
  )
  for (const entry of ledger) {
    for (const { usd } of Ledger.residuals(entry)) expect(usd).toEqual(Option.some(Usd.zero))
  }
  const series = Consumption.fromLedger(ledger)
  const sum = (of: (interval: Consumption.Interval) => Usd.Usd) =>
    Number(Usd.format(Usd.sum([...series.credits, ...series.payAsYouGo].map(of))))
  for (const { expected, lower, upper } of series.credits) {
    expect(Usd.isNegative(lower)).toBe(false)
    expect(Usd.lessThan(expected, lower)).toBe(false)
    expect(Option.exists(upper, (usd) => Usd.lessThan(usd, expected))).toBe(false)
  }
  const bounded = series.credits.every(({ upper }) => Option.isSome(upper))
  return {
    lower: sum(({ lower }) => lower),
    expected: sum(({ expected }) => expected),
    upper: bounded ? sum(({ upper }) => Option.getOrThrow(upper)) : undefined,
  }
}

const hourly = (...levels: ReadonlyArray<number>) => usage(levels.map((monthly, hour) => ({ hour, monthly })))

describe("usage beside a fall that a later balance undoes", () => {
  it.each([
    { name: "a glitch of one poll", levels: [18, 13, 18, 17.5], truth: 0.5 },
    { name: "a glitch to nothing", levels: [18, 0, 18, 17], truth: 1 },
    { name: "a glitch of two polls", levels: [18, 13, 13, 18, 17], truth: 1 },
    { name: "a fall that is shown in turn with the balance before it", levels: [18, 13, 18, 13, 18, 13], truth: 5 },
    { name: "a fall that is shown in turn and undone", levels: [18, 13, 18, 13, 18], truth: 0 },
    { name: "two glitches", levels: [18, 13, 18, 17, 4, 17, 16], truth: 2 },
    { name: "a part of a fall", levels: [18, 13, 15, 14], truth: 4 },
  ])("is possible, and expected to be what the ends differ by: $name", ({ levels, truth }) => {
    const found = hourly(...levels)
    expect(found.lower).toBeLessThanOrEqual(truth)
    expect(found.expected).toBeCloseTo(truth, 6)
    expect(found.upper ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth)
  })

  it("is certain again for what falls below all that was undone", () => {
    expect(hourly(18, 13, 18, 10).lower).toBeCloseTo(3, 6)
  })

  it("does not take a greater rise for an undone fall: within the allowance it is a refresh that came early", () => {
    expect(hourly(18, 17, 3, 20)).toMatchObject({ lower: 15, upper: 18 })
  })
})

const days = (from: number, to: number, monthly: (hour: number) => number, refreshAt: (hour: number) => string) =>
  Array.from({ length: (to - from) / 6 + 1 }, (_, nth) => {
    const hour = from + nth * 6
    return { hour, monthly: monthly(hour), refreshAt: refreshAt(hour) }
  })

describe("usage beside a refresh that is not as announced", () => {
  const JULY = "2026-07-01T00:00:00Z"
  /** The hour of the first of June. */
  const FIRST = 22 * 24
  const rate = 0.25 / 24
  const MAY_10 = 18

  it.each([
    { name: "it comes two days early, and its date moves", at: FIRST - 48, moved: FIRST - 48 },
    { name: "it comes two days early, and its date stays until it is due", at: FIRST - 48, moved: FIRST },
    { name: "it comes on time, and its date moves a poll before", at: FIRST + 6, moved: FIRST },
    { name: "it comes on time, and its date moves a poll later", at: FIRST, moved: FIRST + 6 },
    { name: "it comes 18 hours late, and its date moves with it", at: FIRST + 18, moved: FIRST + 18 },
    { name: "it comes 18 hours late, and its date moves on time", at: FIRST + 18, moved: FIRST },
    { name: "it comes on time, and its date stays", at: FIRST, moved: Number.POSITIVE_INFINITY },
  ])("is bounded, and expected to be the truth within a tenth: $name", ({ at, moved }) => {
    const found = usage(
      days(
        0,
        FIRST + 96,
        (hour) => (hour < at ? MAY_10 - hour * rate : 20 - (hour - at) * rate),
        (hour) => (hour < moved ? JUNE : JULY),
      ),
    )
    const truth = (FIRST + 96 - 6) * rate
    expect(found.lower).toBeLessThanOrEqual(truth + 0.07)
    expect(found.upper).toBeGreaterThanOrEqual(truth)
    expect(Math.abs(found.expected - truth)).toBeLessThan(truth / 10)
  })

  it("is none yet where the new date comes before the new credits", () => {
    const polls = [
      { hour: FIRST - 2, monthly: 2.1 },
      { hour: FIRST - 1 / 60, monthly: 2.1 },
      { hour: FIRST + 1 / 60, monthly: 2.1, refreshAt: JULY },
    ]
    expect(usage(polls)).toEqual({ lower: 0, expected: 0, upper: 0 })
    const applied = [...polls, { hour: FIRST + 2 / 60, monthly: 20, refreshAt: JULY }]
    expect(usage(applied)).toMatchObject({ lower: 0, upper: 2.1 })
  })

  it("may be a whole allowance where polls are far apart and nothing is left", () => {
    const polls = [
      { hour: FIRST - 12, monthly: 0 },
      { hour: FIRST + 12, monthly: 0, refreshAt: JULY },
    ]
    expect(usage(polls)).toMatchObject({ lower: 0, upper: 20 })
  })
})

describe("usage of monthly credits below 0", () => {
  it("may be none where two balances around the first of a month are equal, whether the refresh is announced or not", () => {
    const at = (hour: number, refreshAt?: string) =>
      look({
        at: new Date(Date.UTC(2026, 10, 1) + hour * HOUR).toISOString(),
        monthly: "-3.00",
        stable: "0.00",
        due: "0.00",
        ...(refreshAt === undefined ? {} : { refreshAt }),
      })
    for (const refreshAt of [undefined, "2026-12-01T00:00:00Z"]) {
      const entries = Ledger.between(at(-0.5, refreshAt), at(0.7, refreshAt))
      const lower = Usd.sum(entries.map(({ events }) => Amount.lower(Ledger.usage(events))))
      expect(Usd.format(lower)).toBe("0.00")
    }
  })

  it("is what they fall by", () => {
    expect(hourly(1, -1, -2.5)).toEqual({ lower: 3.5, expected: 3.5, upper: 3.5 })
  })

  it("is none beside a refresh that writes the debt off", () => {
    expect(
      usage([
        { hour: 22 * 24 - 1, monthly: -3 },
        { hour: 22 * 24 + 1, monthly: 20, refreshAt: "2026-07-01T00:00:00Z" },
      ]),
    ).toEqual({ lower: 0, expected: 0, upper: 0 })
  })

  it("may be none where the refresh may have paid the debt, and is what lies below the allowance at most", () => {
    const around = (before: number, after: number) =>
      usage([
        { hour: 22 * 24 - 1, monthly: before },
        { hour: 22 * 24 + 1, monthly: after, refreshAt: "2026-07-01T00:00:00Z" },
      ])
    expect(around(-3, 17)).toMatchObject({ lower: 0, upper: 3 })
    expect(around(-3, 15)).toMatchObject({ lower: 2, upper: 5 })
    expect(around(-3, 19)).toMatchObject({ lower: 0, upper: 1 })
    // The debt grew, or the credits were used up anew.
    expect(around(-3, -5)).toMatchObject({ lower: 2, upper: 25 })
  })
})

describe("usage around a refresh whose balances come in disorder", () => {
  const JULY = "2026-07-01T00:00:00Z"
  const FIRST = 22 * 24
  const MINUTE = 1 / 60

  it.each([
    { name: "once", shown: [2] },
    { name: "for three polls", shown: [2, 2, 2] },
    { name: "in turn", shown: [2, 19.9, 2] },
    { name: "as it was before some usage", shown: [2.1] },
    { name: "below 0", shown: [-0.2] },
  ])(
    "is not invented by a server that shows the balance before the refresh again, with its date: $name",
    ({ shown }) => {
      const found = usage([
        { hour: FIRST - 2 * MINUTE, monthly: 2 },
        { hour: FIRST + MINUTE, monthly: 20, refreshAt: JULY },
        ...shown.map((monthly, nth) => ({
          hour: FIRST + (2 + nth) * MINUTE,
          monthly,
          refreshAt: monthly < 10 ? JUNE : JULY,
        })),
        { hour: FIRST + 30 * MINUTE, monthly: 19.8, refreshAt: JULY },
        { hour: FIRST + 31 * MINUTE, monthly: 19.7, refreshAt: JULY },
      ])
      expect(found.lower).toBeLessThanOrEqual(0.3 + 1e-6)
      expect(found.upper).toBeGreaterThanOrEqual(0.3)
      expect(found.expected).toBeLessThan(3)
    },
  )

  it.each([
    { name: "with the new date", first: JULY },
    { name: "with the old date", first: JUNE },
  ])("is possible where nothing is left between the expiry and the refresh: $name", ({ first }) => {
    const found = usage([
      { hour: FIRST - 5, monthly: 2 },
      { hour: FIRST - MINUTE, monthly: 2, refreshAt: JUNE },
      { hour: FIRST + MINUTE, monthly: 0, refreshAt: first },
      { hour: FIRST + 2 * MINUTE, monthly: 20, refreshAt: JULY },
      { hour: FIRST + 5, monthly: 20, refreshAt: JULY },
    ])
    expect(found).toMatchObject({ lower: 0, upper: 2 })
    expect(found.expected).toBeLessThan(0.1)
  })

  it("is certain where they run out before the refresh", () => {
    const found = usage([
      { hour: FIRST - 5, monthly: 2 },
      { hour: FIRST - 1, monthly: 0 },
      { hour: FIRST + MINUTE, monthly: 20, refreshAt: JULY },
    ])
    expect(found).toEqual({ lower: 2, expected: 2, upper: 2 })
  })
})
