import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { at, DAY, every, HOUR, seriesOf, steady } from "../runway/histories.js"

const usedOn = (days: ReadonlyArray<Consumption.Day>, date: string) => {
  const day = days.find((each) => each.date === date)
  return day === undefined ? undefined : Usd.format(day.usage.expected)
}

/** Hourly snapshots of an account that uses 9 USD within one hour. */
const burst = (hour: string) =>
  seriesOf(
    every(1, "2026-11-01T00:00:00Z", "2026-11-24T16:00:00Z", (time) => ({
      monthly: time > Date.parse(hour) ? 31 : 40,
      due: 0,
      refreshAt: "2026-12-01T00:00:00Z",
      allowance: 40,
    })),
  )

describe("the calendar days of a series", () => {
  it.each([
    ["UTC", "2026-11-21T20:00:00Z", "2026-11-21"],
    ["UTC", "2026-11-21T23:00:00Z", "2026-11-21"],
    ["UTC", "2026-11-22T00:00:00Z", "2026-11-22"],
    ["Europe/Berlin", "2026-11-21T22:00:00Z", "2026-11-21"],
    ["Europe/Berlin", "2026-11-21T23:00:00Z", "2026-11-22"],
    ["America/New_York", "2026-11-22T04:00:00Z", "2026-11-21"],
    ["Pacific/Auckland", "2026-11-21T11:00:00Z", "2026-11-22"],
    ["Asia/Tokyo", "2026-11-21T14:00:00Z", "2026-11-21"],
  ])("in %s have usage from %s under %s, whenever it is asked for", (zone, hour, date) => {
    const series = burst(hour)
    for (const to of ["2026-11-24T12:00:00Z", "2026-11-24T16:00:00Z"]) {
      const days = Consumption.days(series, { zone, to: at(to) })
      expect(usedOn(days, date)).toBe("9.00")
      const others = days.filter((day) => day.date !== date)
      expect(others.every(({ usage }) => Usd.isZero(usage.expected))).toBe(true)
    }
  })

  it("are the same for past days at noon and at four", () => {
    const series = burst("2026-11-21T20:00:00Z")
    const [noon, four] = ["2026-11-24T12:00:00Z", "2026-11-24T16:00:00Z"].map((to) =>
      Consumption.days(series, { to: at(to) }),
    )
    expect(noon?.slice(0, -1)).toEqual(four?.slice(0, -1))
  })

  it("mark the running day, whose coverage is a share of the whole day", () => {
    const days = Consumption.days(burst("2026-11-21T20:00:00Z"), { to: at("2026-11-24T12:00:00Z") })
    expect(days.filter(({ complete }) => !complete).map(({ coverage, date }) => [date, coverage])).toEqual([
      ["2026-11-24", 0.5],
    ])
  })

  it("have no usage from after the end that is asked for", () => {
    const series = seriesOf(steady("2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z", 1))
    const days = Consumption.days(series, { to: at("2026-11-10T06:00:00Z") })
    expect(days.at(-1)).toMatchObject({ date: "2026-11-10", complete: false })
    expect(usedOn(days, "2026-11-10")).toBe("0.25")
  })

  it("divide what was used across a midnight by time, with the whole as the bound of either day", () => {
    const series = seriesOf(
      every(2, "2026-11-10T23:00:00Z", "2026-11-11T03:00:00Z", (_, index) => ({
        monthly: 40 - index,
        refreshAt: "2026-12-01T00:00:00Z",
        due: 0,
        allowance: 40,
      })),
    )
    const [first] = Consumption.days(series)
    expect(first?.date).toBe("2026-11-10")
    expect([first?.usage.lower, first?.usage.expected].map((usd) => usd && Usd.format(usd))).toEqual(["0.00", "0.50"])
    expect(Option.map(first?.usage.upper ?? Option.none(), Usd.format)).toEqual(Option.some("1.00"))
  })

  it.each([
    ["Europe/Berlin", "2026-03-29", 23],
    ["Europe/Berlin", "2026-10-25", 25],
    ["America/New_York", "2026-03-08", 23],
    ["America/New_York", "2026-11-01", 25],
    ["Australia/Lord_Howe", "2026-04-05", 24.5],
  ])("in %s have %s with the usage of its %d hours", (zone, date, hours) => {
    const from = new Date(Date.parse(date) - 5 * DAY).toISOString()
    const to = new Date(Date.parse(date) + 5 * DAY).toISOString()
    const series = seriesOf(
      every(0.5, from, to, (_, index) => ({ monthly: 100 - index / 2, refreshAt: "2027-01-01T00:00:00Z", due: 0 })),
    )
    const day = Consumption.days(series, { zone }).find((each) => each.date === date)
    expect(day?.coverage).toBe(1)
    expect(Usd.format(day?.usage.expected ?? Usd.zero)).toBe(hours.toFixed(2))
  })

  const zone = FastCheck.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Chatham")
  const spent = steady("2026-10-01T00:00:00Z", "2026-11-20T18:00:00Z", 1.3)
  const all = seriesOf(spent)

  it.prop(
    "add up to what was used, in any zone and to any end",
    [zone, FastCheck.integer({ min: 1, max: 50 * 24 })],
    (drawn) => {
      const [zone, hours] = drawn
      const from = at("2026-10-01T00:00:00Z")
      const to = Timestamp.fromMillis(from.epochMillis + hours * HOUR)
      const days = Consumption.days(all, { zone, from, to })
      const whole = Consumption.over(all, { from, to }).usage.expected
      expect(Usd.format(Usd.sum(days.map(({ usage }) => usage.expected)))).toBe(Usd.format(whole))
    },
  )
})

describe("days that are not observed", () => {
  const withGap = steady("2026-10-01T00:00:00Z", "2026-11-20T00:00:00Z", 1).filter(
    ({ observedAt: { epochMillis } }) =>
      epochMillis <= Date.parse("2026-11-05T12:00:00Z") || epochMillis >= Date.parse("2026-11-09T06:00:00Z"),
  )

  it("have coverage 0 within a gap, and the share of it at its ends", () => {
    const days = Consumption.days(seriesOf(withGap), {
      from: at("2026-11-04T00:00:00Z"),
      to: at("2026-11-11T00:00:00Z"),
    })
    expect(days.map(({ coverage }) => coverage)).toEqual([1, 0.5, 0, 0, 0, 0.75, 1])
  })

  it("keep the usage across the gap in the totals, and not in covered time", () => {
    const series = seriesOf(withGap)
    const window = { from: at("2026-11-01T00:00:00Z"), to: at("2026-11-20T00:00:00Z") }
    const { coveredMillis, coveredUsage, longestGapMillis, usage } = Consumption.over(series, window)
    expect([Usd.format(usage.expected), Usd.format(coveredUsage.expected)]).toEqual(["19.00", "15.25"])
    expect([coveredMillis / DAY, longestGapMillis / DAY]).toEqual([15.25, 3.75])
  })

  it("have no upper bound after the last snapshot", () => {
    const days = Consumption.days(seriesOf(withGap), {
      from: at("2026-11-19T00:00:00Z"),
      to: at("2026-11-23T00:00:00Z"),
    })
    expect(days.map(({ coverage, usage }) => [coverage, Option.isSome(usage.upper)])).toEqual([
      [1, true],
      [0, false],
      [0, false],
      [0, false],
    ])
  })

  it("are none where snapshots come once in two days as a rule", () => {
    const rare = steady("2026-10-01T00:00:00Z", "2026-11-20T00:00:00Z", 1).filter((_, index) => index % 8 === 0)
    expect(Consumption.days(seriesOf(rare)).every(({ coverage }) => coverage === 1)).toBe(true)
  })

  it("are all but the ones with snapshots where a wrong clock put the first one into 1970", () => {
    const [first] = steady("1970-01-02T00:00:00Z", "1970-01-02T00:00:00Z", 1)
    const series = seriesOf([...(first === undefined ? [] : [first]), ...withGap])
    expect(Consumption.coveredMillis(series)).toBe(Consumption.coveredMillis(seriesOf(withGap)))
  })
})

describe("pay as you go within a day", () => {
  it("lies in the time without credits, however seldom the amount due is asked for", () => {
    // 4 USD a day: 10 USD of credits last to noon of 3 November; the amount due is asked for at the ends of a week.
    const snapshots = every(6, "2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z", (_, index) => ({
      monthly: Math.max(0, 10 - index),
      allowance: 10,
      refreshAt: "2026-12-01T00:00:00Z",
      ...(index === 0 ? { due: 0 } : index === 28 ? { due: 18 } : {}),
    }))
    const days = Consumption.days(seriesOf(snapshots))
    const used = days.map(({ usage }) => Usd.toNumberApproximate(usage.expected))
    expect(used.slice(0, 2)).toEqual([4, 4])
    // Within the six hours in which the credits ran out, half of the time counts as without credits.
    for (const dollars of used) expect(Math.abs(dollars - 4)).toBeLessThan(0.5)
  })
})
