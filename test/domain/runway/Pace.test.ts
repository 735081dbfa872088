import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { CustomerBalance } from "../../../src/domain/balance/CustomerBalance.js"
import * as RefreshSchedule from "../../../src/domain/balance/RefreshSchedule.js"
import type * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as BillingCalendar from "../../../src/domain/runway/BillingCalendar.js"
import * as Pace from "../../../src/domain/runway/Pace.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Window from "../../../src/domain/time/Window.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { snapshotAt } from "../history/simulated.js"

const usd = Usd.unsafeFromText
const at = Timestamp.unsafeFromText
const cycle = Window.make(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z"))
const used = (text: string) => ({ lower: usd(text), expected: usd(text), upper: Option.some(usd(text)) })

describe("a pace", () => {
  it("is the share used over the share that has passed", () => {
    expect(Pace.make(used("15"), usd("20"), cycle, at("2026-06-16T00:00:00Z"))).toStrictEqual({
      elapsed: 0.5,
      used: 0.75,
      ratio: 1.5,
    })
  })

  it("has no ratio before the cycle begins, and stops at its end", () => {
    expect(Pace.make(used("0"), usd("20"), cycle, at("2026-05-16T00:00:00Z"))).toMatchObject({
      elapsed: 0,
      ratio: null,
    })
    expect(Pace.make(used("30"), usd("20"), cycle, at("2026-08-01T00:00:00Z"))).toStrictEqual({
      elapsed: 1,
      used: 1.5,
      ratio: 1.5,
    })
  })

  it("is that of an allowance", () => {
    for (const allowance of ["0", "-1"]) {
      expect(() => Pace.make(used("1"), usd(allowance), cycle, cycle.from)).toThrow(/allowance/)
    }
  })
})

/** An account of the pro plan, whose allowance is 40 USD. */
const pro: CustomerBalance = snapshotAt(AccountSimulator.simulate({ seed: 1, from: 0, to: 1 }), 0, {
  includeTotalDue: false,
}).balance
const left = (text: string, balance = pro): CustomerBalance => ({
  ...balance,
  monthly: { ...balance.monthly, value: usd(text) },
})
const allowing = (allowance: Option.Option<string>, balance = pro): CustomerBalance => ({
  ...balance,
  subscription: Option.map(balance.subscription, (plan) => ({
    ...plan,
    allowance: { ...plan.allowance, value: Option.map(allowance, usd) },
  })),
})
/** A plan by contract, with an allowance of 40 USD. */
const contract = (): CustomerBalance =>
  allowing(
    Option.some("40"),
    snapshotAt(AccountSimulator.simulate({ seed: 1, from: 0, to: 1, plan: "contract" }), 0, { includeTotalDue: false })
      .balance,
  )
const ofMonthly = (
  balance: CustomerBalance,
  observed: string,
  now = observed,
  refreshes: ReadonlyArray<Consumption.Refresh> = [],
) => {
  const request = { balance, observedAt: at(observed), now: at(now), refreshes }
  return Option.getOrNull(Pace.ofMonthly(request, BillingCalendar.scheduleOf(request)))
}

describe("the pace of monthly credits", () => {
  const unscheduled = { ...pro, refresh: RefreshSchedule.unscheduled }
  const onTheFifth = { ...pro, refresh: RefreshSchedule.refreshAt(at("2026-07-05T08:00:00Z")) }

  it("is of the calendar month where the body names no refresh", () => {
    expect(ofMonthly(left("10", unscheduled), "2026-06-16T00:00:00Z")).toStrictEqual({
      elapsed: 0.5,
      used: 0.75,
      ratio: 1.5,
    })
  })

  it("is of the month before the refresh that the body names", () => {
    expect(ofMonthly(left("30", onTheFifth), "2026-06-20T08:00:00Z")).toStrictEqual({
      elapsed: 0.5,
      used: 0.25,
      ratio: 0.5,
    })
  })

  it("is as of the look, however long ago that was", () => {
    expect(ofMonthly(left("10", unscheduled), "2026-06-16T00:00:00Z", "2026-06-30T23:59:59Z")).toMatchObject({
      elapsed: 0.5,
      used: 0.75,
    })
  })

  it("is 1 of the allowance once nothing is left, and has no ratio at the refresh itself", () => {
    expect(ofMonthly(left("0", unscheduled), "2026-06-16T00:00:00Z")).toMatchObject({ used: 1, ratio: 2 })
    expect(ofMonthly(left("40", unscheduled), "2026-06-01T00:00:00Z")).toStrictEqual({
      elapsed: 0,
      used: 0,
      ratio: null,
    })
  })

  it.each([
    ["the body tells no plan", { ...unscheduled, subscription: Option.none() }],
    ["the plan tells no allowance", allowing(Option.none(), unscheduled)],
    ["the allowance is 0", left("0", allowing(Option.some("0"), unscheduled))],
    ["more is left than the allowance", left("40.01", unscheduled)],
    ["a contract names no refresh", { ...contract(), refresh: RefreshSchedule.unscheduled }],
    ["the refresh is months ahead", { ...pro, refresh: RefreshSchedule.refreshAt(at("2026-08-01T00:00:00Z")) }],
    ["the refresh is due", { ...pro, refresh: RefreshSchedule.refreshAt(at("2026-06-16T00:00:00Z")) }],
  ])("is not known where %s", (_, balance) => {
    expect(ofMonthly(balance, "2026-06-16T00:00:00Z")).toBeNull()
  })

  it("is not known of a month that nobody has looked into yet", () => {
    expect(ofMonthly(left("10", unscheduled), "2026-06-16T00:00:00Z", "2026-07-01T00:00:00Z")).toBeNull()
  })

  it("reads back from its JSON", () => {
    for (const pace of [
      ofMonthly(left("10", unscheduled), "2026-06-16T00:00:00Z"),
      { elapsed: 0, used: 0, ratio: null },
    ])
      expect(Schema.decodeUnknownSync(Pace.Pace)(JSON.parse(JSON.stringify(pace)))).toStrictEqual(pace)
  })
})
