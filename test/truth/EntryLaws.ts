/** What must hold of every entry of a ledger. */
import * as Option from "effect/Option"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Facts from "./Facts.js"
import type { Scenario } from "./Scenario.js"
import * as Show from "./Show.js"
import * as Sums from "./Sums.js"
import type { TrueAccount } from "./TrueAccount.js"
import { type Law, sortOf, type Violation } from "./Violation.js"

/** What came out of an entry. */
export interface Checked {
  readonly facts: Facts.Facts
  readonly sums: Partial<Record<Sums.Kind, Sums.Bounds>>
  readonly violations: ReadonlyArray<Violation>
  /** Usage is outside its bounds because something happened that the ledger takes for granted that it does not. */
  readonly excused: boolean
}

const pools = {
  Pools: ["Monthly", "Stable"],
  Due: ["PayAsYouGo"],
  NotAsked: ["PayAsYouGo"],
} as const

const truthOf = (facts: Facts.Facts, kind: Sums.Kind): number => {
  switch (kind) {
    case "Monthly":
      return facts.monthly
    case "Stable":
      return facts.stable
    case "PayAsYouGo":
      return facts.payAsYouGo
    case "Expiry":
      return facts.expired
    default:
      return facts.happened[kind].cents
  }
}

/** The events besides usage that an entry tells the amounts of; none where a payment and a renewal net out, or a correction stands for them. */
const others = (entry: Ledger.Entry, { happened }: Facts.Facts): ReadonlyArray<Sums.Kind> => {
  if (entry.events.some(({ _tag }) => _tag === "Correction")) return []
  if (entry._tag === "Pools") return ["Refresh", "Expiry", "Grant"]
  if (entry._tag === "NotAsked" || (happened.Payment.count > 0 && happened.Renewal.count > 0)) return []
  return ["Payment", "Renewal"]
}

/** Whether nothing happened in a span that could widen the bounds of its usage. */
const isPlain = (entry: Ledger.Entry, { changed, happened, unannouncedFirst }: Facts.Facts): boolean => {
  if (changed) return false
  if (entry._tag === "Pools") return happened.Refresh.count === 0 && happened.Grant.count === 0 && !unannouncedFirst
  return entry._tag === "Due" && happened.Payment.count === 0 && happened.Renewal.count === 0
}

/** Whether the entry says what its usage takes for granted. */
const isNamed = (entry: Ledger.Entry): boolean => entry._tag === "NotAsked" || entry.assumes.length > 0

/** Checks an entry against the truth; `hiddenUntil`: the end of the last entry that a grant hid in. */
export const check = (
  scenario: Scenario,
  account: TrueAccount,
  entry: Ledger.Entry,
  hiddenUntil = Number.NEGATIVE_INFINITY,
): Checked => {
  const facts = Facts.of(scenario, account, entry, hiddenUntil)
  const sums = entry.events.length === 0 ? {} : Sums.of(entry.events)
  const violations: Array<Violation> = []
  const broken = (law: Law, what: string, sort = sortOf(scenario, entry, facts, what)): void => {
    violations.push({ law, sort, number: scenario.number, detail: `${what}\n${Show.entry(entry, facts)}` })
  }
  let excused = false
  for (const { book, usd } of Ledger.residuals(entry)) {
    if (!Option.exists(usd, Usd.isZero)) broken("the books close", book)
  }
  for (const pool of pools[entry._tag]) {
    const bounds = sums[pool] ?? Sums.none
    const truth = Sums.ofCents(truthOf(facts, pool))
    const outside = !Sums.contains(bounds, truth)
    if (outside && facts.hidden) {
      excused = true
      if (!isNamed(entry)) broken("what is taken for granted is named", pool)
    } else if (outside) {
      broken("usage lies within its bounds", `${pool} ${truth < bounds.lower ? "is less" : "is more"}`)
    }
    if (scenario.polling.every !== "minute") continue
    if (isPlain(entry, facts)) {
      if (!Sums.isExact(bounds)) broken("polled by the minute the bounds meet", pool)
    } else if (entry._tag === "Pools" && pool === "Monthly" && facts.happened.Refresh.count === 1 && !facts.changed) {
      const left = entry.monthly.opening.value
      const width = bounds.upper === undefined ? undefined : bounds.upper - bounds.lower
      if (width === undefined || width > left) broken("a refresh hides no more than what was left", pool)
    }
  }
  // Where usage is wrong the rest of the entry is, too.
  if (violations.length === 0 && (facts.events.length > 0 || entry.events.length > 0)) {
    for (const kind of others(entry, facts)) {
      const bounds = sums[kind] ?? Sums.none
      const truth = Sums.ofCents(truthOf(facts, kind))
      if (!Sums.contains(bounds, truth) && !facts.hidden) {
        broken("events lie within their bounds", `${kind} ${truth < bounds.lower ? "is less" : "is more"}`)
      }
    }
  }
  return { facts, sums, violations, excused }
}
