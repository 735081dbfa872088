/** A law that an entry breaks. */
import type * as Ledger from "../../src/domain/history/Ledger.js"
import * as Facts from "./Facts.js"
import type { Scenario } from "./Scenario.js"

export type Law =
  | "the books close"
  | "usage lies within its bounds"
  | "events lie within their bounds"
  | "what is taken for granted is named"
  | "pay as you go is in some entry"
  | "polled by the minute the bounds meet"
  | "a refresh hides no more than what was left"
  | "expected lies within its bounds"
  | "the whole lies within the bounds of consumption"
  | "the days add up to the whole"
  | "rows close"
  | "rows follow on"
  | "rows add up"
  | "rows lie within their bounds"
  | "rows hold the truth"
  | "a report agrees with itself"
  | "pruning changes nothing that is told"
  | "one zone's months are another's days"
  | "order and repeats do not matter"
  | "outdated answers change nothing"
  | "pollers whose clocks differ find usage that holds the truth"

/** What was broken, where, and what sort of case it is. */
export interface Violation {
  readonly law: Law
  readonly sort: string
  readonly number: number
  readonly detail: string
}

const refreshSort = (scenario: Scenario): string => {
  const { plan, refresh } = scenario.options
  if (plan.price.type === "contract") return "of a contract"
  if (refresh?.announced !== false) return "announced"
  return Facts.isTold(scenario) ? "on a month's first" : "untold"
}

const refreshes = (scenario: Scenario, { changed, happened, unannouncedFirst }: Facts.Facts): string => {
  if (changed && scenario.change?.sets === true) return "a plan change that sets the monthly credits"
  if (changed) return "a plan change"
  const { count } = happened.Refresh
  if (count > 0) return `${count > 1 ? "several refreshes" : "one refresh"} ${refreshSort(scenario)}`
  return unannouncedFirst ? "a month's first, and no refresh" : "no refresh"
}

const planAt = ({ change, options }: Scenario, entry: Ledger.Entry) =>
  change !== undefined && change.at <= entry.to.epochMillis ? change.plan : options.plan

const direction = (entry: Ledger.Entry): string => {
  if (entry._tag === "NotAsked") return "not asked"
  const { closing, opening } = entry._tag === "Pools" ? entry.monthly : entry.due
  const book = entry._tag === "Pools" ? "monthly credits" : "amount due"
  if (closing.value === opening.value) return `${book} level`
  return `${book} ${closing.value < opening.value ? "fell" : "rose"}`
}

/** A short description by which violations of one cause fall together. */
export const sortOf = (scenario: Scenario, entry: Ledger.Entry, facts: Facts.Facts, what: string): string => {
  const { Payment, Renewal } = facts.happened
  const due = entry._tag === "Pools" ? "" : `, ${Renewal.count} renewals and ${Payment.count > 0 ? "" : "no "}payments`
  const price = entry._tag === "Pools" ? "" : `, price ${planAt(scenario, entry).price.type}`
  return `${what}, ${direction(entry)}, ${refreshes(scenario, facts)}${due}${price}`
}
