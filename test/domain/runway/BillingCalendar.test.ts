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
