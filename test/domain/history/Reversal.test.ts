import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as LedgerCheckpoint from "../../../src/domain/history/LedgerCheckpoint.js"
import type * as LedgerEvent from "../../../src/domain/history/LedgerEvent.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import { look } from "./looks.js"

const HOUR = 3_600_000
const START = Date.UTC(2026, 4, 10)

interface Poll {
  readonly monthly?: number
  readonly stable?: number
  readonly due?: number
}

const bounds = (events: ReadonlyArray<LedgerEvent.LedgerEvent>, tag: LedgerEvent.LedgerEvent["_tag"]) => {
  let total = Amount.zero
  for (const event of events) if (event._tag === tag) total = Amount.add(total, event.amount)
  const upper = Option.getOrUndefined(Option.map(Amount.upper(total), (usd) => Number(Usd.format(usd))))
  return { lower: Number(Usd.format(Amount.lower(total))), upper }
}

/** What a history says of usage, grants, charges and payments; every so many hours a poll. Books close, and a checkpoint on the way changes nothing. */
const told = (polls: ReadonlyArray<Poll>, hours = 0.25) => {
  let state = Ledger.start
  const entries: Array<Ledger.Entry> = []
  for (const [nth, { due = 0, monthly = 0, stable = 0 }] of polls.entries()) {
    const snapshot = look({
      at: new Date(START + nth * hours * HOUR).toISOString(),
      monthly: monthly.toFixed(2),
      stable: stable.toFixed(2),
      due: due.toFixed(2),
      refreshAt: "2026-06-01T00:00:00Z",
    })
    const [next, closed] = Ledger.step(state, snapshot)
    const checkpoint = LedgerCheckpoint.decode(LedgerCheckpoint.encode(next))
    const read = Option.flatMap(Option.getRight(checkpoint), (each) => each.state(next.previous))
    expect(Option.map(read, LedgerCheckpoint.encode)).toEqual(Option.some(LedgerCheckpoint.encode(next)))
    state = Option.getOrThrow(read)
    entries.push(...closed)
  }
  for (const entry of entries) {
    for (const { usd } of Ledger.residuals(entry)) expect(usd).toEqual(Option.some(Usd.zero))
  }
  const series = Consumption.fromLedger(entries)
  const intervals = [...series.credits, ...series.payAsYouGo]
  for (const { expected, lower, upper } of intervals) {
    expect(Usd.isNegative(lower)).toBe(false)
    expect(Usd.lessThan(expected, lower)).toBe(false)
    expect(Option.exists(upper, (usd) => Usd.lessThan(usd, expected))).toBe(false)
  }
  const events = entries.flatMap((entry) => entry.events)
  return {
    usage: bounds(events, "Usage"),
    grants: bounds(events, "Grant"),
    charges: bounds(events, "Charge"),
    payments: bounds(events, "Payment"),
    expected: Number(Usd.format(Usd.sum(intervals.map(({ expected }) => expected)))),
  }
}

const stable = (...levels: ReadonlyArray<number>) => levels.map((level) => ({ stable: level }))
const due = (...levels: ReadonlyArray<number>) => levels.map((level) => ({ due: level }))

describe("a fall of stable credits that returns", () => {
  it.each([
    { name: "one poll", levels: [100, 50, 100, 99], truth: 1 },
    { name: "with usage beside", levels: [100, 99.5, 49, 98.5, 98], truth: 2 },
    { name: "to nothing", levels: [100, 0, 100, 97], truth: 3 },
    { name: "below nothing", levels: [100, -5, 99.9, 97], truth: 3 },
    { name: "two polls", levels: [100, 50, 50, 100], truth: 0 },
    { name: "shown in turn", levels: [100, 50, 100, 50, 100], truth: 0 },
    { name: "shown in turn, and so", levels: [100, 50, 100, 50, 50], truth: 50 },
  ])("is usage that may not have been, and a grant that may not: $name", ({ levels, truth }) => {
    const { expected, grants, usage } = told(stable(...levels))
    expect(usage.lower).toBeLessThanOrEqual(truth)
    expect(usage.upper ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth)
    expect(grants.lower).toBe(0)
    expect(expected).toBeCloseTo(truth, 6)
  })

  it("is no usage where monthly credits remained", () => {
    const polls = [20, 19, 18, 17].map((monthly, nth) => ({ monthly, stable: nth === 1 ? 50 : 100 }))
    const found = told(polls)
    expect(found.usage).toEqual({ lower: 3, upper: 53 })
    expect(found.grants).toEqual({ lower: 0, upper: 50 })
    expect(found.expected).toBeCloseTo(3, 6)
  })

  it.each([
    { name: "less than it fell", levels: [100, 50, 90] },
    { name: "more than it fell", levels: [100, 50, 101] },
    { name: "as much as it fell, after further usage of an hour", levels: [100, 50, 49.5, 49, 48.5, 48, 98] },
  ])("is usage and a grant where it rises by $name", ({ levels }) => {
    const { grants, usage } = told(stable(...levels))
    expect(usage.lower).toBeGreaterThanOrEqual(50)
    expect(grants.lower).toBeGreaterThanOrEqual(40)
  })

  it.each([6, 24, 48])("is usage and a grant where it rises %i hours later", (hours) => {
    expect(told(stable(20, 15.1, 19.8, 15), hours)).toMatchObject({ usage: { lower: 9.7 }, grants: { lower: 4.7 } })
  })
})

describe("a rise of the amount due that is taken back", () => {
  it.each([
    { name: "one poll", levels: [10, 35, 10, 11], truth: 1 },
    { name: "within the price of the plan", levels: [10, 18, 10, 11], truth: 1 },
    { name: "with usage beside", levels: [10, 11, 36, 12, 13], truth: 3 },
    { name: "two polls", levels: [10, 35, 35, 10], truth: 0 },
    { name: "shown in turn", levels: [10, 35, 10, 35, 10], truth: 0 },
    { name: "shown in turn, and so", levels: [10, 18, 10, 18, 18], truth: 8 },
  ])("is a charge that may not have been, and a payment that may not: $name", ({ levels, truth }) => {
    const { charges, payments, usage } = told(due(...levels))
    expect(usage.lower).toBeLessThanOrEqual(truth)
    expect(charges.lower).toBeLessThanOrEqual(truth)
    expect(charges.upper ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(truth)
    expect(payments.lower).toBe(0)
  })

  it("is a draft of an invoice where credits remained: neither charged nor paid for certain", () => {
    const found = told([0, 267, 0, 0].map((usd) => ({ due: usd, stable: 40 })))
    expect(found.usage).toEqual({ lower: 0, upper: 0 })
    expect(found.charges.lower).toBe(0)
    expect(found.payments.lower).toBe(0)
  })

  it("is expected to be a charge and its payment", () => {
    expect(told(due(0, 5.35, 0, 0)).expected).toBeCloseTo(5.35, 6)
  })

  it.each([6, 12, 24])("is charged and paid where it is paid %i hours later", (hours) => {
    expect(told(due(0, 5.35, 0, 5.35, 0), hours)).toMatchObject({
      usage: { lower: 10.7 },
      charges: { lower: 10.7 },
      payments: { lower: 10.7 },
    })
  })

  it("is charged and paid where more is paid than it rose by", () => {
    expect(told(due(10, 25, 0, 1))).toMatchObject({ charges: { lower: 16 }, payments: { lower: 25 } })
  })
})
