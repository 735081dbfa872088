/** What the simulator knows of the span of a ledger entry. */
import type * as Ledger from "../../src/domain/history/Ledger.js"
import type { TruthEvent } from "../../src/testing/AccountSimulator.js"
import type { Scenario } from "./Scenario.js"
import type { TrueAccount } from "./TrueAccount.js"

/** How often each kind of event happened, and what it summed up to in cents. */
export type Happened = Readonly<Record<TruthEvent["_tag"], { readonly count: number; readonly cents: number }>>

/** The truth of an entry's span, in cents. */
export interface Facts {
  readonly monthly: number
  readonly stable: number
  readonly payAsYouGo: number
  readonly events: ReadonlyArray<TruthEvent>
  readonly happened: Happened
  readonly expired: number
  /** The plan became another. */
  readonly changed: boolean
  /** A month's first lies in the span of an account whose refreshes are not announced. */
  readonly unannouncedFirst: boolean
  /** A refresh that neither an announcement nor a rise nor a month's first shows, a grant that no rise, or a payment that no fall shows. */
  readonly hidden: boolean
}

/** Whether the bodies tell when the monthly credits are refreshed: announced, or up to two days after a month's first. */
export const isTold = ({ options: { lagSeconds: shownLate = 0, plan, refresh } }: Scenario): boolean => {
  if (refresh === null || refresh === undefined || refresh.announced !== false) return true
  const { day = 1, hour = 0, minute = 0, lagSeconds = 0 } = refresh
  const late = shownLate + lagSeconds + 60 * (minute + 60 * hour)
  return plan.price.type !== "contract" && day === 1 && late <= 172_800
}

const happenedIn = (events: ReadonlyArray<TruthEvent>): Happened => {
  const count = { Refresh: 0, Grant: 0, Renewal: 0, Invoice: 0, Payment: 0 }
  const cents = { Refresh: 0, Grant: 0, Renewal: 0, Invoice: 0, Payment: 0 }
  for (const event of events) {
    count[event._tag]++
    cents[event._tag] += event._tag === "Refresh" ? event.grantedCents : event.cents
  }
  const of = (tag: TruthEvent["_tag"]) => ({ count: count[tag], cents: cents[tag] })
  return {
    Refresh: of("Refresh"),
    Grant: of("Grant"),
    Renewal: of("Renewal"),
    Invoice: of("Invoice"),
    Payment: of("Payment"),
  }
}

const nothing = happenedIn([])

const firstOfNextMonth = (t: number): number => {
  const date = new Date(t)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)
}

/** Whether an entry takes a payment for none where no fall shows it. */
const restsOnPayments = ({ assumes, events }: Ledger.Entry): boolean =>
  assumes.includes("PaymentsShow") || events.some((event) => event.assumes.includes("PaymentsShow"))

const isHidden = (entry: Ledger.Entry, happened: Happened, unannounced: boolean, hiddenUntil: number): boolean => {
  if (entry._tag !== "Pools" && entry.from.epochMillis < hiddenUntil) return true
  switch (entry._tag) {
    case "Pools":
      return (
        (happened.Grant.count > 0 && entry.stable.closing.value <= entry.stable.opening.value) ||
        (happened.Payment.count > 0 && restsOnPayments(entry)) ||
        (happened.Refresh.count > 0 && unannounced && entry.monthly.closing.value <= entry.monthly.opening.value)
      )
    case "Due":
      return happened.Payment.count > 0 && entry.due.closing.value >= entry.due.opening.value
    case "NotAsked":
      return false
  }
}

/** The truth of an entry's span, as late as the bodies show it; `hiddenUntil`: the end of the last entry that a grant hid in. */
export const of = (scenario: Scenario, account: TrueAccount, entry: Ledger.Entry, hiddenUntil: number): Facts => {
  const lag = (scenario.options.lagSeconds ?? 0) * 1000
  const [from, to] = [entry.from.epochMillis - lag, entry.to.epochMillis - lag]
  const usage = account.usageBetween(from, to)
  const events = account.eventsBetween(from, to)
  const happened = events.length === 0 ? nothing : happenedIn(events)
  const unannounced = scenario.options.refresh?.announced === false || scenario.options.refresh === null
  const changed = scenario.change !== undefined && scenario.change.at > from && scenario.change.at <= to
  const unannouncedFirst = unannounced && firstOfNextMonth(entry.from.epochMillis) <= entry.to.epochMillis
  return {
    monthly: usage.monthlyCents,
    stable: usage.stableCents,
    payAsYouGo: usage.payAsYouGoCents,
    events,
    happened,
    expired: events.reduce((sum, event) => sum + (event._tag === "Refresh" ? event.expiredCents : 0), 0),
    changed,
    unannouncedFirst,
    hidden: isHidden(entry, happened, (unannounced || changed) && !unannouncedFirst, hiddenUntil),
  }
}
