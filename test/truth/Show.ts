/** Entries of a ledger and the truth of them, as lines of text. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type * as Ledger from "../../src/domain/history/Ledger.js"
import type { LedgerEvent } from "../../src/domain/history/LedgerEvent.js"
import type { TruthEvent } from "../../src/testing/AccountSimulator.js"
import type { Facts } from "./Facts.js"
import type { Scenario } from "./Scenario.js"
import * as Sums from "./Sums.js"

const dollars = (cents: number): string => (cents / 100).toFixed(2)
const money = (usd: { readonly value: bigint }): string => Sums.show({ lower: usd.value, upper: usd.value })
const at = (millis: number): string => new Date(millis).toISOString()

const kind = (event: LedgerEvent): string => {
  switch (event._tag) {
    case "Usage":
      return `Usage ${event.pool}`
    case "Charge":
      return `Charge ${event.kind}`
    case "Correction":
      return `Correction ${event.book}`
    default:
      return event._tag
  }
}

const amount = ({ amount }: LedgerEvent): string =>
  amount._tag === "Exact"
    ? money(amount.usd)
    : Sums.show({ lower: amount.lower.value, upper: Option.getOrUndefined(amount.upper)?.value })

const level = (name: string, { closing, opening }: typeof Ledger.Pools.Type.monthly): string =>
  `${name} ${money(opening)} > ${money(closing)}`

const looks = (entry: Ledger.Entry): string => {
  switch (entry._tag) {
    case "Pools":
      return `${level("monthly", entry.monthly)}, ${level("stable", entry.stable)}`
    case "Due":
      return level("due", entry.due)
    case "NotAsked":
      return "due not asked for"
  }
}

const happened = (event: TruthEvent): string => {
  const text =
    event._tag === "Refresh"
      ? `of ${dollars(event.grantedCents)}, ${dollars(event.expiredCents)} expired`
      : dollars(event.cents)
  return `${event._tag} ${text} at ${at(event.at)}`
}

/** The events of an entry in one line: what the laws of order compare, too. */
export const events = (entry: Ledger.Entry): string =>
  entry.events.map((event) => `${kind(event)} ${amount(event)}`).join("; ")

const MOST_HAPPENED = 6

/** The two looks, the truth and the ledger. */
export const entry = (entry: Ledger.Entry, facts: Facts): string => {
  const told = facts.events.filter((event) => event._tag !== "Invoice")
  const truth = [
    `monthly ${dollars(facts.monthly)}, stable ${dollars(facts.stable)}, pay as you go ${dollars(facts.payAsYouGo)}`,
    ...told.slice(0, MOST_HAPPENED).map(happened),
    ...(told.length > MOST_HAPPENED ? [`and ${told.length - MOST_HAPPENED} more`] : []),
  ]
  return [
    `    ${entry._tag} ${DateTime.formatIso(entry.from)} to ${DateTime.formatIso(entry.to)}: ${looks(entry)}`,
    `      truth   ${truth.join("; ")}`,
    `      ledger  ${events(entry)}`,
  ].join("\n")
}

/** An entry with nothing left out, as one line. */
export const whole = (entry: Ledger.Entry): string => {
  const links = entry.events.map(({ link }) => Option.getOrUndefined(link)?.effect.value ?? "")
  return `${entry._tag} ${entry.from.epochMillis} ${entry.to.epochMillis} ${looks(entry)} ${events(entry)} ${links.join()}`
}

/** How an account was made and polled. */
export const scenario = ({ change, number, options, polling }: Scenario): string =>
  [
    `account ${number}: ${polling.every}, ${polling.days} days from ${at(options.from)}, due ${polling.due}, jitter ${polling.jitter}, gaps ${polling.gaps}`,
    `  ${JSON.stringify({ ...options, plan: `${options.plan.name} ${options.plan.monthlyAllowanceCents}` })}`,
    ...(change === undefined
      ? []
      : [`  at ${at(change.at)} to ${change.plan.name}${change.sets ? ", sets the monthly credits" : ""}`]),
  ].join("\n")
