import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import type * as Subscription from "../../../src/domain/balance/Subscription.js"
import type * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Bill from "../../../src/domain/runway/Bill.js"
import type * as Distribution from "../../../src/domain/runway/Distribution.js"
import type * as Projection from "../../../src/domain/runway/Projection.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { look, plan, usd } from "../history/looks.js"

const at = Timestamp.unsafeFromText

const charge = (point: number): Distribution.Distribution => ({
  point,
  mean: point,
  intervals: [{ level: 0.8, lower: point / 2, upper: point * 2 }],
})

const projected = (end: string, usdCharge: Distribution.Distribution): Projection.Projection => ({
  _tag: "Projected",
  now: at("2026-11-20T00:00:00Z"),
  end: at(end),
  pendingSince: Option.none(),
  usage: usdCharge,
  charges: [
    {
      event: "CycleEnd",
      at: at(end),
      usd: usdCharge,
      credits: Option.none(),
      chance: 1,
      outcome: { _tag: "Charged" },
    },
  ],
  overdraft: Option.none(),
  monthly: { _tag: "Empty" },
  credits: { _tag: "Empty" },
  method: "test",
  assumptions: [],
})

const renewal = (to: string, price = "20.00"): Consumption.Renewal => ({ from: at(to), to: at(to), usd: usd(price) })

interface Setup {
  readonly end?: string
  readonly due?: string
  readonly renewals?: ReadonlyArray<Consumption.Renewal>
  readonly subscription?: Option.Option<Subscription.Subscription>
  readonly observed?: string
  readonly point?: number
  readonly planChanges?: ReadonlyArray<string>
  readonly zone?: string
}

const billOf = ({
  due,
  end = "2026-12-01T00:00:00Z",
  observed = "2026-11-20T00:00:00Z",
  planChanges = [],
  point = 0,
  renewals = [],
  subscription = plan,
  zone,
}: Setup) => {
  const { balance, observedAt } = look(
    { at: observed, monthly: "0.00", stable: "0.00", ...(due === undefined ? {} : { due }) },
    subscription,
  )
  const consumption = { credits: [], payAsYouGo: [], refreshes: [], renewals, planChanges: planChanges.map(at) }
  return Bill.of({ balance, observedAt, consumption, projection: projected(end, charge(point)), zone })
}

const renewalsAt = (setup: Setup) =>
  Option.map(
    Option.flatMap(billOf({ due: "0.00", ...setup }), (bill) => bill.renewals),
    ({ at: times }) => times.map(Timestamp.format),
  )

const withPlan = (change: Partial<Subscription.Subscription>): Option.Option<Subscription.Subscription> =>
  Option.map(plan, (known) => ({ ...known, ...change }))

describe("the expected bill", () => {
  it("is the amount due, the renewals to come and the charge, with the charge's intervals moved by what is exact", () => {
    const bill = Option.getOrThrow(billOf({ due: "3.44", renewals: [renewal("2026-10-25T10:00:00Z")], point: 7.5 }))
    expect(bill.total).toEqual({ point: 30.94, mean: 30.94, intervals: [{ level: 0.8, lower: 27.19, upper: 38.44 }] })
    expect(Option.map(bill.renewals, ({ at: times }) => times.map(Timestamp.format))).toEqual(
      Option.some(["2026-11-25T10:00:00.000Z"]),
    )
  })

  it("is not told where the amount due was not asked for, or where nothing is projected", () => {
    expect(Option.isNone(billOf({}))).toBe(true)
    const { balance, observedAt } = look({ at: "2026-11-20T00:00:00Z", monthly: "0.00", stable: "0.00", due: "1.00" })
    const projection = {
      _tag: "NotEnoughHistory",
      why: "",
      now: observedAt,
      end: observedAt,
      pendingSince: Option.none(),
    } as const
    const consumption = { credits: [], payAsYouGo: [], refreshes: [], renewals: [], planChanges: [] }
    expect(Option.isNone(Bill.of({ balance, observedAt, consumption, projection }))).toBe(true)
  })

  it("adds up, whatever the parts", () => {
    const cents = FastCheck.integer({ min: 0, max: 10_000_000 })
    FastCheck.assert(
      FastCheck.property(cents, cents, (due, point) => {
        const bill = Option.getOrThrow(
          billOf({ due: (due / 100).toFixed(2), renewals: [renewal("2026-10-25T10:00:00Z")], point: point / 100 }),
        )
        expect(bill.total.point).toBeCloseTo((due + point) / 100 + 20, 5)
        const [band] = bill.total.intervals
        expect(band?.lower).toBeCloseTo(due / 100 + 20 + point / 200, 5)
      }),
    )
  })
})

describe("renewals in the expected bill", () => {
  it.each([
    { name: "none before the end", renewals: ["2026-11-02T08:00:00Z"], times: [] },
    { name: "one on the day of the end", renewals: ["2026-11-01T00:00:20Z"], times: ["2026-12-01T00:00:20.000Z"] },
    { name: "one that is some hours late", renewals: ["2026-10-19T15:00:00Z"], times: ["2026-11-19T15:00:00.000Z"] },
    {
      name: "counted from the last one",
      renewals: ["2026-09-20T00:00:00Z", "2026-10-24T00:00:00Z"],
      times: ["2026-11-24T00:00:00.000Z"],
    },
    {
      name: "several, on the last day of short months",
      renewals: ["2026-10-31T06:00:00Z"],
      end: "2027-03-15T00:00:00Z",
      times: [
        "2026-11-30T06:00:00.000Z",
        "2026-12-31T06:00:00.000Z",
        "2027-01-31T06:00:00.000Z",
        "2027-02-28T06:00:00.000Z",
      ],
    },
  ])("are $name", ({ renewals, times, ...setup }) => {
    expect(renewalsAt({ ...setup, renewals: renewals.map((each) => renewal(each)) })).toEqual(Option.some(times))
  })

  const perMember = withPlan({ price: { _tag: "PerUser", interval: { _tag: "Month" }, price: usd("15.00") } })
  const seen = [renewal("2026-10-25T00:00:00Z")]
  it.each([
    { why: "PlanNotTold", setup: { subscription: Option.none(), renewals: seen } },
    { why: "PlanNotTold", setup: { subscription: withPlan({ price: { _tag: "Unknown", raw: "?" } }), renewals: seen } },
    { why: "NotSeen", setup: {} },
    { why: "OtherPlan", setup: { renewals: [renewal("2026-10-25T00:00:00Z", "5.00")] } },
    { why: "OtherPlan", setup: { subscription: perMember, renewals: seen, planChanges: ["2026-11-02T00:00:00Z"] } },
    { why: "Overdue", setup: { renewals: [renewal("2026-09-19T00:00:00Z")] } },
  ])("are left out of the total where they are not known: $why", ({ setup, why }) => {
    const bill = Option.getOrThrow(billOf({ due: "1.00", point: 2, ...setup }))
    expect([bill.renewals, bill.renewalsUnknown, bill.total.point]).toEqual([Option.none(), why, 3])
  })

  it.each([
    { name: "a cheaper plan", price: "9.00" },
    { name: "a dearer plan", price: "49.00" },
    { name: "a plan that costs much less", price: "2.00" },
    { name: "a plan that costs much more", price: "400.00" },
  ])("come on the same day at the new price where $name followed", ({ price }) => {
    const subscription = withPlan({ price: { _tag: "Flat", interval: { _tag: "Month" }, price: usd(price) } })
    const setup = { due: "0.00", subscription, renewals: seen, planChanges: ["2026-11-10T09:00:00Z"] }
    expect(renewalsAt(setup)).toEqual(Option.some(["2026-11-25T00:00:00.000Z"]))
    expect(Option.getOrThrow(billOf(setup)).total.point).toBe(Number(price))
  })

  it.each([
    { zone: "UTC", times: [] },
    { zone: "America/New_York", times: [] },
    { zone: "Pacific/Auckland", times: ["2026-12-01T05:00:00.000Z"] },
  ])("are on the bill where they come on its day in $zone", ({ times, zone }) => {
    // 18:00 UTC is 07:00 of the next day in Auckland.
    const setup = { end: "2026-11-30T18:00:00Z", renewals: [renewal("2026-11-01T05:00:00Z")], zone }
    expect(renewalsAt(setup)).toEqual(Option.some(times))
  })

  it("come a year later where a plan that is priced by the month was paid by the year", () => {
    expect(renewalsAt({ renewals: [renewal("2026-10-25T00:00:00Z", "192.00")] })).toEqual(Option.some([]))
  })

  it("are none of a plan without a price, and of a contract", () => {
    const free = withPlan({ price: { _tag: "Flat", interval: { _tag: "Month" }, price: usd("0.00") } })
    expect(renewalsAt({ subscription: free })).toEqual(Option.some([]))
    expect(renewalsAt({ subscription: withPlan({ price: { _tag: "Contract" } }) })).toEqual(Option.some([]))
  })

  it("come once a year where the price is of a year, and cost what the last one did", () => {
    const yearly = withPlan({ price: { _tag: "PerUser", interval: { _tag: "Year" }, price: usd("15.00") } })
    const setup = { due: "0.00", subscription: yearly, renewals: [renewal("2025-11-25T00:00:00Z", "540.00")] }
    expect(renewalsAt(setup)).toEqual(Option.some(["2026-11-25T00:00:00.000Z"]))
    expect(Option.getOrThrow(billOf(setup)).total.point).toBe(540)
  })
})
