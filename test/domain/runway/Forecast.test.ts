import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Forecast from "../../../src/domain/runway/Forecast.js"

/** Day `offset` after Monday 5 January 2026. */
const dateAt = (offset: number): string => new Date(Date.UTC(2026, 0, 5 + offset)).toISOString().slice(0, 10)

const daysOf = (amounts: ReadonlyArray<number>): ReadonlyArray<Forecast.Day> =>
  amounts.map((usd, offset) => ({ date: dateAt(offset), usd }))

const series = (length: number, amount: (offset: number) => number): ReadonlyArray<Forecast.Day> =>
  daysOf(Array.from({ length }, (_, offset) => amount(offset)))

/** Uniform numbers from a seed (Lehmer's generator). */
const uniform = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Days that are idle with probability `idle`, otherwise exponential with a mean of 1 dollar. */
const bursts = (seed: number, idle: number): (() => number) => {
  const next = uniform(seed)
  return () => (next() < idle ? 0 : -Math.log(next()))
}

const forecast = (input: Partial<Forecast.Input>) =>
  Forecast.fromDaily({ days: series(60, () => 1), horizonDays: 7, levels: [0.8, 0.95], ...input })

const intervalOf = (result: Forecast.Forecast, level: number): Forecast.Interval => {
  const found = result.intervals.find((interval) => interval.level === level)
  if (found === undefined) throw new Error(`no interval of level ${level}`)
  return found
}

const onlyDepletion = (result: Forecast.Forecast): Forecast.Depletion => {
  const [found, ...others] = result.depletions ?? []
  if (found === undefined || others.length > 0) throw new Error("expected one depletion")
  return found
}

const relativeGap = (one: number, other: number): number =>
  Math.abs(one - other) / (Math.abs(one) + Math.abs(other) + 1e-6)

const neverIsLast = (days: number | null): number => days ?? Number.POSITIVE_INFINITY

const probabilities = [0, 0.001, 0.025, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975, 0.999, 1]

const amount = FastCheck.oneof(
  FastCheck.constant(0),
  FastCheck.double({ min: 0, max: 50, noNaN: true }),
  FastCheck.integer({ min: 0, max: 2_000 }).map((cents) => cents / 100),
)
/** At least one day of use, of any weekday, now and then with dates left out. */
const history = FastCheck.record({
  amounts: FastCheck.array(amount, { minLength: 1, maxLength: 100 }),
  last: FastCheck.double({ min: 0.01, max: 50, noNaN: true }),
  start: FastCheck.integer({ min: -400, max: 400 }),
  leftOut: FastCheck.array(FastCheck.integer({ min: 0, max: 99 }), { maxLength: 5 }),
}).map(
  ({ amounts, last, start, leftOut }): ReadonlyArray<Forecast.Day> =>
    [...amounts, last]
      .map((usd, offset) => ({ date: dateAt(start + offset), usd }))
      .filter((_, offset) => offset === amounts.length || !leftOut.includes(offset)),
)
const horizonDays = FastCheck.double({ min: 0.01, max: 120, noNaN: true })
const probability = FastCheck.double({ min: 0, max: 1, noNaN: true })
const level = FastCheck.double({ min: 0.01, max: 0.99, noNaN: true })

describe("the distribution of the total", () => {
  it.prop("has its median as point and its quantiles as interval ends", [history, horizonDays, level], (drawn) => {
    const [days, horizonDays, level] = drawn
    const result = Forecast.fromDaily({ days, horizonDays, levels: [level] })
    expect(result.point).toBe(result.quantile(0.5))
    // Of a narrow interval the last digit of an end may fall on the other side of the point, which it holds all the same.
    const lower = Math.min(result.point, result.quantile((1 - level) / 2))
    const upper = Math.max(result.point, result.quantile((1 + level) / 2))
    expect(result.intervals).toEqual([{ level, lower, upper }])
  })

  it.prop(
    "never falls in p, never below 0, and is finite",
    [history, horizonDays, probability, probability],
    (drawn) => {
      const [days, horizonDays, p, q] = drawn
      const { mean, quantile } = Forecast.fromDaily({ days, horizonDays, levels: [] })
      const totals = [...probabilities, p, q].sort((a, b) => a - b).map(quantile)
      for (const [index, total] of totals.entries()) {
        const previous = totals[index - 1] ?? 0
        expect(total - previous).toBeGreaterThanOrEqual(-1e-12 * previous)
        expect(total).toBeLessThan(Number.POSITIVE_INFINITY)
      }
      expect(mean).toBeGreaterThan(0)
      expect(mean).toBeLessThanOrEqual(quantile(1))
    },
  )

  it.prop(
    "holds a narrower interval inside a wider one, both around the point",
    [history, horizonDays, level, level],
    (drawn) => {
      const [days, horizonDays, one, other] = drawn
      const levels = [Math.min(one, other), Math.max(one, other)]
      const result = Forecast.fromDaily({ days, horizonDays, levels })
      const { intervals, point } = result
      for (const interval of intervals) {
        expect(interval.lower).toBeLessThanOrEqual(point)
        expect(interval.upper).toBeGreaterThanOrEqual(point)
      }
      // Sums of doubles: what is the same in exact numbers may differ in its last digits.
      const [inner, outer] = [intervalOf(result, Math.min(one, other)), intervalOf(result, Math.max(one, other))]
      expect(outer.lower - inner.lower).toBeLessThanOrEqual(1e-12 * inner.lower)
      expect(inner.upper - outer.upper).toBeLessThanOrEqual(1e-12 * outer.upper)
    },
  )

  it.prop(
    "scales with the amounts",
    [history, horizonDays, FastCheck.double({ min: 1e-6, max: 1e6, noNaN: true })],
    (drawn) => {
      const [days, horizonDays, factor] = drawn
      const result = Forecast.fromDaily({ days, horizonDays, levels: [], balances: [30] })
      const scaled = Forecast.fromDaily({
        days: days.map(({ date, usd }) => ({ date, usd: usd * factor })),
        horizonDays,
        levels: [],
        balances: [30 * factor],
      })
      for (const p of probabilities) {
        expect(relativeGap(scaled.quantile(p) / factor, result.quantile(p))).toBeLessThan(1e-6)
      }
      expect(relativeGap(scaled.mean / factor, result.mean)).toBeLessThan(1e-6)
      const [before, after] = [onlyDepletion(result).days, onlyDepletion(scaled).days]
      if (before === null || after === null) expect(after).toBe(before)
      else expect(relativeGap(after, before)).toBeLessThan(1e-6)
    },
  )

  it.prop("never falls when the horizon grows", [history, horizonDays, horizonDays], (drawn) => {
    const [days, one, other] = drawn
    const shorter = Forecast.fromDaily({ days, horizonDays: Math.min(one, other), levels: [] })
    const longer = Forecast.fromDaily({ days, horizonDays: Math.max(one, other), levels: [] })
    for (const p of probabilities) {
      expect(longer.quantile(p)).toBeGreaterThanOrEqual(shorter.quantile(p) * (1 - 1e-12))
    }
  })

  it.prop("depends on the input alone, and leaves it as it was", [history, horizonDays], ([days, horizonDays]) => {
    const input = {
      days: Object.freeze(days.map((day) => Object.freeze(day))),
      horizonDays,
      levels: [0.8],
      balances: [9],
    }
    const before = JSON.stringify(input)
    const first = Forecast.fromDaily(input)
    const second = Forecast.fromDaily(input)
    expect(JSON.stringify(second)).toBe(JSON.stringify(first))
    expect(probabilities.map(second.quantile)).toEqual(probabilities.map(first.quantile))
    expect(JSON.stringify(input)).toBe(before)
  })

  it("is the constant where use is constant", () => {
    const result = forecast({ days: series(140, () => 2.5), horizonDays: 30 })
    expect(result.point).toBeCloseTo(75, 9)
    expect(result.mean).toBeCloseTo(75, 1)
    const { lower, upper } = intervalOf(result, 0.95)
    expect(lower).toBeGreaterThan(73)
    expect(upper).toBeLessThan(77)
  })

  it("has its mean above its median where use comes in bursts", () => {
    const result = forecast({ days: series(140, bursts(11, 0.7)), horizonDays: 3 })
    expect(result.mean).toBeGreaterThan(result.point * 1.1)
  })

  it("is wider where use comes in bursts than where the same use is steady", () => {
    const next = uniform(5)
    const steady = intervalOf(forecast({ days: series(140, () => 0.2 + 0.2 * next()) }), 0.8)
    const bursty = intervalOf(forecast({ days: series(140, bursts(5, 0.7)) }), 0.8)
    expect(bursty.upper - bursty.lower).toBeGreaterThan(3 * (steady.upper - steady.lower))
  })

  it("follows a level that rose two months ago", () => {
    const { point } = forecast({ days: series(180, (offset) => (offset < 120 ? 1 : 5)), horizonDays: 10 })
    expect(point).toBeGreaterThan(35)
    expect(point).toBeLessThanOrEqual(50)
  })

  it.each([
    ["daily use", 0, 21],
    ["use every third day", 0.66, 22],
    ["half idle days", 0.5, 23],
  ])("covers %s about as often as its intervals say", (_, idle, seed) => {
    const next = bursts(seed, idle)
    const trials = 150
    let within80 = 0
    let within95 = 0
    for (let trial = 0; trial < trials; trial++) {
      const days = series(120, next)
      const truth = Array.from({ length: 10 }, next).reduce((sum, usd) => sum + usd, 0)
      const result = forecast({ days, horizonDays: 10 })
      const holds = ({ lower, upper }: Forecast.Interval) => lower <= truth && truth <= upper
      within80 += holds(intervalOf(result, 0.8)) ? 1 : 0
      within95 += holds(intervalOf(result, 0.95)) ? 1 : 0
    }
    expect(within80 / trials).toBeGreaterThan(0.74)
    expect(within80 / trials).toBeLessThan(0.95)
    expect(within95 / trials).toBeGreaterThan(0.9)
  })
})

describe("weekdays", () => {
  // The series starts on a Monday; the last of 84 days is a Sunday, of 82 a Friday.
  const officeDays = (length: number) => series(length, (offset) => (offset % 7 < 5 ? 10 : 0))

  it("are learnt: a weekend after office days brings little, the days after it bring use", () => {
    const weekend = forecast({ days: officeDays(82), horizonDays: 2 }).point
    const monday = forecast({ days: officeDays(84), horizonDays: 1 }).point
    const week = forecast({ days: officeDays(84), horizonDays: 7 }).point
    expect(weekend).toBeLessThan(6)
    expect(monday).toBeGreaterThan(7)
    expect(Math.abs(week - 50)).toBeLessThan(1)
  })

  it("give part of a day that part of the day's use", () => {
    const at = (horizonDays: number) => forecast({ days: officeDays(84), horizonDays }).point
    expect(at(0.25)).toBeCloseTo(at(1) / 4, 9)
    expect(at(3.5)).toBeCloseTo((at(3) + at(4)) / 2, 9)
    const fridayToSaturday = at(5.5) - at(5)
    const thursdayToFriday = at(4.5) - at(4)
    expect(fridayToSaturday).toBeLessThan(thursdayToFriday)
  })

  it("shape horizons longer than what is sampled", () => {
    const at = (horizonDays: number) => forecast({ days: officeDays(84), horizonDays }).point
    expect(Math.abs(at(70) - 500)).toBeLessThan(10)
    expect(at(75) - at(70)).toBeGreaterThan(3 * (at(77) - at(75)))
  })
})

describe("depletion", () => {
  it.prop(
    "falls where the total over as many days reaches the balance",
    [history, FastCheck.double({ min: 0.01, max: 3_000, noNaN: true })],
    (drawn) => {
      const [days, balance] = drawn
      const at = (horizonDays: number) => Forecast.fromDaily({ days, horizonDays, levels: [] })
      const depletion = onlyDepletion(Forecast.fromDaily({ days, horizonDays: 1, levels: [0.8], balances: [balance] }))
      const interval = depletion.intervals[0]
      const ends: ReadonlyArray<readonly [number, number | null | undefined]> = [
        [0.5, depletion.days],
        [(1 + 0.8) / 2, interval?.lower],
        [(1 - 0.8) / 2, interval?.upper],
      ]
      for (const [p, reached] of ends) {
        if (typeof reached === "number") {
          expect(at(reached).quantile(p)).toBeCloseTo(balance, 6)
          expect(at(reached * 0.99).quantile(p)).toBeLessThan(balance)
        } else {
          expect(reached).toBeNull()
          expect(at(Forecast.maxDays).quantile(p)).toBeLessThan(balance)
        }
      }
    },
  )

  it.prop(
    "is in order, and later for more",
    [history, FastCheck.double({ min: 0.01, max: 500, noNaN: true })],
    ([days, balance]) => {
      const { depletions = [] } = Forecast.fromDaily({
        days,
        horizonDays: 5,
        levels: [0.8, 0.95],
        balances: [balance, 2 * balance],
      })
      const [small, large] = depletions.map(({ days, intervals: [narrow, wide] }) =>
        [wide?.lower, narrow?.lower, days, narrow?.upper, wide?.upper].map((end) => neverIsLast(end ?? null)),
      )
      expect(small).toEqual([...(small ?? [])].sort((a, b) => a - b))
      for (const [index, end] of (small ?? []).entries()) {
        expect(large?.[index]).toBeGreaterThanOrEqual(end)
      }
    },
  )

  it("of 45 dollars at 10 dollars a day takes four and a half days", () => {
    const { days, intervals } = onlyDepletion(forecast({ days: series(140, () => 10), balances: [45] }))
    expect(days).toBeCloseTo(4.5, 6)
    expect(intervals.map(({ level }) => level)).toEqual([0.8, 0.95])
    expect(intervals[1]?.lower).toBeGreaterThan(4.3)
    expect(intervals[1]?.upper).toBeLessThan(4.7)
  })

  it("of a balance that outlasts what is sampled goes on at the same rate", () => {
    expect(onlyDepletion(forecast({ days: series(140, () => 10), balances: [10_000] })).days).toBeCloseTo(1_000, 6)
  })

  it("of nothing is now", () => {
    const now = { days: 0, intervals: [{ level: 0.8, lower: 0, upper: 0 }] }
    const rare = series(60, (offset) => (offset % 20 === 0 ? 1 : 0))
    for (const days of [series(60, () => 1), rare, series(60, () => 0), []]) {
      expect(forecast({ days, levels: [0.8], balances: [0] }).depletions).toEqual([now])
    }
  })

  it("is null beyond ten years", () => {
    const never = { days: null, intervals: [{ level: 0.8, lower: null, upper: null }] }
    expect(forecast({ levels: [0.8], balances: [1e9] }).depletions).toEqual([never])
  })

  it("has one entry a balance, and is absent without balances", () => {
    expect(forecast({ balances: [1, 2, 3] }).depletions).toHaveLength(3)
    expect(forecast({ balances: [] }).depletions).toEqual([])
    expect(forecast({})).not.toHaveProperty("depletions")
  })
})

describe("the history", () => {
  it("names the method and how many days it looked at", () => {
    expect(forecast({ days: series(140, () => 1) }).method).toEqual({
      name: "PlainBlend",
      historyDays: 140,
      missingDays: 0,
    })
    expect(forecast({ days: series(14, () => 1) }).method).toEqual({
      name: "PlainBlend",
      historyDays: 14,
      missingDays: 0,
    })
    expect(forecast({ days: series(13, () => 1) }).method).toEqual({
      name: "ShortHistory",
      historyDays: 13,
      missingDays: 0,
    })
  })

  it("makes intervals wider the shorter it is, even where its days agree", () => {
    const widths = [1, 2, 5, 13, 40, 140].map((length) => {
      const { lower, upper } = intervalOf(forecast({ days: series(length, () => 1) }), 0.8)
      return upper / lower
    })
    expect(widths).toEqual([...widths].sort((a, b) => b - a))
    expect(widths[0]).toBeGreaterThan(10)
    expect(widths.at(-1)).toBeLessThan(1.03)
  })

  it.prop("may begin with any number of idle days", [FastCheck.integer({ min: 1, max: 500 }), horizonDays], (drawn) => {
    const [idle, horizonDays] = drawn
    const result = forecast({
      days: series(idle + 3, (offset) => (offset < idle ? 0 : 4)),
      horizonDays,
      balances: [20],
    })
    expect(result.mean).toBeGreaterThan(0)
    expect(intervalOf(result, 0.95).upper).toBeGreaterThanOrEqual(result.point)
    expect(result.quantile(1)).toBeLessThan(Number.POSITIVE_INFINITY)
  })

  it("takes a date left out as unknown, not as a day without use", () => {
    const days = series(60, (offset) => (offset % 3 === 0 ? 0 : 6))
    const leftOut = forecast({ days: days.filter(({ usd }) => usd > 0) })
    expect(leftOut.method).toEqual({ name: "PlainBlend", historyDays: 40, missingDays: 19 })
    expect(leftOut.point).toBeCloseTo(42, 6)
    expect(forecast({ days }).point).toBeLessThan(35)
  })

  it("counts for a year", () => {
    const year = series(365, bursts(3, 0.3))
    const before = [
      { date: "2025-01-03", usd: 900 },
      { date: "2025-01-04", usd: 900 },
    ]
    const options = { horizonDays: 12, balances: [8] }
    expect(JSON.stringify(forecast({ days: [...before, ...year], ...options }))).toBe(
      JSON.stringify(forecast({ days: year, ...options })),
    )
  })

  it("without use gives 0 and says so", () => {
    const result = forecast({ days: series(30, () => 0), levels: [0.8], balances: [5] })
    expect({ ...result, quantile: probabilities.map(result.quantile) }).toEqual({
      point: 0,
      mean: 0,
      intervals: [{ level: 0.8, lower: 0, upper: 0 }],
      quantile: probabilities.map(() => 0),
      depletions: [{ days: null, intervals: [{ level: 0.8, lower: null, upper: null }] }],
      method: { name: "NoUse", historyDays: 30, missingDays: 0 },
    })
  })

  it("without days bounds nothing, in JSON as null", () => {
    const result = forecast({ days: [], levels: [0.8], balances: [5] })
    expect(result.point).toBe(Number.POSITIVE_INFINITY)
    expect(result.intervals).toEqual([{ level: 0.8, lower: 0, upper: Number.POSITIVE_INFINITY }])
    expect(JSON.parse(JSON.stringify(result))).toEqual({
      point: null,
      mean: null,
      intervals: [{ level: 0.8, lower: 0, upper: null }],
      depletions: [{ days: null, intervals: [{ level: 0.8, lower: 0, upper: null }] }],
      method: { name: "NoHistory" },
    })
  })

  it("may hold the smallest and the largest amounts", () => {
    for (const usd of [Number.MIN_VALUE, 1e-300, 1e12]) {
      const result = forecast({ days: series(90, (offset) => (offset % 2 === 0 ? usd : 0)), balances: [usd * 10] })
      expect(result.quantile(1)).toBeGreaterThan(0)
      expect(result.quantile(1)).toBeLessThan(Number.POSITIVE_INFINITY)
      expect(onlyDepletion(result).days).toBeGreaterThan(10)
    }
  })
})

describe("improper input is refused with what to do", () => {
  const one = { date: "2026-03-01", usd: 1 }
  it.each<[string, Partial<Forecast.Input>, RegExp]>([
    [
      "days out of order",
      { days: [one, { date: "2026-02-28", usd: 1 }] },
      /days\[1\].*sort days by date, oldest first/,
    ],
    ["a day given twice", { days: [one, one] }, /days\[1\]\.date repeats "2026-03-01": add the amounts/],
    ["a day that does not exist", { days: [{ date: "2026-02-30", usd: 1 }] }, /days\[0\].*"2026-02-30".*YYYY-MM-DD/],
    ["a month that does not exist", { days: [{ date: "2026-13-01", usd: 1 }] }, /days\[0\].*YYYY-MM-DD/],
    ["a leap day of a common year", { days: [{ date: "2025-02-29", usd: 1 }] }, /days\[0\].*YYYY-MM-DD/],
    ["a time instead of a day", { days: [{ date: "2026-03-01T00:00:00Z", usd: 1 }] }, /days\[0\].*YYYY-MM-DD/],
    ["an empty date", { days: [{ date: "", usd: 1 }] }, /days\[0\].*YYYY-MM-DD/],
    [
      "a negative amount",
      { days: [one, { date: "2026-03-02", usd: -0.01 }] },
      /days\[1\]\.usd is -0.01: give the dollars/,
    ],
    ["an amount that is no number", { days: [{ ...one, usd: Number.NaN }] }, /days\[0\]\.usd is NaN/],
    ["an infinite amount", { days: [{ ...one, usd: Number.POSITIVE_INFINITY }] }, /days\[0\]\.usd is Infinity/],
    [
      "an absurd amount",
      { days: [{ ...one, usd: 1.1e12 }] },
      /days\[0\]\.usd is 1100000000000: .* from 0 to 1000000000000/,
    ],
    ["a horizon of 0", { horizonDays: 0 }, /horizonDays is 0: .* above 0/],
    ["a horizon in the past", { horizonDays: -3 }, /horizonDays is -3/],
    ["a horizon that is no number", { horizonDays: Number.NaN }, /horizonDays is NaN/],
    ["an infinite horizon", { horizonDays: Number.POSITIVE_INFINITY }, /horizonDays is Infinity/],
    ["a horizon past ten years", { horizonDays: Forecast.maxDays + 1 }, /horizonDays is 3654: .* up to 3653/],
    ["a level of 0", { levels: [0] }, /levels\[0\] is 0: give a probability between 0 and 1/],
    ["a level of 1", { levels: [0.8, 1] }, /levels\[1\] is 1/],
    ["a level in percent", { levels: [80] }, /levels\[0\] is 80/],
    ["a level that is no number", { levels: [Number.NaN] }, /levels\[0\] is NaN/],
    ["a negative balance", { balances: [1, -1] }, /balances\[1\] is -1: give what is left in dollars/],
    ["an infinite balance", { balances: [Number.POSITIVE_INFINITY] }, /balances\[0\] is Infinity/],
  ])("%s", (_, input, message) => {
    expect(() => forecast(input)).toThrow(RangeError)
    expect(() => forecast(input)).toThrow(message)
  })

  it.each([-0.1, 1.1, Number.NaN])("a quantile at %s", (p) => {
    for (const days of [series(60, () => 1), series(60, () => 0), []]) {
      expect(() => forecast({ days }).quantile(p)).toThrow(RangeError)
    }
  })
})

describe("days that are observed in part", () => {
  const share = FastCheck.double({ min: 0.05, max: 1, noNaN: true })
  const within = (a: number, b: number) => expect(Math.abs(a - b)).toBeLessThanOrEqual(1e-9 * (1 + Math.abs(a)))

  it.prop(
    "stand for whole days of the same rate",
    [history, FastCheck.array(share, { minLength: 1, maxLength: 7 })],
    (drawn) => {
      const [days, shares] = drawn
      const partly = days.map((day, index) => {
        const share = shares[index % shares.length] ?? 1
        return { date: day.date, usd: day.usd * share, share }
      })
      const [whole, part] = [days, partly].map((days) => Forecast.fromDaily({ days, horizonDays: 9, levels: [0.8] }))
      within(whole?.point ?? 0, part?.point ?? Number.NaN)
      within(whole?.intervals[0]?.upper ?? 0, part?.intervals[0]?.upper ?? Number.NaN)
    },
  )

  it.prop(
    "count as not observed where they are censored",
    [history, FastCheck.integer({ min: 2, max: 5 })],
    (drawn) => {
      const [days, nth] = drawn
      const marked = days.map((day, index) => ({ ...day, censored: index % nth === 0 && index < days.length - 1 }))
      const without = marked.filter(({ censored }) => !censored)
      const [a, b] = [marked, without].map((days) => Forecast.fromDaily({ days, horizonDays: 9, levels: [] }))
      expect(a?.point).toBe(b?.point)
      expect(a?.mean).toBe(b?.mean)
    },
  )

  it("keep the weekdays ahead in place where the last days are censored", () => {
    // 7 USD on Mondays alone; the history ends with a Sunday, the last six days of it censored.
    const days = series(70, (offset) => (offset % 7 === 0 ? 7 : 0)).map((day, offset) => ({
      ...day,
      censored: offset > 63,
    }))
    const monday = Forecast.fromDaily({ days, horizonDays: 1, levels: [] }).mean
    const without = Forecast.fromDaily({ days: days.slice(0, 64), horizonDays: 1, levels: [] }).mean
    expect(monday).toBeGreaterThan(2 * without)
  })

  it.each([
    ["0", 0],
    ["above 1", 1.01],
    ["not a number", Number.NaN],
  ])("have a share that is not %s", (_, share) => {
    expect(() => forecast({ days: [{ date: "2026-01-05", usd: 1, share }] })).toThrow(/days\[0\]\.share/)
  })

  it("are none where all are censored", () => {
    const days = series(5, () => 0).map((day) => ({ ...day, censored: true }))
    expect(forecast({ days }).method).toEqual({ name: "NoHistory" })
  })
})

describe("the use ahead of a later beginning", () => {
  const days = series(70, (offset) => (offset % 7 === 0 ? 7 : 1))

  it("follows the weekdays from there", () => {
    // Day 70 is a Monday.
    const ahead = (offsetDays: number) => Forecast.ahead(days, { offsetDays, widening: 1 }).total(1, 0.5)
    expect(ahead(0)).toBeGreaterThan(2 * ahead(1))
    expect(ahead(7)).toBeCloseTo(ahead(0), 9)
    expect(ahead(0.5)).toBeCloseTo((ahead(0) + ahead(1)) / 2, 9)
  })

  it("lies further from the median by the widening", () => {
    const spread = (widening: number) => {
      const { total } = Forecast.ahead(days, { offsetDays: 0, widening })
      return total(7, 0.9) - total(7, 0.1)
    }
    expect(spread(2)).toBeGreaterThan(1.8 * spread(1))
  })
})
