/**
 * The ledger's bounds against every explanation of a pair of looks: no explanation may lie outside of them, and the least and the most that
 * explanations come to must be the bounds.
 */
import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as LedgerEvent from "../../../src/domain/history/LedgerEvent.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import { type Case, EVIDENCE, grid, NANO, SIZE } from "./bruteforce/Grid.js"
import * as Search from "./bruteforce/Search.js"

const quantitiesOf = (event: LedgerEvent.LedgerEvent): ReadonlyArray<Search.Quantity> => {
  switch (event._tag) {
    case "Usage":
      return ["usage", event.pool === "Monthly" ? "monthly" : event.pool === "Stable" ? "stable" : "payAsYouGo"]
    case "Refresh":
      return ["refreshed"]
    case "Expiry":
      return ["expired"]
    case "Grant":
      return ["granted"]
    case "Payment":
      return ["paid"]
    case "Charge":
      return event.kind === "Usage" ? [] : ["renewed"]
    case "PlanChange":
    case "Correction":
      return []
  }
}

const inUnits = (usd: Usd.Usd): number => Number(usd.value) / NANO

/** What the ledger says of a quantity: the bounds of its events, added up over all entries. */
const claims = (entries: ReadonlyArray<Ledger.Entry>): ReadonlyMap<Search.Quantity, Search.Range> => {
  const sums = new Map<Search.Quantity, Search.Range>()
  for (const event of entries.flatMap((entry) => entry.events)) {
    const lower = inUnits(Amount.lower(event.amount))
    const upper = Option.match(Amount.upper(event.amount), { onNone: () => Infinity, onSome: inUnits })
    for (const quantity of quantitiesOf(event)) {
      const { least, most } = sums.get(quantity) ?? NOTHING
      sums.set(quantity, { least: least + lower, most: most + upper })
    }
  }
  return sums
}

const NOTHING: Search.Range = { least: 0, most: 0 }

const written = ({ dues, evidence, pair }: Case): string => {
  const { allowance, closing, opening, price } = pair
  const change = (a: number | undefined, b: number | undefined) => `${a ?? "?"}->${b ?? "?"}`
  return [
    evidence.name,
    `monthly ${change(opening.monthly, closing.monthly)}`,
    `stable ${change(opening.stable, closing.stable)}`,
    `due ${change(...dues)}`,
    `allowance ${allowance}`,
    `price ${price}`,
  ].join(", ")
}

/** Bounds that are not those of the explanations. */
const deviations = (
  of: Case,
  entries: ReadonlyArray<Ledger.Entry>,
  truth: Readonly<Record<Search.Quantity, Search.Range>>,
): ReadonlyArray<string> => {
  const told = claims(entries)
  return Search.QUANTITIES.flatMap((quantity) => {
    if (of.pair.due === undefined && (quantity === "renewed" || quantity === "paid")) return []
    const claim = told.get(quantity) ?? NOTHING
    return (["least", "most"] as const).flatMap((side) => {
      const [bound, explained] = [claim[side], truth[quantity][side]]
      if (bound === explained) return []
      const kind = (side === "least") === bound > explained ? "unsound" : "wider"
      return [`${kind}: ${quantity} ${side} is ${bound} in the ledger, ${explained} of explanations; ${written(of)}`]
    })
  })
}

const STEP = 619

function* every<A>(step: number, items: Iterable<A>): Iterable<A> {
  let index = 0
  for (const item of items) if (index++ % step === 0) yield item
}

const some = (texts: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...texts.slice(0, 8),
  ...(texts.length > 8 ? [`and ${texts.length - 8} more`] : []),
]

describe("The ledger's bounds of a pair of looks", () => {
  for (const evidence of EVIDENCE) {
    it(`are those of all explanations: ${evidence.name}`, () => {
      const wrong: Array<string> = []
      const open: Array<string> = []
      let total = 0
      let feasible = 0
      for (const of of grid(evidence)) {
        total++
        const entries = of.ledger()
        if (entries.some((entry) => Ledger.residuals(entry).some(({ usd }) => !Option.exists(usd, Usd.isZero)))) {
          open.push(written(of))
        }
        const truth = Search.ranges(of.pair)
        if (truth === undefined) continue
        feasible++
        for (const deviation of deviations(of, entries, truth)) wrong.push(deviation)
      }
      expect(some(open), "books that do not close").toEqual([])
      expect(some(wrong), "bounds that are not those of the explanations").toEqual([])
      expect(total).toBe(SIZE)
      expect(feasible).toBeGreaterThan(total / 8)
    })
  }
})

describe("The search for explanations", () => {
  const pair: Search.Pair = {
    opening: { monthly: 2, stable: 1 },
    closing: { monthly: 1, stable: 0 },
    due: { opening: 0, closing: 3 },
    allowance: 3,
    price: 2,
    refreshes: [1],
    days: 2,
  }

  it("finds what can be worked out by hand", () => {
    const known = { monthly: 4, stable: 1, refreshed: 3, expired: 0, granted: 0, paid: 0 }
    expect(new Set(Search.explanations(pair))).toEqual(
      new Set([
        { ...known, payAsYouGo: 1, usage: 6, renewed: 2 },
        { ...known, payAsYouGo: 3, usage: 8, renewed: 0 },
      ]),
    )
    expect(Search.explanations({ ...pair, refreshes: [0] })).toEqual([])
    expect(Search.ranges({ ...pair, due: undefined })?.payAsYouGo).toEqual({ least: 0, most: Infinity })
    expect(Search.ranges({ ...pair, due: undefined, closing: { monthly: 1, stable: 1 } })).toMatchObject({
      monthly: { least: 2, most: 4 },
      stable: { least: 0, most: 0 },
      payAsYouGo: { least: 0, most: 0 },
      expired: { least: 0, most: 2 },
    })
  })

  it("finds of both parts together what it finds of the whole", () => {
    const text = (all: ReadonlyArray<Search.Explanation>) => new Set(all.map((found) => JSON.stringify(found)))
    const cap = { granted: 2, payAsYouGo: 3 }
    let found = 0
    for (const evidence of EVIDENCE) {
      // A step that is prime to the lengths of the grid's axes, so that all of their values are met.
      for (const of of every(STEP, grid(evidence))) {
        if (of.pair.due === undefined) continue
        const parts = Search.explanations(of.pair, cap)
        found += parts.length
        expect(text(parts), written(of)).toEqual(text(Search.explanationsOfTheWhole(of.pair, cap)))
      }
    }
    expect(found).toBeGreaterThan(200)
  })
  it("finds the same ranges under a wider cap", () => {
    const wider = { granted: Search.CAP.granted + 1, payAsYouGo: Search.CAP.payAsYouGo + 1 }
    for (const evidence of EVIDENCE) {
      for (const { pair } of every(STEP, grid(evidence))) {
        expect(Search.ranges(pair, wider)).toEqual(Search.ranges(pair))
      }
    }
  })
})
