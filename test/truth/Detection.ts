/**
 * How well a ledger finds events. One entry is one trial for each kind of event: refreshes, grants and plan changes are looked for in the
 * entries of both pools, renewals and payments in those of the amount due.
 *
 * - The truth: it happened at least once in the span of the entry, as late as the bodies show it.
 * - The ledger claims it where it says of an event of the kind that it is certain or likely.
 * - The ledger says that it is possible where it says no more than that of all its events of the kind, and of a renewal where it only says that
 *   something was charged, not what: a charge of kind `Unknown`.
 * - A payment or renewal counts as found whatever it nets out with: it is the event that is looked for, not its amount.
 *
 * What happened but is hidden counts as missed where it is not found, and is told apart besides: between the two looks, monthly credits that
 * no announcement helps with did not rise, stable credits did not rise, the amount due rose by less than the renewal, or did not fall.
 *
 * Two things are counted by themselves, because no ledger could find them: what leaves no trace, which is what no body shows however often
 * it is asked for (an amount of 0; a refresh, not announced, of credits that nobody had touched; what nets out in its own millisecond, as a
 * renewal whose invoice is paid at once; a change to the same plan); and what moved the amount due in a span at one end of which it was not
 * asked for. A claim in a trial whose only events left no trace is neither right nor wrong.
 */
import type * as Ledger from "../../src/domain/history/Ledger.js"
import type { LedgerEvent } from "../../src/domain/history/LedgerEvent.js"
import * as Usd from "../../src/domain/money/Usd.js"
import type { TruthEvent } from "../../src/testing/AccountSimulator.js"
import type { Scenario } from "./Scenario.js"
import * as Sums from "./Sums.js"
import type { TrueAccount } from "./TrueAccount.js"

export const kinds = ["Refresh", "Grant", "Renewal", "Payment", "PlanChange"] as const
export type Kind = (typeof kinds)[number]

/** One entry and kind in which something happened or was claimed; of what was not asked for, one event. */
export interface Trial {
  readonly kind: Kind
  readonly truth: "Happened" | "No" | "Traceless" | "NotAsked"
  readonly claim: "Claimed" | "Possible" | "No"
  /** It happened, and something else nets it out between the two looks. */
  readonly hidden: boolean
  readonly from: number
  readonly to: number
}

const kindsOf = {
  Pools: ["Refresh", "Grant", "PlanChange"],
  Due: ["Renewal", "Payment"],
  NotAsked: [],
} as const satisfies Record<Ledger.Entry["_tag"], ReadonlyArray<Kind>>

const isOf = (kind: Kind, event: LedgerEvent): boolean =>
  kind === "Renewal" ? event._tag === "Charge" && event.kind !== "Usage" : event._tag === kind

const isClaimed = (event: LedgerEvent): boolean =>
  event.confidence !== "Possible" && !(event._tag === "Charge" && event.kind === "Unknown")

const claimOf = (kind: Kind, entry: Ledger.Entry): Trial["claim"] => {
  const claims = entry.events.filter((event) => isOf(kind, event))
  if (claims.length === 0) return "No"
  return claims.some(isClaimed) ? "Claimed" : "Possible"
}

/** Something that happened; `told`: by a body in so many words, and not by an amount. */
interface Happening {
  readonly kind: Kind
  readonly traced: boolean
  readonly told: boolean
  readonly cents: number
}

const happeningOf = (
  { change, options: { refresh } }: Scenario,
  account: TrueAccount,
  event: TruthEvent,
): Happening | undefined => {
  const [before, after] = [account.stateAt(event.at - 1), account.stateAt(event.at)]
  const plain = { told: false, cents: event._tag === "Refresh" ? event.grantedCents : event.cents }
  switch (event._tag) {
    case "Refresh": {
      const told = refresh !== null && refresh?.announced !== false && event.at !== change?.at
      return { ...plain, kind: "Refresh", told, traced: told || event.expiredCents !== event.grantedCents }
    }
    case "Grant":
      return { ...plain, kind: "Grant", traced: after.stableCents > before.stableCents }
    case "Renewal":
      return { ...plain, kind: "Renewal", traced: after.dueCents > before.dueCents }
    case "Payment":
      return { ...plain, kind: "Payment", traced: after.dueCents < before.dueCents }
    case "Invoice":
      return undefined
  }
}

const happenings = (scenario: Scenario, account: TrueAccount, from: number, to: number): ReadonlyArray<Happening> => {
  const { change, options } = scenario
  const found = account.eventsBetween(from, to).flatMap((event) => happeningOf(scenario, account, event) ?? [])
  if (change === undefined || change.at <= from || change.at > to) return found
  return [...found, { kind: "PlanChange", traced: change.plan.name !== options.plan.name, told: true, cents: 0 }]
}

/** Whether the book did not move as the events of a kind alone would have moved it. */
const isHidden = (kind: Kind, entry: Ledger.Entry, happened: ReadonlyArray<Happening>): boolean => {
  if (happened.some(({ told }) => told)) return false
  if (entry._tag === "Pools") {
    const { closing, opening } = kind === "Grant" ? entry.stable : entry.monthly
    return !Usd.lessThan(opening, closing)
  }
  if (entry._tag !== "Due") return false
  const { closing, opening } = entry.due
  if (kind === "Payment") return !Usd.lessThan(closing, opening)
  const cents = happened.reduce((sum, renewal) => sum + renewal.cents, 0)
  return Usd.subtract(closing, opening).value < Sums.ofCents(cents)
}

const trialOf = (kind: Kind, entry: Ledger.Entry, happened: ReadonlyArray<Happening>): Trial => {
  const all = happened.filter((happening) => happening.kind === kind)
  const traced = all.filter((happening) => happening.traced)
  return {
    kind,
    truth: traced.length > 0 ? "Happened" : all.length > 0 ? "Traceless" : "No",
    claim: claimOf(kind, entry),
    hidden: traced.length > 0 && isHidden(kind, entry, traced),
    from: entry.from.epochMillis,
    to: entry.to.epochMillis,
  }
}

/** Spans at either end of a history in which the amount due was not asked for at both ends. */
const unasked = (entries: ReadonlyArray<Ledger.Entry>): ReadonlyArray<readonly [from: number, to: number]> => {
  const due = entries.filter(({ _tag }) => _tag === "Due")
  const [first, last, firstDue, lastDue] = [entries[0], entries.at(-1), due[0], due.at(-1)]
  if (first === undefined || last === undefined) return []
  const [from, to] = [first.from.epochMillis, last.to.epochMillis]
  if (firstDue === undefined || lastDue === undefined) return [[from, to]]
  return [
    [from, firstDue.from.epochMillis],
    [lastDue.to.epochMillis, to],
  ]
}

/** The trials of an account's whole ledger; entries and kinds of which nothing happened and nothing was claimed are left out. */
export const of = (
  scenario: Scenario,
  account: TrueAccount,
  entries: ReadonlyArray<Ledger.Entry>,
): ReadonlyArray<Trial> => {
  const lag = (scenario.options.lagSeconds ?? 0) * 1000
  const between = (from: number, to: number) => happenings(scenario, account, from - lag, to - lag)
  const seen = entries.flatMap((entry) => {
    const happened = between(entry.from.epochMillis, entry.to.epochMillis)
    if (happened.length === 0 && entry.events.length === 0) return []
    return kindsOf[entry._tag]
      .map((kind) => trialOf(kind, entry, happened))
      .filter(({ claim, truth }) => truth !== "No" || claim !== "No")
  })
  const unseen = unasked(entries).flatMap(([from, to]) =>
    between(from, to)
      .filter(({ kind }) => kind === "Renewal" || kind === "Payment")
      .map(({ kind }) => ({ kind, truth: "NotAsked", claim: "No", hidden: false, from, to }) as const),
  )
  return [...seen, ...unseen]
}
