import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Projection from "../../../src/domain/runway/Projection.js"
import * as Report from "../../../src/domain/runway/Report.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { poll } from "../history/simulated.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.parse("2026-08-03T00:00:00Z")
const NOW = Date.parse("2026-09-16T12:00:00Z")

/** An account on the pro plan that uses 1.50 USD every day at noon, but for what `options` say otherwise. */
const accountOf = (options: Partial<AccountSimulator.Options> = {}) =>
  AccountSimulator.simulate({
    seed: 1,
    from: FROM,
    to: NOW,
    calls: Array.from({ length: 60 }, (_, day) => ({ at: FROM + day * DAY + 11 * HOUR, seconds: 180 })),
    grants: [],
    ...options,
  })

const inputOf = (
  options: Partial<AccountSimulator.Options> = {},
): Projection.Input & { readonly last: Snapshot.Snapshot } => {
  const looks = [...poll(accountOf(options), FROM, NOW, 6 * HOUR)]
  const last = looks.at(-1)
  if (last === undefined) throw new Error("no looks")
  return {
    now: Timestamp.fromMillis(NOW),
    observedAt: last.observedAt,
    balance: last.balance,
    consumption: Consumption.fromLedger(Ledger.fromHistory(looks)),
    overdraft: Option.some(OverdraftPolicy.payAsYouGo()),
    last,
  }
}

const projected = (input: Projection.Input) => {
  const projection = Projection.project(input)
  if (projection._tag !== "Projected") throw new Error(projection.why)
  return projection
}

describe("Projection", () => {
  it("ends at the next refresh, and covers steady usage to it", () => {
    const projection = projected(inputOf({ openingStableCents: 5000 }))
    expect(Timestamp.format(projection.end)).toBe("2026-10-01T00:00:00.000Z")
    // 14.5 days at 1.50 USD.
    expect(projection.usage.point).toBeGreaterThan(18)
    expect(projection.usage.point).toBeLessThan(26)
    for (const { lower, upper } of projection.usage.intervals) {
      expect(lower).toBeLessThanOrEqual(projection.usage.point)
      expect(upper).toBeGreaterThanOrEqual(projection.usage.point)
    }
  })

  it("charges nothing while stable credits cover what the monthly ones do not", () => {
    // On 16 September at noon 16 of 40 USD are left of a plan that has used 24.
    const projection = projected(inputOf({ openingStableCents: 50_000 }))
    expect(projection.monthly._tag).toBe("RunsOut")
    expect(projection.charges).toHaveLength(1)
    expect(projection.charges[0]?.usd.point).toBe(0)
    expect(projection.charges[0]?.chance).toBeLessThan(0.01)
  })

  it("charges what exceeds the credits once both pools are gone", () => {
    const projection = projected(inputOf({ openingStableCents: 0, openingMonthlyCents: 0, refresh: null }))
    expect(projection.monthly).toEqual({ _tag: "Empty" })
    expect(projection.credits).toEqual({ _tag: "Empty" })
    expect(projection.charges[0]?.usd.point).toBe(projection.usage.point)
    expect(projection.charges[0]?.chance).toBeGreaterThan(0.99)
  })

  it("charges nothing where service stops instead", () => {
    const input = inputOf({ openingStableCents: 0, openingMonthlyCents: 0 })
    const projection = projected({ ...input, overdraft: Option.some(OverdraftPolicy.blocked) })
    expect(projection.charges[0]?.usd).toEqual({
      point: 0,
      mean: 0,
      intervals: [
        { level: 0.8, lower: 0, upper: 0 },
        { level: 0.95, lower: 0, upper: 0 },
      ],
    })
  })

  it("names the assumption where nobody told whether pay as you go is on", () => {
    const input = inputOf({ openingStableCents: 1000 })
    expect(projected(input).assumptions).not.toContain("OverdraftNotTold")
    expect(projected({ ...input, overdraft: Option.none() }).assumptions).toContain("OverdraftNotTold")
  })

  it("has a mean charge above the charge of the mean usage where the credits nearly suffice", () => {
    const calls = Array.from({ length: 45 }, (_, day) => ({
      at: FROM + day * DAY + 11 * HOUR,
      seconds: 30 * (1 + (day % 12)),
    }))
    const input = inputOf({ calls, openingStableCents: 1500 })
    const { charges, usage } = projected(input)
    const left = Usd.toNumberApproximate(Usd.add(Snapshot.monthly(input.last), Snapshot.stable(input.last)))
    const [mean, ofMean] = [charges[0]?.usd.mean ?? Number.NaN, Math.max(0, (usage.mean ?? Number.NaN) - left)]
    expect(charges[0]?.chance).toBeGreaterThan(0.05)
    expect(charges[0]?.chance).toBeLessThan(0.95)
    expect(mean).toBeGreaterThan(ofMean)
  })

  it("takes a pending refresh as applied, by name, and looks to the one after it", () => {
    const input = inputOf({
      openingStableCents: 1000,
      refresh: { day: 16, hour: 11, minute: 0, lagSeconds: 7200, announced: true },
    })
    const projection = projected(input)
    expect(Option.map(projection.pendingSince, Timestamp.format)).toEqual(Option.some("2026-09-16T11:00:00.000Z"))
    expect(projection.assumptions).toContain("PendingRefreshIsApplied")
    expect(Timestamp.format(projection.end)).toBe("2026-10-16T11:00:00.000Z")
  })

  it("projects 30 days on where a contract names no refresh", () => {
    const projection = projected(inputOf({ plan: "contract", openingStableCents: 100_000 }))
    expect(projection.assumptions).toContain("EndChosen")
    expect(Timestamp.format(projection.end)).toBe("2026-10-16T12:00:00.000Z")
    expect(projection.charges[0]?.event).toBe("HorizonEnd")
  })

  it("says so when it is asked to look past the refresh, and refuses to look back", () => {
    const input = inputOf({ openingStableCents: 1000 })
    const far = projected({ ...input, end: Timestamp.unsafeFromText("2026-12-24T00:00:00Z") })
    expect(far.assumptions).toContain("EndsAtRefresh")
    const near = projected({ ...input, end: Timestamp.unsafeFromText("2026-09-20T00:00:00Z") })
    expect(Timestamp.format(near.end)).toBe("2026-09-20T00:00:00.000Z")
    expect(() => projected({ ...input, end: Timestamp.fromMillis(NOW) })).toThrow(/looks forward/)
  })

  it("sees no use where there was none", () => {
    const projection = projected(inputOf({ calls: [] }))
    expect(projection.monthly).toEqual({ _tag: "NoUse" })
    expect(projection.credits).toEqual({ _tag: "NoUse" })
    expect(projection.usage.point).toBe(0)
  })

  it("says that there is not enough history instead of a number", () => {
    const looks = [...poll(accountOf(), NOW - DAY, NOW, HOUR)]
    const consumption = Consumption.fromLedger(Ledger.fromHistory(looks))
    expect(Projection.project({ ...inputOf(), consumption })).toMatchObject({
      _tag: "NotEnoughHistory",
      why: "2 days of history; a projection needs 3",
    })
  })

  it("has a runway across refreshes that counts the allowance of each", () => {
    // 1.50 USD a day is 45 a month against an allowance of 40. August took 3.50 of 30 USD of stable credits; September takes 5.75, then 6.50, 5.00
    // and 6.50, so that 42.75 are left for January: 28.5 days.
    const { assumptions, credits } = projected(inputOf({ openingStableCents: 3000 }))
    if (credits._tag !== "RunsOut") return expect.fail(credits._tag)
    expect(Timestamp.format(credits.at).slice(0, 10)).toBe("2027-01-29")
    expect(assumptions).toContain("UsageIsEven")
  })

  it("claims no longer a runway than the history bears out where credits last beyond 400 days", () => {
    const { assumptions, credits } = projected(inputOf({ openingStableCents: 100_000 }))
    if (credits._tag !== "LastsBeyond") return expect.fail(credits._tag)
    // 44.5 days of history.
    expect(Timestamp.format(credits.until)).toBe("2026-10-31T00:00:00.000Z")
    expect(credits).toMatchObject({ chance: 0, earliest: null })
    expect(assumptions).toContain("UsageIsEven")
  })

  it("says of an old look that the refresh since is taken as applied", () => {
    const input = inputOf({ openingStableCents: 50_000 })
    const later = projected({ ...input, now: Timestamp.unsafeFromText("2026-10-05T00:00:00Z") })
    expect(later.assumptions).toContain("PendingRefreshIsApplied")
    expect(Timestamp.format(later.end)).toBe("2026-11-01T00:00:00.000Z")
  })

  it("does not take days on which service had stopped for days without demand", () => {
    const options = { plan: "free", payAsYouGo: false, openingStableCents: 0, dailyCents: 300 } as const
    const account = AccountSimulator.simulate({ seed: 3, from: FROM, to: NOW, grants: [], ...options })
    const looks = [...poll(account, FROM, NOW, 6 * HOUR)]
    const last = looks.at(-1) ?? expect.fail("no looks")
    const projection = Projection.project({
      now: Timestamp.fromMillis(NOW),
      observedAt: last.observedAt,
      balance: last.balance,
      consumption: Consumption.fromLedger(Ledger.fromHistory(looks)),
      overdraft: Option.some(OverdraftPolicy.blocked),
    })
    if (projection._tag !== "Projected") return expect.fail(projection.why)
    // Some 3 USD on working days; with the days without service counted as idle it would be a third of that.
    expect(projection.usage.point).toBeGreaterThan(15)
  })

  it("says that nothing is known where pay as you go was possible and never asked for", () => {
    const options = { openingStableCents: 0, openingMonthlyCents: 0, refresh: null }
    const looks = [...poll(accountOf(options), FROM, NOW, 6 * HOUR, () => false)]
    const consumption = Consumption.fromLedger(Ledger.fromHistory(looks))
    expect(Projection.project({ ...inputOf(options), consumption })).toMatchObject({
      _tag: "NotEnoughHistory",
      why: expect.stringMatching(/^0 of 45 days tell of usage/),
    })
  })

  it("does not let stable credits that are not there cover the rest of a cycle without a known allowance", () => {
    const input = inputOf({ openingStableCents: 0 })
    const projection = projected({ ...input, balance: { ...input.balance, subscription: Option.none() } })
    expect(projection.monthly._tag).toBe("RunsOut")
    expect(projection.credits).toEqual(projection.monthly)
  })

  it("gives the chance of running out before the refresh, also where the projection ends earlier", () => {
    const input = inputOf({ openingStableCents: 0 })
    const near = projected({ ...input, end: Timestamp.fromMillis(NOW + 2 * DAY) })
    expect(near.monthly).toEqual(projected(input).monthly)
  })

  it("counts a charge in whole credits at the policy's price", () => {
    const input = inputOf({ openingStableCents: 0, openingMonthlyCents: 0, refresh: null })
    const overdraft = Option.some(OverdraftPolicy.payAsYouGo(Usd.unsafeFromText("0.50"), "Up"))
    const [charge] = projected({ ...input, overdraft }).charges
    expect(Option.map(charge?.credits ?? Option.none(), Number)).toEqual(
      Option.some(Math.ceil((charge?.usd.point ?? Number.NaN) / 0.5)),
    )
    const untold = projected({ ...inputOf({ openingStableCents: 50_000 }), overdraft: Option.none() })
    expect(untold.charges[0]?.credits).toEqual(Option.none())
  })
})

describe("Report", () => {
  it("encodes to JSON and comes back the same", () => {
    const { consumption, last, now } = inputOf({ openingStableCents: 5000 })
    const report = Report.make({ snapshot: last, consumption, now })
    const text = JSON.stringify(Report.encode(report))
    const back = Schema.decodeUnknownEither(Report.Report)(JSON.parse(text))
    expect(Either.map(back, Report.encode)).toEqual(Either.right(Report.encode(report)))
    expect(report.rates.map((rate) => rate.days)).toEqual([1, 7, 30])
    expect(report.days).toHaveLength(30)
  })

  it("refuses a snapshot from after its moment", () => {
    const { consumption, last } = inputOf()
    expect(() => Report.make({ snapshot: last, consumption, now: Timestamp.fromMillis(NOW - 1) })).toThrow(/looks back/)
  })
})
