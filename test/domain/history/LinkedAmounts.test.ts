import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as LedgerEvent from "../../../src/domain/history/LedgerEvent.js"
import * as LinkedAmounts from "../../../src/domain/history/LinkedAmounts.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { usd } from "./looks.js"

/** Kinds of events, with the key that a statement adds them up by. */
const KINDS = {
  Monthly: { key: "Monthly", event: { _tag: "Usage", pool: "Monthly" } },
  Expiry: { key: "Expiry", event: { _tag: "Expiry" } },
  Refresh: { key: "Refresh", event: { _tag: "Refresh" } },
  CorrectionMonthly: { key: "Correction", event: { _tag: "Correction", book: "Monthly" } },
  PayAsYouGo: { key: "PayAsYouGo", event: { _tag: "Usage", pool: "PayAsYouGo" } },
  UsageCharge: { key: "Charge", event: { _tag: "Charge", kind: "Usage" } },
  Renewal: { key: "Charge", event: { _tag: "Charge", kind: "Renewal" } },
  OtherCharge: { key: "Charge", event: { _tag: "Charge", kind: "Unknown" } },
  Payment: { key: "Payment", event: { _tag: "Payment" } },
  CorrectionDue: { key: "Correction", event: { _tag: "Correction", book: "Due" } },
} as const
type Kind = keyof typeof KINDS

const keyOf = (event: LedgerEvent.LedgerEvent): string => (event._tag === "Usage" ? event.pool : event._tag)

const event = (kind: Kind, amount: Amount.Amount, link: Option.Option<LedgerEvent.Link>): LedgerEvent.LedgerEvent => ({
  from: Timestamp.fromMillis(0),
  to: Timestamp.fromMillis(1),
  confidence: "Possible",
  amount,
  link,
  assumes: [],
  why: "",
  ...KINDS[kind].event,
})

/** An event of a link in whole dollars: `span` is how far apart its bounds are, `at` where between them its true amount lies. */
interface Part {
  readonly kind: Kind
  readonly lower: number
  readonly span: number
  readonly isOpen: boolean
  readonly at: number
}

const DOLLAR = 1_000_000_000n
const dollars = (count: number): Usd.Usd => Usd.sumFromNanos(BigInt(count) * DOLLAR)
const inDollars = (nanos: bigint): number => Number(nanos / DOLLAR)

const signOf = (kind: Kind): number => LedgerEvent.posting(event(kind, Amount.zero, Option.none()))?.sign ?? 0

/** The events of a link, with its effect: that of the true amounts. Pay as you go is bounded as the charge beside it is. */
const linked = (id: string, parts: ReadonlyArray<Part>): ReadonlyArray<LedgerEvent.LedgerEvent> => {
  const effect = parts.reduce((sum, { at, kind, lower }) => sum + signOf(kind) * (lower + at), 0)
  const link = Option.some({ id, effect: dollars(effect) })
  const amountOf = ({ isOpen, lower, span }: Part) =>
    isOpen ? Amount.atLeast(dollars(lower)) : Amount.between(dollars(lower), dollars(lower + span))
  return parts.flatMap((part) => {
    const beside = part.kind === "UsageCharge" ? [event("PayAsYouGo", amountOf(part), link)] : []
    return [...beside, event(part.kind, amountOf(part), link)]
  })
}

type Sums = Readonly<Record<string, number>>

const plus = (sums: Sums, key: string, amount: number): Sums => ({ ...sums, [key]: (sums[key] ?? 0) + amount })

/** How much more than its lower bound an amount without an upper bound is in the search. */
const OPEN = 4

/** The sums by key of every assignment of amounts to a link that has its effect. */
const assignments = (parts: ReadonlyArray<Part>): ReadonlyArray<Sums> => {
  const effect = parts.reduce((sum, { at, kind, lower }) => sum + signOf(kind) * (lower + at), 0)
  const found: Array<Sums> = []
  const search = (index: number, rest: number, sums: Sums): void => {
    const part = parts[index]
    if (part === undefined) {
      if (rest === 0) found.push(sums)
      return
    }
    const { isOpen, kind, lower, span } = part
    for (let amount = lower; amount <= lower + (isOpen ? OPEN : span); amount++) {
      const own = plus(sums, KINDS[kind].key, amount)
      search(index + 1, rest - signOf(kind) * amount, kind === "UsageCharge" ? plus(own, "PayAsYouGo", amount) : own)
    }
  }
  search(0, effect, {})
  return found
}

const totalsOf = (events: ReadonlyArray<LedgerEvent.LedgerEvent>): ReadonlyMap<string, LinkedAmounts.Range> => {
  const totals = new Map<string, LinkedAmounts.Range>()
  LinkedAmounts.addTo(totals, events, keyOf)
  return totals
}

const plainSums = (events: ReadonlyArray<LedgerEvent.LedgerEvent>): ReadonlyMap<string, LinkedAmounts.Range> => {
  const totals = new Map<string, LinkedAmounts.Range>()
  for (const each of events) {
    const sum = totals.get(keyOf(each)) ?? LinkedAmounts.ZERO
    totals.set(keyOf(each), LinkedAmounts.add(sum, LinkedAmounts.ofAmount(each.amount)))
  }
  return totals
}

const part = (kind: Kind): FastCheck.Arbitrary<Part> =>
  FastCheck.record({
    kind: FastCheck.constant(kind),
    // Corrections are signed, and usage is less than 0 where a rise takes it back.
    lower: FastCheck.integer({ min: kind.startsWith("Correction") || kind === "Monthly" ? -2 : 0, max: 3 }),
    span: FastCheck.nat({ max: OPEN }),
    isOpen: FastCheck.nat({ max: 7 }).map((count) => count === 0),
    at: FastCheck.nat({ max: OPEN }),
  }).map((each) => ({ ...each, at: each.isOpen ? each.at : Math.min(each.at, each.span) }))

const BOOKS: ReadonlyArray<ReadonlyArray<Kind>> = [
  ["Monthly", "Expiry", "Refresh", "CorrectionMonthly"],
  ["UsageCharge", "Renewal", "OtherCharge", "Payment", "CorrectionDue"],
]

const link: FastCheck.Arbitrary<ReadonlyArray<Part>> = FastCheck.constantFrom(...BOOKS)
  .chain((kinds) => FastCheck.subarray([...kinds], { minLength: 1, maxLength: 4 }))
  .chain((kinds) => FastCheck.tuple(...kinds.map(part)))

const links = FastCheck.array(link, { maxLength: 3 })

const told = ({ lower, upper }: LinkedAmounts.Range): string =>
  `${Usd.format(Usd.sumFromNanos(lower))}..${upper === undefined ? "" : Usd.format(Usd.sumFromNanos(upper))}`

describe("LinkedAmounts", () => {
  it("adds usage of 7.15 to 267.15 and a renewal of up to 260.00 to a charge of 267.15 where that is their effect", () => {
    const of = Option.some({ id: "rise", effect: usd("267.15") })
    const used = Amount.between(usd("7.15"), usd("267.15"))
    const events = [
      event("PayAsYouGo", used, of),
      event("UsageCharge", used, of),
      event("Renewal", Amount.between(usd("0.00"), usd("260.00")), of),
    ]
    const totals = [...totalsOf(events)].map(([key, range]) => [key, told(range)])
    expect(Object.fromEntries(totals)).toEqual({ PayAsYouGo: "7.15..267.15", Charge: "267.15..267.15" })
  })

  it("narrows each event of a link by the others", () => {
    const of = Option.some({ id: "left", effect: usd("-8.00") })
    const events = [
      event("Monthly", Amount.between(usd("0.00"), usd("5.00")), of),
      event("Expiry", Amount.atLeast(usd("0.00")), of),
    ]
    expect([...LinkedAmounts.ofLinked(events).values()].map(told)).toEqual(["0.00..5.00", "3.00..8.00"])
  })

  it("adds events without a link by their bounds, and leaves them out of the links", () => {
    const events = [
      event("Monthly", Amount.exact(usd("1.50")), Option.none()),
      event("Monthly", Amount.between(usd("0.00"), usd("2.00")), Option.none()),
      event("Payment", Amount.atLeast(usd("4.00")), Option.none()),
    ]
    expect([...totalsOf(events)].map(([key, range]) => [key, told(range)])).toEqual([
      ["Monthly", "1.50..3.50"],
      ["Payment", "4.00.."],
    ])
    expect(LinkedAmounts.linksOf(events)).toEqual([])
    expect([...LinkedAmounts.ofLinked(events)]).toEqual([])
  })

  it.prop("has sums that lie within the plain sums of the bounds", [links], ([of]) => {
    const events = of.flatMap((parts, index) => linked(`${index}`, parts))
    const plain = plainSums(events)
    for (const [key, { lower, upper }] of totalsOf(events)) {
      const bounds = plain.get(key) ?? LinkedAmounts.ZERO
      expect(lower).toBeGreaterThanOrEqual(bounds.lower)
      if (bounds.upper !== undefined) expect(upper).toBeLessThanOrEqual(bounds.upper)
    }
  })

  it.prop("has sums that hold every assignment of amounts with the effect of its link", [links], ([of]) => {
    const totals = totalsOf(of.flatMap((parts, index) => linked(`${index}`, parts)))
    const found = of.map(assignments)
    for (const [key, { lower, upper }] of totals) {
      const amounts = found.map((all) => all.map((sums) => sums[key] ?? 0))
      const [least, most] = [Math.min, Math.max].map((choose) =>
        amounts.reduce((sum, each) => sum + choose(...each), 0),
      ) as [number, number]
      expect(inDollars(lower)).toBeLessThanOrEqual(least)
      if (upper !== undefined) expect(inDollars(upper)).toBeGreaterThanOrEqual(most)
      // Where all amounts are bounded, the search sees every assignment: no bound is wider than they are.
      if (of.flat().some(({ isOpen }) => isOpen)) continue
      expect([inDollars(lower), upper === undefined ? undefined : inDollars(upper)]).toEqual([least, most])
    }
  })
})
