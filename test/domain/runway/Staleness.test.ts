import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Block from "../../../src/domain/balance/Block.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Projection from "../../../src/domain/runway/Projection.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { at, DAY, every, HOUR, inputOf, type Says, steady } from "./histories.js"

const project = (
  snapshots: ReadonlyArray<Snapshot.Snapshot>,
  now: string | number,
  more: Partial<Projection.Input> = {},
) =>
  Projection.project({
    overdraft: Option.some(OverdraftPolicy.payAsYouGo()),
    ...inputOf(snapshots),
    now: typeof now === "string" ? at(now) : Timestamp.fromMillis(now),
    ...more,
  })

const projected = (...input: Parameters<typeof project>) => {
  const projection = project(...input)
  if (projection._tag !== "Projected") throw new Error(projection.why)
  return projection
}

const day = (runway: { readonly _tag: string; readonly at?: Timestamp.Timestamp }) =>
  runway.at === undefined ? runway._tag : Timestamp.format(runway.at).slice(0, 10)

describe("a projection from an old balance", () => {
  const to = "2026-10-17T12:00:00Z"

  it.each([
    // Left at the observation, rate, now, usage from now, charge since the observation.
    ["a day old, within the cycle", 1, "2026-10-18T12:00:00Z", 13.5, 0],
    ["ten days old, within the cycle", 1, "2026-10-27T12:00:00Z", 4.5, 0],
    ["ten days old, with credits that ran out since", 2, "2026-10-27T12:00:00Z", 9, 22],
    ["from before a refresh", 1, "2026-11-20T12:00:00Z", 10.5, 0],
    ["from before a refresh, with charges in both cycles", 2, "2026-11-20T12:00:00Z", 21, 22 + 20],
    ["from before two refreshes", 1, "2026-12-10T12:00:00Z", 21.5, 0],
  ])("%s covers the cycles since, each with its own allowance", (_, perDay, now, usage, charge) => {
    const projection = projected(steady("2026-08-01T00:00:00Z", to, perDay), now)
    expect(Math.abs(projection.usage.point - usage)).toBeLessThan(1)
    expect(Math.abs((projection.charges[0]?.usd.point ?? Number.NaN) - charge)).toBeLessThan(1)
    expect(projection.assumptions).toContain("UsageWentOn")
  })

  const snapshots = every(6, "2026-08-01T00:00:00Z", to, (time) => {
    const date = new Date(time)
    const since = (time - Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)) / DAY
    // Between 1 and 2 USD a day, by turns.
    return {
      monthly: 60 - 1.5 * since + 0.25 * Math.sin(since * 2),
      due: 0,
      allowance: 60,
      refreshAt: Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1),
    }
  })

  it.prop(
    "names no time before now, whatever its age",
    [FastCheck.integer({ min: 0, max: 62 * 24 })],
    ([hours]) => {
      const now = Date.parse(to) + hours * HOUR
      for (const perDay of [1, 3]) {
        const projection = projected(steady("2026-08-01T00:00:00Z", to, perDay), now)
        for (const runway of [projection.monthly, projection.credits]) {
          if (runway._tag !== "RunsOut") continue
          for (const time of [runway.at, runway.earliest, runway.latest])
            if (time !== null) expect(time.epochMillis).toBeGreaterThanOrEqual(now)
        }
      }
    },
    { fastCheck: { numRuns: 10 } },
  )

  it("is the wider the older it is", () => {
    const widths = [0, 5, 15, 30, 60].map((days) => {
      const now = Date.parse(to) + days * DAY
      const { usage } = projected(snapshots, now, { end: Timestamp.fromMillis(now + 5 * HOUR) })
      const [interval] = usage.intervals
      return (interval?.upper ?? Number.NaN) - (interval?.lower ?? Number.NaN)
    })
    expect(widths).toEqual([...widths].sort((a, b) => a - b))
    expect(new Set(widths).size).toBe(widths.length)
  })

  it.each([
    ["62 days, of a history of 77", "2026-08-01T00:00:00Z", 62],
    ["the covered length of a history of 20 days", "2026-09-27T12:00:00Z", 20],
    ["7 days, of a history of 4", "2026-10-13T12:00:00Z", 7],
  ])("is refused past %s", (_, from, limit) => {
    const history = steady(from, to, 1)
    const last = Date.parse(to) + limit * DAY
    expect(project(history, last)._tag).toBe("Projected")
    const old = project(history, last + HOUR)
    if (old._tag !== "TooOld") return expect.fail(old._tag)
    expect(Duration.toMillis(old.age)).toBe(limit * DAY + HOUR)
    expect(Duration.toDays(old.limit)).toBeCloseTo(limit, 9)
    expect(old.why).toContain(`${limit} days`)
  })

  it("forecasts the weekdays from now on, not those from the observation on", () => {
    // 8 USD on each Monday; Monday 26 October is the first of both days.
    const mondays = every(24, "2026-08-03T00:00:00Z", "2026-10-26T00:00:00Z", (time) => {
      const weeks = Math.ceil((time - Date.parse("2026-08-03T00:00:00Z")) / (7 * DAY))
      return { monthly: 500 - 8 * weeks, due: 0, allowance: 500, refreshAt: "2026-12-01T00:00:00Z" }
    })
    const ofDay = (now: string) =>
      projected(mondays, now, { end: Timestamp.fromMillis(Date.parse(now) + DAY) }).usage.mean
    const [monday, tuesday] = [ofDay("2026-10-26T00:00:00Z"), ofDay("2026-10-27T00:00:00Z")]
    expect(monday).toBeGreaterThan(1.5 * (tuesday ?? Number.NaN))
  })

  it("does not count a gap into the covered length", () => {
    const history = steady("2026-08-01T00:00:00Z", to, 1).filter(
      ({ observedAt: { epochMillis } }) =>
        epochMillis <= Date.parse("2026-08-05T00:00:00Z") || epochMillis >= Date.parse("2026-10-13T12:00:00Z"),
    )
    expect(project(history, Date.parse(to) + 8 * DAY + HOUR)._tag).toBe("TooOld")
    expect(project(history, Date.parse(to) + 7 * DAY)._tag).toBe("Projected")
  })
})

/** Snapshots of ten days to 20 November of an account that uses 2 USD a day from what `says` gives. */
const spending = (says: (used: number) => Says) =>
  every(6, "2026-11-10T00:00:00Z", "2026-11-20T00:00:00Z", (_, index) => ({
    due: 0,
    refreshAt: "2026-12-01T00:00:00Z",
    allowance: 40,
    ...says(index / 2),
  }))

describe("credits of which a part is a debt", () => {
  it.each([
    ["10 monthly and -6 stable", (used: number) => ({ monthly: 30 - used, stable: -6 }), "2026-11-22", 18],
    ["16 monthly and -1 stable", (used: number) => ({ monthly: 36 - used, stable: -1 }), "2026-11-27", 7],
    ["-3 monthly and 10 stable", (used: number) => ({ monthly: -3, stable: 30 - used }), "2026-11-23", 15],
    ["5 monthly and -5 stable", (used: number) => ({ monthly: 25 - used, stable: -5 }), "Empty", 22],
    ["2 monthly and -8 stable", (used: number) => ({ monthly: 22 - used, stable: -8 }), "Empty", 22],
  ])("of %s last as long as their sum", (_, says, until, charge) => {
    const projection = projected(spending(says), "2026-11-20T00:00:00Z")
    expect(day(projection.credits)).toBe(until)
    expect(projection.charges[0]?.usd.point).toBeCloseTo(charge, 0)
  })

  it("keep the debt of stable credits across a refresh", () => {
    // 40 USD in December less a debt of 6 last 17 days at 2 USD a day.
    const snapshots = spending((used) => ({ monthly: 60 - used, stable: -6, allowance: 40 }))
    const { credits } = projected(snapshots, "2026-11-20T00:00:00Z")
    expect(day(credits)).toBe("2026-12-18")
  })
})

describe("a projection", () => {
  it.each([
    ["2037-01-01T00:00:00Z"],
    ["2099-01-01T00:00:00Z"],
    ["9999-12-31T23:59:59Z"],
    ["2028-01-01T00:00:00Z"],
    ["1970-01-01T00:00:00Z"],
  ])("is made where the refresh is announced for %s, as if none were", (refreshAt) => {
    const projection = projected(
      spending((used) => ({ monthly: 60 - used, refreshAt, allowance: 60 })),
      "2026-11-20T06:00:00Z",
    )
    expect(projection.assumptions).toContain("RefreshIsFarAway")
    expect(Timestamp.format(projection.end)).toBe("2026-12-01T00:00:00.000Z")
  })

  it("ends after 400 days where a contract announces no refresh and a later end is asked for", () => {
    const snapshots = spending((used) => ({ monthly: 60 - used, refreshAt: undefined }) as never).map((snapshot) => ({
      ...snapshot,
      balance: {
        ...snapshot.balance,
        subscription: Option.map(snapshot.balance.subscription, (plan) => ({
          ...plan,
          price: { _tag: "Contract" as const },
        })),
      },
    }))
    const projection = projected(snapshots, "2026-11-20T00:00:00Z", { end: at("2030-01-01T00:00:00Z") })
    expect(projection.assumptions).toContain("EndsAtLimit")
    expect(projection.end.epochMillis - Date.parse("2026-11-20T00:00:00Z")).toBe(400 * DAY)
  })

  it("has no runway but Blocked, and no charge, where the API stopped service", () => {
    const block = Block.of("missing_payment_method", "Add a card.")
    const projection = projected(
      spending((used) => ({ monthly: 30 - used })),
      "2026-11-20T00:00:00Z",
      { block },
    )
    const blocked = { _tag: "Blocked", reason: { _tag: "MissingPaymentMethod" }, message: Option.some("Add a card.") }
    expect([projection.monthly, projection.credits]).toEqual([blocked, blocked])
    expect(projection.charges[0]?.chance).toBe(0)
  })

  it("gives LastsBeyond the chance of running out before, and the earliest time", () => {
    const { credits } = projected(
      spending((used) => ({ monthly: 60 - used, stable: 500, allowance: 60 })),
      "2026-11-20T00:00:00Z",
    )
    if (credits._tag !== "LastsBeyond") return expect.fail(credits._tag)
    // Ten days of history, and a refresh in eleven days.
    expect(Timestamp.format(credits.until)).toBe("2026-12-01T00:00:00.000Z")
    expect(credits.chance).toBeLessThan(0.01)
  })
})
