import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import pico from "picocolors"
import * as StatusView from "../../src/cli/render/StatusView.js"
import * as Consumption from "../../src/domain/history/Consumption.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Report from "../../src/domain/runway/Report.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { poll } from "../domain/history/simulated.js"

const HOUR = 3_600_000
const FROM = Date.parse("2026-08-07T00:00:00Z")
const NOW = Date.parse("2026-09-16T00:00:00Z")

/** Snapshots every hour for forty days of an account that uses 0.50 USD in every other hour up to the last day. */
const snapshots = [
  ...poll(
    AccountSimulator.simulate({
      seed: 1,
      from: FROM,
      to: NOW,
      calls: Array.from({ length: 39 * 12 }, (_, index) => ({ at: FROM + 2 * index * HOUR + HOUR / 2, seconds: 60 })),
      grants: [],
      openingStableCents: 100_000,
    }),
    FROM,
    NOW,
    HOUR,
  ),
]

const report = (count = snapshots.length, now = NOW): Report.Report => {
  const seen = snapshots.slice(0, count)
  const last = seen.at(-1)
  if (last === undefined) throw new Error("no snapshots")
  const consumption = Consumption.fromLedger(Ledger.fromHistory(seen))
  return Report.make({ snapshot: last, consumption, now: Timestamp.fromMillis(now) })
}

const PLAIN = pico.createColors(false)
const lines = (of: Report.Report) => StatusView.lines(of, "UTC", PLAIN)

/** The lines from the burn rates to the sparkline. */
const rates = (of: Report.Report): ReadonlyArray<string> => {
  const all = lines(of)
  const first = all.findIndex((line) => line.startsWith("Burn rate"))
  return all.slice(
    first,
    all.findIndex((line, index) => index > first && (line === "" || line.startsWith("Last"))),
  )
}

const usd = Usd.unsafeFromText

describe("the rates of a status", () => {
  // 6 USD a day until a day ago: decayed, 6 x 2^(-24/72), and half an hour more, as each pair of hours began with the use.
  it("stand in columns, with the decayed rate and the pace below", () => {
    expect(rates(report())).toStrictEqual([
      "Burn rate           USD a day            credits a day  coverage  longest gap",
      "  last 24 h         0.00                             0     100 %          1 h",
      "  last 7 d          5.14                           620     100 %          1 h",
      "  last 30 d         5.80                           699     100 %          1 h",
      "  half-life 72 h    4.74 (4.72 to 4.76)                     99 %",
      "Pace                at least 2.00 x: 100 % of the allowance in 50 % of the cycle",
    ])
  })

  it("have no column of credits where their price is not told, and no pace without an allowance", () => {
    const told = report()
    const untold = told.rates.map((rate) => ({ ...rate, creditsPerDay: Option.none() }))
    expect(rates({ ...told, rates: untold, pace: Option.none() })).toStrictEqual([
      "Burn rate           USD a day            coverage  longest gap",
      "  last 24 h         0.00                    100 %          1 h",
      "  last 7 d          5.14                    100 %          1 h",
      "  last 30 d         5.80                    100 %          1 h",
      "  half-life 72 h    4.74 (4.72 to 4.76)      99 %",
    ])
  })

  it("say where too little is covered, by window and by weight", () => {
    expect(rates(report(2, FROM + HOUR))).toStrictEqual([
      "Burn rate           USD a day           coverage  longest gap",
      "  last 24 h         not enough history     4.1 %          1 h",
      "  last 7 d          not enough history     0.5 %          1 h",
      "  last 30 d         not enough history     0.1 %          1 h",
      "  half-life 72 h    not enough history",
      "Pace                0.06 x: 1.2 % of the allowance in 19 % of the cycle",
    ])
  })

  it("name the ratio where something is left, and leave it out before the cycle begins", () => {
    const pace = (of: { readonly elapsed: number; readonly used: number; readonly ratio: number | null }) =>
      rates({ ...report(), pace: Option.some(of) }).at(-1)
    expect(pace({ elapsed: 0.5, used: 0.999, ratio: 1.998 })).toBe(
      "Pace                2.00 x: 99 % of the allowance in 50 % of the cycle",
    )
    expect(pace({ elapsed: 0, used: 0, ratio: null })).toBe(
      "Pace                0 % of the allowance in 0 % of the cycle",
    )
  })

  it("fit into 100 columns, bounds and all", () => {
    const bounded = { lower: usd("10000.01"), expected: usd("12345.67"), upper: Option.some(usd("99999.99")) }
    const wide = report().rates.map((rate) => ({
      ...rate,
      perDay: Option.some(bounded),
      creditsPerDay: Option.some({ lower: 0, expected: 1_487_430, upper: null }),
    }))
    const all = lines({ ...report(), rates: wide })
    expect(all.some((line) => line.includes("12345.67 (10000.01 to 99999.99)"))).toBe(true)
    for (const line of all.slice(0, -1)) expect([...line].length).toBeLessThanOrEqual(100)
  })
})
