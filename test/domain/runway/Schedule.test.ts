import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type * as Consumption from "../../../src/domain/history/Consumption.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as BillingCalendar from "../../../src/domain/runway/BillingCalendar.js"
import * as Pace from "../../../src/domain/runway/Pace.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { at, DAY, every, HOUR, inputOf, type Says } from "./histories.js"

/** The account of a history: 1 USD a day, refreshed at the bounds, with an allowance of 40 USD. */
const boundedBy = (
  bounds: ReadonlyArray<string>,
  from: string,
  to: string,
  says: (time: number) => Partial<Says> = () => ({}),
) => {
  const times = bounds.map((bound) => Date.parse(bound))
  return every(6, from, to, (time) => {
    const next = times.find((bound) => bound > time) ?? Number.NaN
    const last = times.findLast((bound) => bound <= time) ?? Number.NaN
    return { monthly: 40 - (time - last) / DAY, due: 0, allowance: 40, refreshAt: next, ...says(time) }
  })
}

const requestOf = (snapshots: ReadonlyArray<Snapshot.Snapshot>, now?: string) => {
  const { balance, consumption, observedAt } = inputOf(snapshots)
  return { balance, observedAt, now: now === undefined ? observedAt : at(now), refreshes: consumption.refreshes }
}

const told = (request: BillingCalendar.Request) => {
  const { anchor, assumes, next } = BillingCalendar.scheduleOf(request)
  return { anchor, assumes, next: next._tag === "None" ? null : Timestamp.format(next.at).slice(0, 16) }
}

const paceOf = (request: BillingCalendar.Request) =>
  Option.getOrNull(Pace.ofMonthly(request, BillingCalendar.scheduleOf(request)))

describe("the cycle of an account", () => {
  it.each([
    [
      "on the 31st",
      ["2025-12-31T00:00:00Z", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"],
      "2026-01-31T06:00:00Z",
      28,
    ],
    [
      "on the 30th",
      ["2026-01-30T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-30T00:00:00Z"],
      "2026-02-28T06:00:00Z",
      30,
    ],
    [
      "on the 29th",
      ["2026-01-29T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-29T00:00:00Z"],
      "2026-02-28T06:00:00Z",
      29,
    ],
    [
      "on the first",
      ["2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"],
      "2026-03-01T06:00:00Z",
      31,
    ],
    [
      "on the 15th",
      ["2026-01-15T08:00:00Z", "2026-02-15T08:00:00Z", "2026-03-15T08:00:00Z"],
      "2026-02-15T14:00:00Z",
      28,
    ],
    [
      "at midnight in Berlin",
      ["2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z"],
      "2026-11-01T05:00:00Z",
      30,
    ],
    [
      "at midnight in New York",
      ["2026-10-01T04:00:00Z", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"],
      "2026-11-01T10:00:00Z",
      30 + 1 / 24,
    ],
  ])("that is refreshed %s begins at the refresh", (_, bounds, now, days) => {
    const from = new Date(Date.parse(now) - 20 * DAY).toISOString()
    const snapshots = boundedBy(bounds, from, now)
    const pace = paceOf(requestOf(snapshots))
    expect(pace?.elapsed).toBeCloseTo(0.25 / days, 6)
    expect(pace?.used).toBeCloseTo(0.25 / 40, 6)
  })

  it("begins at a refresh that came late", () => {
    // Due on the first, applied on the third.
    const bounds = ["2026-10-01T00:00:00Z", "2026-11-03T00:00:00Z", "2026-12-01T00:00:00Z"]
    const snapshots = boundedBy(bounds, "2026-10-10T00:00:00Z", "2026-11-10T00:00:00Z", (time) =>
      time < Date.parse("2026-11-03T00:00:00Z") ? { refreshAt: "2026-11-01T00:00:00Z" } : {},
    )
    expect(paceOf(requestOf(snapshots))?.elapsed).toBeCloseTo(7 / 28, 2)
  })

  it.each([
    ["the account", "2026-11-20T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-25T00:00:00Z", 5 / 11],
    [
      "the account, before the first snapshot",
      "2026-11-16T00:00:00Z",
      "2026-11-20T00:00:00Z",
      "2026-11-26T00:00:00Z",
      10 / 15,
    ],
    ["the month of an older account", "2025-01-01T00:00:00Z", "2026-11-20T00:00:00Z", "2026-11-26T00:00:00Z", 25 / 30],
  ])("begins with %s", (_, createdAt, from, to, elapsed) => {
    const snapshots = boundedBy(["2026-11-16T00:00:00Z", "2026-12-01T00:00:00Z"], from, to, () => ({ createdAt }))
    expect(paceOf(requestOf(snapshots))?.elapsed).toBeCloseTo(elapsed, 9)
  })

  it("begins with an upgrade that sets the monthly credits anew", () => {
    const upgrade = Date.parse("2026-11-11T00:00:00Z")
    const snapshots = every(6, "2026-11-01T00:00:00Z", "2026-11-21T00:00:00Z", (time) => {
      const [since, allowance] = time >= upgrade ? [upgrade, 100] : [Date.parse("2026-11-01T00:00:00Z"), 40]
      return { monthly: allowance - (2 * (time - since)) / DAY, due: 0, allowance, refreshAt: "2026-12-01T00:00:00Z" }
    })
    expect(paceOf(requestOf(snapshots))).toEqual({ elapsed: 0.5, used: 0.2, ratio: 0.4 })
  })
})

describe("the refresh after a pending one", () => {
  it.each([
    [
      "31 March after 28 February of the 31st",
      ["2025-12-31", "2026-01-31", "2026-02-28"],
      "2026-03-01",
      "2026-03-31",
      31,
    ],
    [
      "30 March after 28 February of the 30th",
      ["2025-12-30", "2026-01-30", "2026-02-28"],
      "2026-03-01",
      "2026-03-30",
      30,
    ],
    ["31 May after 30 April of the 31st", ["2026-02-28", "2026-03-31", "2026-04-30"], "2026-05-01", "2026-05-31", 31],
    [
      "28 March after 28 February of the 28th",
      ["2025-12-28", "2026-01-28", "2026-02-28"],
      "2026-03-01",
      "2026-03-28",
      28,
    ],
    [
      "15 April two months after 15 February",
      ["2025-12-15", "2026-01-15", "2026-02-15"],
      "2026-03-16",
      "2026-04-15",
      15,
    ],
  ])("is %s", (_, dates, now, next, anchor) => {
    const bounds = dates.map((date) => `${date}T00:00:00Z`)
    const last = Date.parse(`${dates[2]}T00:00:00Z`)
    const snapshots = boundedBy(bounds, `${dates[0]}T06:00:00Z`, new Date(last - 6 * HOUR).toISOString())
    expect(told(requestOf(snapshots, `${now}T00:00:00Z`))).toEqual({ anchor, assumes: [], next: `${next}T00:00` })
  })
})

const refreshedAt = (time: string): Consumption.Refresh => ({
  from: at(time),
  to: at(time),
  at: at(time),
  by: "Refresh",
  allowance: Usd.unsafeFromText("20.00"),
})

describe("a schedule", () => {
  const [snapshot] = every(6, "2026-02-10T00:00:00Z", "2026-02-10T00:00:00Z", () => ({ monthly: 10 }))
  if (snapshot === undefined) throw new Error("no snapshot")
  const announced = (refreshAt: string, refreshes: ReadonlyArray<string>, now = "2026-02-10T00:00:00Z") => {
    const [{ balance, observedAt } = snapshot] = every(6, "2026-02-10T00:00:00Z", "2026-02-10T00:00:00Z", () => ({
      monthly: 10,
      refreshAt,
    }))
    return told({ balance, observedAt, now: at(now), refreshes: refreshes.map(refreshedAt) })
  }

  it("names the assumption where only last days of short months are known", () => {
    expect(announced("2026-02-28T00:00:00Z", [])).toEqual({
      anchor: 28,
      assumes: ["AnchorIsLastDayShown"],
      next: "2026-02-28T00:00",
    })
    expect(announced("2026-02-28T00:00:00Z", ["2025-11-30T00:00:00Z"])).toMatchObject({
      anchor: 30,
      assumes: ["AnchorIsLastDayShown"],
    })
    expect(announced("2026-02-28T00:00:00Z", ["2026-01-28T00:00:00Z"])).toMatchObject({ anchor: 28, assumes: [] })
    expect(announced("2026-02-28T00:00:00Z", ["2026-01-31T00:00:00Z"])).toMatchObject({ anchor: 31, assumes: [] })
  })

  it.each(["2037-01-01T00:00:00Z", "2099-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z"])(
    "counts a refresh of %s as not announced, by name",
    (refreshAt) => {
      expect(announced(refreshAt, [])).toEqual({
        anchor: 1,
        assumes: ["RefreshIsFarAway"],
        next: "2026-03-01T00:00",
      })
    },
  )

  it("takes a refresh up to 400 days away for announced", () => {
    expect(announced("2027-03-17T00:00:00Z", []).next).toBe("2027-03-17T00:00")
    expect(announced("2027-03-17T00:00:00.001Z", []).assumes).toEqual(["RefreshIsFarAway"])
  })

  it("takes a refresh for applied that the history shows, although its date stays, and else for pending", () => {
    const [{ balance, observedAt } = snapshot] = every(6, "2026-02-10T00:00:00Z", "2026-02-10T00:00:00Z", () => ({
      monthly: 10,
      refreshAt: "2026-02-05T00:00:00Z",
    }))
    const next = (refreshes: ReadonlyArray<string>) =>
      BillingCalendar.scheduleOf({ balance, observedAt, now: observedAt, refreshes: refreshes.map(refreshedAt) }).next
    const at = Timestamp.unsafeFromText("2026-03-05T00:00:00Z")
    expect(next(["2026-02-05T00:00:00Z"])).toMatchObject({ _tag: "Next", at })
    expect(next(["2026-01-05T00:00:00Z"])).toMatchObject({ _tag: "Pending", at })
  })

  const unannounced = (refreshes: ReadonlyArray<string>, isContract: boolean) => {
    const { balance, observedAt } = snapshot
    const subscription = isContract
      ? Option.map(balance.subscription, (plan) => ({ ...plan, price: { _tag: "Contract" as const } }))
      : balance.subscription
    return told({
      balance: { ...balance, subscription },
      observedAt,
      now: observedAt,
      refreshes: refreshes.map(refreshedAt),
    })
  }

  it("follows the refreshes of the history where none is announced", () => {
    expect(unannounced(["2025-12-15T00:00:00Z", "2026-01-15T00:00:00Z"], false)).toEqual({
      anchor: 15,
      assumes: ["RefreshFollowsHistory"],
      next: "2026-02-15T00:00",
    })
    expect(unannounced(["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"], false)).toEqual({
      anchor: 1,
      assumes: [],
      next: "2026-03-01T00:00",
    })
    expect(unannounced([], false)).toEqual({ anchor: 1, assumes: [], next: "2026-03-01T00:00" })
  })

  it("of a contract follows the history alone", () => {
    expect(unannounced(["2025-12-15T00:00:00Z", "2026-01-15T00:00:00Z"], true)).toEqual({
      anchor: 15,
      assumes: ["RefreshFollowsHistory"],
      next: "2026-02-15T00:00",
    })
    expect(unannounced([], true).next).toBeNull()
  })

  it("does not follow a refresh of more than two months ago", () => {
    expect(unannounced(["2025-11-15T00:00:00Z"], false).next).toBe("2026-03-01T00:00")
    expect(unannounced(["2025-11-15T00:00:00Z"], true).next).toBeNull()
  })

  it("goes on at every refresh after the observation, late ones as of it", () => {
    const [{ balance, observedAt } = snapshot] = every(6, "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z", () => ({
      monthly: 10,
      refreshAt: "2026-01-31T00:00:00Z",
    }))
    const schedule = BillingCalendar.scheduleOf({ balance, observedAt, now: at("2026-03-02T00:00:00Z") })
    const times = BillingCalendar.refreshesAfter(schedule, observedAt, at("2026-05-01T00:00:00Z"))
    expect(times.map((time) => Timestamp.format(time).slice(0, 13))).toEqual([
      "2026-01-31T12",
      "2026-02-28T00",
      "2026-03-31T00",
      "2026-04-30T00",
    ])
  })
})

describe("the refreshes of a series", () => {
  const refreshesOf = (snapshots: ReadonlyArray<Snapshot.Snapshot>) =>
    inputOf(snapshots).consumption.refreshes.map(({ at, by }) => `${by} ${Timestamp.format(at).slice(0, 13)}`)

  it("are at the announced time, and at the snapshot that shows one that came early or unannounced", () => {
    const bounds = ["2026-09-15T08:00:00Z", "2026-10-15T08:00:00Z", "2026-11-15T08:00:00Z"]
    const announced = boundedBy(bounds, "2026-09-20T00:00:00Z", "2026-10-20T00:00:00Z")
    expect(refreshesOf(announced)).toEqual(["Refresh 2026-10-15T08"])
    const early = boundedBy(bounds, "2026-09-20T00:00:00Z", "2026-10-20T00:00:00Z", (time) =>
      time < Date.parse(bounds[1] ?? "") ? { refreshAt: "2026-10-25T00:00:00Z" } : {},
    )
    expect(refreshesOf(early)).toEqual(["Refresh 2026-10-15T12"])
  })

  it("hold one that brought more than the allowance", () => {
    const bounds = ["2026-09-15T00:00:00Z", "2026-10-15T00:00:00Z", "2026-11-15T00:00:00Z"]
    const more = boundedBy(bounds, "2026-09-20T00:00:00Z", "2026-10-20T00:00:00Z").map((snapshot) => ({
      ...snapshot,
      balance: {
        ...snapshot.balance,
        subscription: Option.map(snapshot.balance.subscription, (plan) => ({
          ...plan,
          allowance: { ...plan.allowance, value: Option.some(Usd.unsafeFromText("30.00")) },
        })),
      },
    }))
    expect(refreshesOf(more)).toEqual(["Refresh 2026-10-15T00"])
  })
})
