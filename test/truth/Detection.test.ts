import { describe, expect, it } from "@effect/vitest"
import * as Ledger from "../../src/domain/history/Ledger.js"
import type { LedgerEvent } from "../../src/domain/history/LedgerEvent.js"
import * as Detection from "./Detection.js"
import { type Counts, DetectionTable, precision, recall, recallOfShown } from "./DetectionTable.js"
import * as Polling from "./Polling.js"
import * as Scenario from "./Scenario.js"
import * as TrueAccount from "./TrueAccount.js"

const SEED = 20_260_804
const TARGET = 0.99

const hourly = Array.from({ length: 4_000 }, (_, number) => Scenario.make(SEED, number)).filter(
  ({ polling }) => polling.every === "hour",
)
/** Plan changes are rare: twelve of the accounts are chosen for them. */
const scenarios = [
  ...hourly.filter(({ change }) => change === undefined).slice(0, 88),
  ...hourly.filter(({ change }) => change !== undefined).slice(0, 12),
]

const detect = (
  accounts: ReadonlyArray<Scenario.Scenario>,
  change: (event: LedgerEvent) => ReadonlyArray<LedgerEvent> = (event) => [event],
): DetectionTable => {
  const table = new DetectionTable("of the accounts of a test")
  for (const scenario of accounts) {
    const account = TrueAccount.make(scenario)
    const entries = Array.from(
      Ledger.fromHistory(Polling.looks(scenario.polling, account, scenario.options.from)),
      (entry): Ledger.Entry => ({ ...entry, events: entry.events.flatMap(change) }),
    )
    table.add(Detection.of(scenario, account, entries))
  }
  return table
}

/** A hundred, so that a single miss does not decide; of plan changes, which are rare, each has to be found. */
const least: Readonly<Record<Detection.Kind, number>> = {
  Refresh: 100,
  Grant: 100,
  Renewal: 100,
  Payment: 300,
  PlanChange: 8,
}

describe("the events of hourly ledgers", () => {
  const { hourly: counts } = detect(scenarios)

  for (const kind of Detection.kinds) {
    it(`of kind ${kind} are found where something shows them, and are not made up`, () => {
      expect(scenarios).toHaveLength(100)
      expect(counts[kind].happened - counts[kind].hidden).toBeGreaterThanOrEqual(least[kind])
      expect(precision(counts[kind])).toBeGreaterThanOrEqual(TARGET)
      expect(recallOfShown(counts[kind])).toBeGreaterThanOrEqual(TARGET)
    })
  }
})

describe("detection", () => {
  const few = scenarios.slice(0, 12)
  const of = (change: (event: LedgerEvent) => ReadonlyArray<LedgerEvent>): Readonly<Record<Detection.Kind, Counts>> =>
    detect(few, change).hourly

  it("counts what a ledger leaves out as missed", () => {
    const { Grant, Refresh } = of((event) => (event._tag === "Refresh" ? [] : [event]))
    expect(recall(Refresh)).toBe(0)
    expect(Refresh.happened).toBeGreaterThan(0)
    expect(recall(Grant)).toBeGreaterThan(0)
  })

  it("counts what a ledger makes up as wrong", () => {
    const { Payment } = of((event) =>
      event._tag === "Charge" ? [event, { ...event, _tag: "Payment", amount: event.amount }] : [event],
    )
    expect(Payment.wrong).toBeGreaterThan(0)
    expect(precision(Payment)).toBeLessThan(TARGET)
  })

  it("leaves apart what moved the amount due where it was not asked for", () => {
    const never = hourly.filter(({ polling }) => polling.due === "never").slice(0, 10)
    const { hourly: short, longer } = detect(never)
    expect(longer.Payment.notAsked + longer.Renewal.notAsked).toBeGreaterThan(0)
    expect(short.Payment.happened + longer.Payment.happened).toBe(0)
  })

  it("tells the same counts in lines", () => {
    const table = detect(few)
    const line = table.lines().find((line) => line.startsWith("  Refresh"))
    expect(line?.trim().split(/\s+/)[1]).toBe(String(table.hourly.Refresh.happened))
    expect(table.lines()[0]).toContain("12 of them")
  })
})
