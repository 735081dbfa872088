import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import type { CustomerBalance } from "../../../src/domain/balance/CustomerBalance.js"
import * as RefreshSchedule from "../../../src/domain/balance/RefreshSchedule.js"
import * as BillingCalendar from "../../../src/domain/runway/BillingCalendar.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { snapshotAt } from "../history/simulated.js"

const at = Timestamp.unsafeFromText
const balanceOf = (plan: AccountSimulator.PlanName): CustomerBalance =>
  snapshotAt(AccountSimulator.simulate({ seed: 1, from: 0, to: 1, plan }), 0, { includeTotalDue: false }).balance

const pro = balanceOf("pro")

describe("BillingCalendar", () => {
  it.each([
    ["2026-01-31T10:00:00Z", 1, "2026-02-28T10:00:00Z"],
    ["2028-01-31T10:00:00Z", 1, "2028-02-29T10:00:00Z"],
    ["2026-03-31T00:00:00Z", 1, "2026-04-30T00:00:00Z"],
    ["2026-12-15T23:59:59.999Z", 1, "2027-01-15T23:59:59.999Z"],
    ["2026-05-05T05:00:00Z", 13, "2027-06-05T05:00:00Z"],
  ])("adds months to %s", (from, months, to) => {
    expect(BillingCalendar.addMonths(at(from), months)).toEqual(at(to))
  })

  it.each([
    ["2026-11-22T15:00:00Z", "2026-12-01T00:00:00Z"],
    ["2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"],
    ["2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"],
  ])("finds the first of the month after %s", (now, first) => {
    expect(BillingCalendar.firstOfNextMonth(at(now))).toEqual(at(first))
  })

  it("takes the time that the body names", () => {
    const balance = { ...pro, refresh: RefreshSchedule.refreshAt(at("2026-12-05T08:00:00Z")) }
    const now = at("2026-11-22T15:00:00Z")
    expect(BillingCalendar.nextRefresh(balance, now, now)).toEqual(
      BillingCalendar.NextRefresh.Next({ at: at("2026-12-05T08:00:00Z") }),
    )
  })

  it("shows a named time that has passed as pending, and does not take the next one for it", () => {
    const balance = { ...pro, refresh: RefreshSchedule.refreshAt(at("2026-11-05T08:00:00Z")) }
    for (const now of ["2026-11-05T08:00:00Z", "2026-11-06T00:00:00Z"]) {
      expect(BillingCalendar.nextRefresh(balance, at(now), at(now))).toEqual(
        BillingCalendar.NextRefresh.Pending({ since: at("2026-11-05T08:00:00Z"), at: at("2026-12-05T08:00:00Z") }),
      )
    }
  })

  it("falls back to the first of the next month, but not where a contract owns billing", () => {
    const now = at("2026-11-22T15:00:00Z")
    const unscheduled = { refresh: RefreshSchedule.unscheduled }
    expect(BillingCalendar.nextRefresh({ ...pro, ...unscheduled }, now, now)).toEqual(
      BillingCalendar.NextRefresh.Next({ at: at("2026-12-01T00:00:00Z") }),
    )
    expect(BillingCalendar.nextRefresh({ ...pro, ...unscheduled, subscription: Option.none() }, now, now)._tag).toBe(
      "Next",
    )
    expect(BillingCalendar.nextRefresh(balanceOf("contract"), now, now)).toEqual(BillingCalendar.NextRefresh.None())
  })

  it("takes a month's first since the last look for a refresh that nobody has seen yet", () => {
    const balance = { ...pro, refresh: RefreshSchedule.unscheduled }
    expect(BillingCalendar.nextRefresh(balance, at("2026-10-25T00:00:00Z"), at("2026-11-05T00:00:00Z"))).toEqual(
      BillingCalendar.NextRefresh.Pending({ since: at("2026-11-01T00:00:00Z"), at: at("2026-12-01T00:00:00Z") }),
    )
  })
})
