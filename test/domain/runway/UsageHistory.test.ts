import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as UsageHistory from "../../../src/domain/runway/UsageHistory.js"
import { DAY, every, inputOf, type Says, steady } from "./histories.js"

const FROM = "2026-11-01T00:00:00Z"

/** Snapshots every six hours to 11 November; `says` gets the days since the first. */
const history = (says: (days: number) => Partial<Says>) =>
  every(6, FROM, "2026-11-11T00:00:00Z", (time) => ({
    monthly: 0,
    allowance: 10,
    refreshAt: "2026-12-01T00:00:00Z",
    ...says((time - Date.parse(FROM)) / DAY),
  }))

const daysOf = (
  snapshots: ReadonlyArray<Snapshot.Snapshot>,
  overdraft: Option.Option<OverdraftPolicy.OverdraftPolicy> = Option.none(),
  zone?: string,
) => {
  const { consumption, observedAt } = inputOf(snapshots)
  return UsageHistory.upTo(consumption, observedAt, overdraft, zone)
}

const perDay = ({ days }: UsageHistory.UsageHistory): ReadonlyArray<number> =>
  days.map(({ share = 1, usd }) => Math.round((usd / share) * 100) / 100)

const ten = (usd: number) => Array.from({ length: 10 }, () => usd)
const on = Option.some(OverdraftPolicy.payAsYouGo())

describe("the days of a history that tell of demand", () => {
  it.each([
    ["9 USD a day of pay as you go alone", history((days) => ({ due: 9 * days })), ten(9)],
    ["1 USD a day of pay as you go without an allowance", history((days) => ({ allowance: 0, due: days })), ten(1)],
    [
      "5 USD a day that pass from credits to pay as you go",
      history((days) => ({ monthly: Math.max(0, 10 - 5 * days), due: Math.max(0, 5 * days - 10) })),
      ten(5),
    ],
    [
      "credits alone, although the amount due was never asked for",
      history((days) => ({ monthly: 10 - days / 2 })),
      ten(0.5),
    ],
    ["a debt that grows", history((days) => ({ monthly: -2 * days, due: 0 })), ten(2)],
  ])("are all of %s", (_, snapshots, expected) => {
    expect(perDay(daysOf(snapshots))).toEqual(expected)
  })

  it("leave out empty days without a charge, and the idle ones among them only where pay as you go is off or unknown", () => {
    const snapshots = history((days) => ({ monthly: Math.max(0, 10 - 2.5 * days), due: 0 }))
    for (const policy of [Option.none(), Option.some(OverdraftPolicy.blocked)]) {
      const [last, ...others] = [...perDay(daysOf(snapshots, policy))].reverse()
      expect(others).toEqual([2.5, 2.5, 2.5])
      // Half of the six hours in which the credits ran out count as without credits.
      expect(last).toBeCloseTo(2.5 / 0.875, 2)
    }
    expect(perDay(daysOf(snapshots, on))).toEqual([2.5, 2.5, 2.5, 2.5, 0, 0, 0, 0, 0, 0])
  })

  it("count the served part of the day on which service stopped", () => {
    // 4 USD a day: the credits end at six in the evening of the third day.
    const snapshots = history((days) => ({ monthly: Math.max(0, 11 - 4 * days), allowance: 11, due: 0 }))
    const { days } = daysOf(snapshots)
    expect(days.map(({ date, share, usd }) => [date, share, Math.round(usd)])).toEqual([
      ["2026-11-01", 1, 4],
      ["2026-11-02", 1, 4],
      ["2026-11-03", 0.625, 3],
    ])
  })

  it("leave out empty days of which nobody asked for the amount due", () => {
    const snapshots = history((days) => ({ monthly: Math.max(0, 10 - 2 * days) }))
    expect(perDay(daysOf(snapshots, on)).slice(0, 4)).toEqual([2, 2, 2, 2])
    expect(daysOf(snapshots, on).days.length).toBeLessThan(6)
  })

  it("leave out the days of a gap", () => {
    const snapshots = steady("2026-10-10T00:00:00Z", "2026-10-30T00:00:00Z", 1).filter(
      ({ observedAt: { epochMillis } }) =>
        epochMillis <= Date.parse("2026-10-20T00:00:00Z") || epochMillis >= Date.parse("2026-10-25T00:00:00Z"),
    )
    const { days } = daysOf(snapshots)
    expect(days.map(({ date }) => date.slice(-2)).join(" ")).toBe("10 11 12 13 14 15 16 17 18 19 25 26 27 28 29")
    expect(perDay({ ...daysOf(snapshots) })).toEqual(Array.from({ length: 15 }, () => 1))
  })

  it("leave out the running day, but where there are fewer than three others", () => {
    const dates = (to: string) => daysOf(steady(FROM, to, 1)).days.map(({ date }) => date.slice(-2))
    expect(dates("2026-11-05T18:00:00Z")).toEqual(["01", "02", "03", "04"])
    expect(dates("2026-11-03T18:00:00Z")).toEqual(["01", "02", "03"])
    expect(dates("2026-11-03T06:00:00Z")).toEqual(["01", "02"])
  })

  it("are days of the zone, and the forecast begins where the last of them ends", () => {
    const snapshots = steady("2026-11-01T00:00:00Z", "2026-11-11T18:00:00Z", 1)
    const [utc, berlin] = [daysOf(snapshots), daysOf(snapshots, Option.none(), "Europe/Berlin")]
    expect([utc.days.at(-1)?.date, utc.offsetDays]).toEqual(["2026-11-10", 0.75])
    expect([berlin.days.at(-1)?.date, berlin.offsetDays]).toEqual(["2026-11-10", 19 / 24])
  })
})
