import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import type * as Estimate from "../../../src/domain/history/Estimate.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Report from "../../../src/domain/runway/Report.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { poll } from "../history/simulated.js"
import { every, inputOf } from "./histories.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.parse("2026-09-06T00:00:00Z")
const NOW = Date.parse("2026-09-16T00:00:00Z")

/** Looks every hour at an account that uses 0.50 USD in the middle of each of the given hours. */
const looksAt = (hours: ReadonlyArray<number>, options: Partial<AccountSimulator.Options> = {}) => [
  ...poll(
    AccountSimulator.simulate({
      seed: 1,
      from: FROM,
      to: NOW,
      calls: hours.map((hour) => ({ at: FROM + hour * HOUR + HOUR / 2, seconds: 60 })),
      grants: [],
      ...options,
    }),
    FROM,
    NOW,
    HOUR,
  ),
]

const reportOn = (looks: ReadonlyArray<Snapshot.Snapshot>, change = (last: Snapshot.Snapshot) => last, now = NOW) => {
  const last = looks.at(-1)
  if (last === undefined) throw new Error("no looks")
  const consumption = Consumption.fromLedger(Ledger.fromHistory(looks))
  return Report.make({
    snapshot: change(last),
    consumption,
    now: Timestamp.fromMillis(now),
  })
}

/** Every other hour, for ten days: 6 USD a day. */
const everyOtherHour = Array.from({ length: 120 }, (_, index) => 2 * index)
const steady = looksAt(everyOtherHour)

const expected = (of: Option.Option<Estimate.Estimate>) =>
  Option.getOrNull(Option.map(of, (known) => Usd.format(known.expected)))

describe("the rates of a report", () => {
  it("tell each window's burn by hour, day, month and in credits", () => {
    const { rates } = reportOn(steady)
    expect(rates.map(({ days }) => days)).toStrictEqual([1, 7, 30])
    for (const rate of rates) {
      expect(expected(rate.perHour)).toBe("0.25")
      expect(expected(rate.perDay)).toBe("6.00")
      expect(expected(rate.perMonth)).toBe("182.625")
      const credits = Option.getOrThrow(rate.creditsPerDay)
      expect(credits.expected).toBeCloseTo(6 / 0.0083, 6)
      expect(credits.upper).toBe(credits.lower)
    }
  })

  it("are in no credits where the body tells no price", () => {
    const unpriced = reportOn(steady, (last) => ({
      ...last,
      balance: {
        ...last.balance,
        subscription: Option.map(last.balance.subscription, (plan) => ({ ...plan, creditPrice: Usd.zero })),
      },
    }))
    const untold = reportOn(steady, (last) => ({
      ...last,
      balance: { ...last.balance, subscription: Option.none() },
    }))
    for (const { rates } of [unpriced, untold]) {
      expect(rates.map(({ creditsPerDay }) => Option.isNone(creditsPerDay))).toStrictEqual([true, true, true])
      expect(rates.map(({ perDay }) => expected(perDay))).toStrictEqual(["6.00", "6.00", "6.00"])
    }
  })

  it("are 0 where nothing was used, and none where too little is covered", () => {
    const [idle] = reportOn(looksAt([0, 1])).rates
    expect(idle?.burn._tag).toBe("Measured")
    expect(expected(idle?.perDay ?? Option.none())).toBe("0.00")
    const [unseen] = reportOn(steady.slice(0, 2), undefined, FROM + HOUR).rates
    expect(unseen?.burn._tag).toBe("NotEnoughHistory")
    for (const of of [unseen?.perHour, unseen?.perDay, unseen?.perMonth, unseen?.creditsPerDay])
      expect(of).toStrictEqual(Option.none())
  })

  it.each([
    ["before the change of the unit", "2025-09-20T00:00:00Z", "2025-09-29T23:00:00Z", ["minute", "minute", "minute"]],
    ["across the change", "2025-09-20T00:00:00Z", "2025-10-02T00:00:00Z", ["second", null, null]],
    ["from the change on", "2025-09-30T00:00:00Z", "2025-10-10T00:00:00Z", ["second", "second", "second"]],
  ])("are in credits of one unit alone: %s", (_, from, to, units) => {
    const report = Report.make({
      ...inputOf(every(1, from, to, (_, index) => ({ monthly: 40 - index / 24, due: 0, allowance: 40 }))),
      now: Timestamp.unsafeFromText(to),
    })
    const json = Report.encode(report)
    expect(json.rates.map(({ creditUnit }) => creditUnit)).toStrictEqual(units)
    for (const { creditUnit, creditsPerDay, perDay } of json.rates) {
      expect(Number(perDay?.expected)).toBeCloseTo(1, 6)
      expect(creditsPerDay === null).toBe(creditUnit === null)
    }
  })

  it("are in credits where all that is covered of a window lies after the change of the unit", () => {
    const snapshots = [...every(1, "2025-09-01T00:00:00Z", "2025-09-05T00:00:00Z", () => ({ monthly: 40, due: 0 }))]
    const later = every(1, "2025-10-06T00:00:00Z", "2025-10-10T00:00:00Z", () => ({ monthly: 20, due: 0 }))
    const now = Timestamp.unsafeFromText("2025-10-10T00:00:00Z")
    const { rates } = Report.make({ ...inputOf([...snapshots, ...later]), now })
    expect(rates.map(({ creditUnit }) => Option.getOrNull(creditUnit))).toStrictEqual(["second", "second", "second"])
  })

  it.each([
    ["2025-09-20T00:00:00Z", 1],
    ["2025-09-28T00:00:00Z", 0],
    ["2025-10-20T00:00:00Z", 1],
  ])(
    "stand beside a charge that is in credits where their unit stays the same up to its date: as of %s",
    (to, known) => {
      const from = new Date(Date.parse(to) - 9 * DAY).toISOString()
      const horizon = Timestamp.fromMillis(Date.parse(to) + 5 * DAY)
      const { projection } = Report.make({
        ...inputOf(every(6, from, to, (_, index) => ({ monthly: 40 - index, due: 0, allowance: 40 }))),
        now: Timestamp.unsafeFromText(to),
        overdraft: OverdraftPolicy.sourced(OverdraftPolicy.payAsYouGo(), "given"),
        horizon,
      })
      if (projection._tag !== "Projected") return expect.fail(projection._tag)
      expect(projection.charges.map(({ credits }) => Option.isSome(credits))).toStrictEqual([known === 1])
    },
  )

  it("have a decayed one of an hour or more, each hour with its weight, in the report and so in its JSON", () => {
    const decayed = (to: string) => {
      const snapshots = every(0.25, "2026-11-02T00:00:00Z", to, (_, index) => ({ monthly: 40 - index / 10, due: 0 }))
      return Report.encode(Report.make({ ...inputOf(snapshots), now: Timestamp.unsafeFromText(to) })).decayed
    }
    expect(decayed("2026-11-02T00:45:00Z")).toBeNull()
    expect(decayed("2026-11-02T01:15:00Z")?.expected).toBeCloseTo(0.4, 9)
  })

  it("are the same where the history is divided at the cuts of the report alone", () => {
    const [last] = steady.slice(-1)
    if (last === undefined) return expect.fail("no snapshots")
    const ledger = [...Ledger.fromHistory(steady)]
    const now = Timestamp.fromMillis(NOW)
    const cuts = Report.cuts(now, last.observedAt)
    const report = (consumption: Consumption.Consumption) => {
      const { days, rates, runway } = Report.make({ snapshot: last, consumption, now })
      const burns = rates.map(({ burn, ...rate }) => ({
        ...rate,
        burn: burn._tag === "Measured" ? burn.usage : burn.why,
      }))
      return { days, burns, runway }
    }
    const short = Consumption.fromLedger(ledger, { cuts })
    expect(short.credits.length).toBeLessThan(Consumption.fromLedger(ledger).credits.length)
    expect(report(short)).toEqual(report(Consumption.fromLedger(ledger)))
  })

  it("may be more than an amount can hold, also in the report's JSON", () => {
    const used = Usd.unsafeFromText("9000000000")
    const [snapshot] = steady.slice(-1)
    const [interval] = Consumption.fromLedger(Ledger.fromHistory(steady)).credits
    if (snapshot === undefined || interval === undefined) throw new Error("no looks")
    const halfDays = [24, 12].map((hours) => ({
      ...interval,
      from: Timestamp.fromMillis(NOW - hours * HOUR),
      to: Timestamp.fromMillis(NOW - (hours - 12) * HOUR),
      lower: used,
      expected: used,
      upper: Option.some(used),
    }))
    const report = Report.make({
      snapshot,
      consumption: { credits: halfDays, payAsYouGo: [], refreshes: [], renewals: [], planChanges: [] },
      now: Timestamp.fromMillis(NOW),
    })
    expect(report.rates.map(({ perHour }) => expected(perHour))).toStrictEqual(["750000000.00", "750000000.00", null])
    expect(report.rates.map(({ perDay }) => expected(perDay))).toStrictEqual(["18000000000.00", "18000000000.00", null])
    expect(Report.encode(report).rates[0]?.perMonth?.expected).toBe("547875000000.00")
  })

  it("stand beside what is left, which may be more than an amount can hold", () => {
    const { balance, ...others } = steady.at(-1) ?? expect.fail("no snapshots")
    const most = Usd.unsafeFromText("9000000000")
    const snapshot = {
      ...others,
      balance: {
        ...balance,
        monthly: { ...balance.monthly, value: most },
        stable: { _tag: "Granted" as const, value: most, credits: Credits.unsafeFromBigInt(0n) },
      },
    }
    const consumption = Consumption.fromLedger(Ledger.fromHistory(steady))
    const report = Report.make({ snapshot, consumption, now: Timestamp.fromMillis(NOW) })
    expect(Report.encode(report).left.total).toBe("18000000000.00")
  })
})

describe("a report", () => {
  it("has the decayed rate, in which old use counts less", () => {
    const decayed = Option.getOrThrow(reportOn(steady).decayed)
    expect(decayed.halfLifeHours).toBe(72)
    expect(decayed.expected).toBeCloseTo(0.25, 2)
    const early = Option.getOrThrow(reportOn(looksAt(everyOtherHour.slice(0, 60))).decayed)
    const late = Option.getOrThrow(reportOn(looksAt(everyOtherHour.slice(60))).decayed)
    expect(late.expected).toBeGreaterThan(2 * early.expected)
    expect(reportOn(steady.slice(0, 1), undefined, FROM).decayed).toStrictEqual(Option.none())
  })

  it("has the pace of the monthly credits as of the last look, not as of now", () => {
    // Half of September has passed, and 15 of 40 USD are left.
    const looks = looksAt([0], { openingMonthlyCents: 1_550 })
    for (const now of [NOW, NOW + 5 * DAY]) {
      expect(reportOn(looks, undefined, now).pace).toStrictEqual(
        Option.some({ elapsed: 0.5, used: 0.625, ratio: 1.25 }),
      )
    }
  })

  it("reads back from its JSON, whatever it knows", () => {
    const untold = (last: Snapshot.Snapshot) => ({ ...last, balance: { ...last.balance, subscription: Option.none() } })
    for (const report of [reportOn(steady), reportOn(steady.slice(0, 1), untold, FROM)]) {
      const json: unknown = JSON.parse(JSON.stringify(Report.encode(report)))
      expect(Schema.encodeSync(Report.Report)(Schema.decodeUnknownSync(Report.Report)(json))).toStrictEqual(json)
    }
    expect(Report.encode(reportOn(steady.slice(0, 1), untold, FROM))).toMatchObject({ decayed: null, pace: null })
    expect(Report.encode(reportOn(steady)).rates[0]).toMatchObject({
      perHour: { lower: "0.25", expected: "0.25", upper: "0.25" },
    })
  })

  it("looks back", () => {
    expect(() => reportOn(steady, undefined, NOW - 1)).toThrow(/looks back/)
  })
})
