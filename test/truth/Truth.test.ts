import { describe, expect, it } from "@effect/vitest"
import * as Amount from "../../src/domain/history/Amount.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import type { LedgerEvent } from "../../src/domain/history/LedgerEvent.js"
import * as EntryLaws from "./EntryLaws.js"
import * as Polling from "./Polling.js"
import * as Run from "./Run.js"
import * as Scenario from "./Scenario.js"
import type { Tally } from "./Tally.js"
import * as TrueAccount from "./TrueAccount.js"

const SEED = 20_260_804
const ACCOUNTS = 200
const limits: Scenario.Limits = { mostLooks: 1000 }

const told = (tally: Tally): ReadonlyArray<string> =>
  [...tally.classes.values()].map(({ examples, law, sort }) => `${law}: ${sort}\n${examples[0]?.detail}`)

describe("the ledger of simulated accounts", () => {
  const tally = Run.run({ seed: SEED, accounts: ACCOUNTS, limits })

  it("keeps every law", () => {
    expect(told(tally)).toStrictEqual([])
    expect(tally.accounts).toBe(ACCOUNTS)
    expect(tally.entries).toBeGreaterThan(150_000)
    for (const count of tally.checks.values()) expect(count).toBeGreaterThan(0)
  })

  it("estimates what is hidden without bias", () => {
    const { accounts, mean } = tally.bias("steady")
    expect(accounts).toBeGreaterThan(10)
    expect(Math.abs(mean[0])).toBeLessThan(0.02)
  })

  it("is exact in nearly every interval that is an hour long or less", () => {
    for (const polled of ["minute", "5 minutes", "15 minutes", "hour"] as const) {
      expect(tally.exactShare(polled, "Pools")).toBeGreaterThan(0.99)
    }
  })
})

describe("the accounts", () => {
  const scenarios = Array.from({ length: 300 }, (_, number) => Scenario.make(SEED, number))

  it("are the same for the same seed and number, and others for another", () => {
    expect(Scenario.make(SEED, 7)).toStrictEqual(Scenario.make(SEED, 7))
    expect(Scenario.make(SEED, 7).options.seed).not.toBe(Scenario.make(SEED, 8).options.seed)
    expect(Scenario.make(SEED, 7).options.seed).not.toBe(Scenario.make(SEED + 1, 7).options.seed)
  })

  it("are of every plan, refreshed and polled in every way", () => {
    const all = <A>(of: (scenario: Scenario.Scenario) => A) => new Set(scenarios.map(of))
    expect(all(({ options }) => options.plan.name)).toStrictEqual(new Set(["free", "plus", "pro", "team", "contract"]))
    expect(all(({ options }) => options.refresh?.announced)).toStrictEqual(new Set([true, false, undefined]))
    expect(all(({ options }) => options.payAsYouGo)).toStrictEqual(new Set([true, false]))
    expect(all(({ change }) => change?.sets)).toStrictEqual(new Set([undefined, true, false]))
    expect(all(({ polling }) => polling.every)).toStrictEqual(new Set(Object.keys(Polling.minutes)))
    expect(all(({ polling }) => polling.due)).toStrictEqual(new Set(["always", "sometimes", "never"]))
    expect(scenarios.some(({ polling }) => polling.gaps > 0)).toBe(true)
  })

  it("keep what they had when the plan changes, and pay what was due", () => {
    const scenario = scenarios.find(({ change }) => change?.sets === false)
    if (scenario?.change === undefined) return expect.fail("no plan changes")
    const { at } = scenario.change
    const account = TrueAccount.make(scenario)
    const [before, after] = [account.stateAt(at - 1), account.stateAt(at)]
    const used = account.usageBetween(at - 1, at)
    expect(after.monthlyCents).toBe(before.monthlyCents - used.monthlyCents)
    expect(after.stableCents).toBe(before.stableCents - used.stableCents)
    expect(after.dueCents).toBe(0)
    const whole = account.usageBetween(scenario.options.from, scenario.options.to).totalCents
    const parts = [account.usageBetween(scenario.options.from, at), account.usageBetween(at, scenario.options.to)]
    expect(parts.reduce((sum, { totalCents }) => sum + totalCents, 0)).toBe(whole)
    expect(account.bodyAt(at + 700_000, { includeTotalDue: false })).toContain(`"name":"${scenario.change.plan.name}"`)
  })
})

describe("a ledger that is wrong is found out, be it that it", () => {
  const laws = (
    numbers: ReadonlyArray<number>,
    change: (event: LedgerEvent) => ReadonlyArray<LedgerEvent>,
  ): ReadonlySet<string> => {
    const found = new Set<string>()
    for (const scenario of numbers.map((number) => Scenario.make(SEED, number, limits))) {
      const account = TrueAccount.make(scenario)
      for (const entry of Ledger.fromHistory(Polling.looks(scenario.polling, account, scenario.options.from))) {
        const { violations } = EntryLaws.check(scenario, account, { ...entry, events: entry.events.flatMap(change) })
        for (const { law } of violations) found.add(law)
      }
    }
    return found
  }
  const steady = [1, 9, 17, 25, 33]
  const byTheMinute = [0, 16]

  it("is right, for comparison", () => {
    expect(laws(steady, (event) => [event])).toStrictEqual(new Set())
    expect(laws(byTheMinute, (event) => [event])).toStrictEqual(new Set())
  })

  it("leaves usage out", () => {
    const found = laws(steady, (event) => (event._tag === "Usage" ? [] : [event]))
    expect(found).toContain("usage lies within its bounds")
    expect(found).toContain("the books close")
  })

  it("leaves expired credits out", () => {
    expect(laws(steady, (event) => (event._tag === "Expiry" ? [] : [event]))).toContain(
      "events lie within their bounds",
    )
  })

  it("bounds nothing", () => {
    const found = laws(byTheMinute, (event) => [{ ...event, amount: Amount.atLeast(Amount.lower(event.amount)) }])
    expect(found).toContain("polled by the minute the bounds meet")
  })
})
