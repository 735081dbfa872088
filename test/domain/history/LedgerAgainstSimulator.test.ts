import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { cents, poll } from "./simulated.js"

const DAY = 86_400_000
const MINUTE = 60_000
const START = Date.parse("2026-08-10T00:00:00Z")

/** Usage that the simulator counted in an entry's span, of the pools that the entry explains. */
const truthOf = (account: AccountSimulator.SimulatedAccount, entry: Ledger.Entry): Usd.Usd => {
  const truth = account.usageBetween(entry.from.epochMillis, entry.to.epochMillis)
  return cents(entry._tag === "Pools" ? truth.monthlyCents + truth.stableCents : truth.payAsYouGoCents)
}

/**
 * What hides usage by the rules of the API: what is left at a refresh may be used or expire; a grant nets out with usage of an empty pool; a
 * payment and a renewal do so in the amount due.
 */
const hides = (account: AccountSimulator.SimulatedAccount, entry: Ledger.Entry): boolean => {
  const kinds = account.eventsBetween(entry.from.epochMillis, entry.to.epochMillis).map((event) => event._tag)
  const of = entry._tag === "Pools" ? ["Refresh", "Grant"] : ["Payment", "Renewal"]
  return kinds.some((kind) => of.includes(kind))
}

const check = (account: AccountSimulator.SimulatedAccount, entries: Iterable<Ledger.Entry>) => {
  let exact = 0
  let bounded = 0
  for (const entry of entries) {
    const found = Ledger.usage(entry.events)
    const truth = truthOf(account, entry)
    const where = `${entry._tag} ${entry.from.toString()} truth ${Usd.format(truth)}`
    if (hides(account, entry)) {
      if (!Amount.contains(found, truth)) expect.fail(`outside the bounds: ${where}`)
      bounded++
    } else {
      if (found._tag !== "Exact" || !Usd.Equivalence(found.usd, truth)) expect.fail(`not equal: ${where}`)
      exact++
    }
    for (const { book, usd } of Ledger.residuals(entry)) {
      if (!Option.exists(usd, Usd.isZero)) expect.fail(`the ${book} book does not close: ${where}`)
    }
  }
  return { exact, bounded }
}

describe("Ledger against the simulated account", () => {
  it("equals the simulator's usage to the nano-dollar when polled every minute for 60 days, and bounds it where it is hidden", () => {
    const to = START + 60 * DAY
    // Without stable credits the account falls into pay as you go, so that all three pools are drawn.
    const account = AccountSimulator.simulate({ seed: 1, from: START, to, openingStableCents: 1000 })
    const used = account.usageBetween(START, to)
    expect(used.monthlyCents).toBeGreaterThan(0)
    expect(used.stableCents).toBeGreaterThan(0)
    expect(used.payAsYouGoCents).toBeGreaterThan(0)
    const kinds = new Set(account.eventsBetween(START, to).map((event) => event._tag))
    for (const kind of ["Refresh", "Renewal", "Payment"] as const) expect(kinds).toContain(kind)

    const { bounded, exact } = check(account, Ledger.fromHistory(poll(account, START, to, MINUTE)))
    expect(exact).toBeGreaterThan(170_000)
    expect(bounded).toBeGreaterThan(0)
  })

  it.each([2, 3, 4, 5, 6, 7, 8])("holds for seed %i polled every ten minutes over two refreshes", (seed) => {
    const to = START + 60 * DAY
    const plan = (["free", "plus", "pro", "team"] as const)[seed % 4] ?? "pro"
    const account = AccountSimulator.simulate({ seed, from: START, to, plan, openingStableCents: seed * 500 })
    const { bounded, exact } = check(account, Ledger.fromHistory(poll(account, START, to, 10 * MINUTE)))
    expect(exact).toBeGreaterThan(10_000)
    expect(bounded).toBeGreaterThanOrEqual(2)
  })

  it("bounds the simulator's usage on sparse looks too, whatever the plan, the day of refresh and its lag", () => {
    const accounts = FastCheck.record({
      seed: FastCheck.nat(10_000),
      plan: FastCheck.constantFrom("free" as const, "plus" as const, "pro" as const, "team" as const),
      dailyCents: FastCheck.integer({ min: 20, max: 3000 }),
      openingStableCents: FastCheck.integer({ min: 0, max: 20_000 }),
      day: FastCheck.integer({ min: 1, max: 31 }),
      lagSeconds: FastCheck.integer({ min: 0, max: 3 * 86_400 }),
      everyHours: FastCheck.integer({ min: 1, max: 21 * 24 }),
    })
    FastCheck.assert(
      FastCheck.property(accounts, ({ day, everyHours, lagSeconds, ...options }) => {
        const account = AccountSimulator.simulate({
          ...options,
          from: START,
          to: START + 90 * DAY,
          payAsYouGo: false,
          grants: [],
          refresh: { day, hour: 7, minute: 30, lagSeconds, announced: true },
        })
        for (const entry of Ledger.fromHistory(poll(account, START, START + 90 * DAY, everyHours * 60 * MINUTE))) {
          const truth = truthOf(account, entry)
          if (!Amount.contains(Ledger.usage(entry.events), truth)) {
            throw new Error(`outside the bounds: ${entry._tag} ${entry.from.toString()} truth ${Usd.format(truth)}`)
          }
          for (const { usd } of Ledger.residuals(entry)) expect(Option.exists(usd, Usd.isZero)).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  it("bounds usage at a refresh by what was left, and what expired makes up the rest exactly", () => {
    const account = AccountSimulator.simulate({ seed: 3, from: START, to: START + 60 * DAY })
    for (const refresh of account.events.filter((event) => event._tag === "Refresh")) {
      const looks = [...poll(account, refresh.at - 12 * MINUTE, refresh.at + 12 * MINUTE, 24 * MINUTE)]
      const left = cents(account.stateAt(refresh.at - 12 * MINUTE).monthlyCents)
      const [pools] = Ledger.fromHistory(looks)
      const before = pools?.events.find((event) => event._tag === "Usage" && Option.isSome(event.link))
      if (Usd.isZero(left)) continue
      expect(before?.amount).toEqual(Amount.between(Usd.zero, left))
      expect(Option.map(before?.link ?? Option.none(), (link) => Usd.format(link.effect))).toEqual(
        Option.some(Usd.format(Usd.negate(left))),
      )
    }
    expect(account.events.filter((event) => event._tag === "Refresh").length).toBeGreaterThan(0)
  })

  it("explains pay as you go across looks that did not ask for the amount due", () => {
    const to = START + 30 * DAY
    const account = AccountSimulator.simulate({
      seed: 1,
      from: START,
      to,
      openingStableCents: 0,
      openingMonthlyCents: 0,
    })
    // The amount due is asked for at every sixth look.
    const entries = [...Ledger.fromHistory(poll(account, START, to, 10 * MINUTE, (look) => look % 6 === 0))]
    const due = entries.filter((entry) => entry._tag === "Due")
    expect(due.length).toBe(30 * 24)
    check(account, entries)
  })

  it("does not bound pay as you go above when the amount due is never asked for", () => {
    const to = START + 5 * DAY
    const account = AccountSimulator.simulate({
      seed: 1,
      from: START,
      to,
      openingStableCents: 0,
      openingMonthlyCents: 0,
    })
    const entries = [...Ledger.fromHistory(poll(account, START, to, 60 * MINUTE, () => false))]
    const open = entries.filter((entry) => entry._tag === "NotAsked")
    expect(open).toHaveLength(1)
    expect(Ledger.usage(open[0]?.events ?? [])).toEqual(Amount.atLeast(Usd.zero))
  })
})
