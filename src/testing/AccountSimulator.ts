/**
 * A simulated Zoo account: calls, refreshes, grants, renewals, invoices and payments over a span of time, with everything
 * that happened known to the cent. It is the truth that the ledger and the forecasts are tested against, so it computes in
 * whole cents by itself and on purpose shares no code with them. It has no clock, and no randomness but the seed.
 */
import * as Billing from "./simulator/Billing.js"
import type { Pools } from "./simulator/Draw.js"
import type { Options } from "./simulator/Options.js"
import * as Settings from "./simulator/Settings.js"
import * as Timeline from "./simulator/Timeline.js"
import type { Call, State, TruthEvent } from "./simulator/Truth.js"
import * as Usage from "./simulator/Usage.js"
import * as WireBody from "./simulator/WireBody.js"

export type { Grant } from "./simulator/Grants.js"
export type { Options, Refresh } from "./simulator/Options.js"
export type { Plan, PlanName } from "./simulator/Plan.js"
export { plans } from "./simulator/Plan.js"
export type { Settings } from "./simulator/Settings.js"
export type { Call, State, TruthEvent } from "./simulator/Truth.js"
export type { Demand } from "./simulator/Usage.js"
export type { BodyOptions } from "./simulator/WireBody.js"

/** What the calls of a span cost, in whole cents. */
export interface UsageTotals extends Pools {
  /** The sum of the three pools. */
  readonly totalCents: number
  /** What the calls that found no credits would have cost; in no pool, and not in the total. */
  readonly refusedCents: number
}

/** An account and all that happened to it. Times are milliseconds since the epoch, spans are `(from, to]`. */
export interface SimulatedAccount {
  /** The options with every default filled in. */
  readonly options: Settings.Settings
  /** The user's UUID. */
  readonly id: string
  readonly email: string
  /** The UUID of the user's organization. */
  readonly organizationId: string
  /** Oldest first. Refused ones are among them. */
  readonly calls: ReadonlyArray<Call>
  /** Oldest first, in the order in which they took effect. */
  readonly events: ReadonlyArray<TruthEvent>
  /** The account after all that happened at or before `t`; outside the simulated span the opening or the closing state. O(log n). */
  readonly stateAt: (t: number) => State
  /** What calls in `(from, to]` cost; nothing where `to` is not after `from`. O(log n). */
  readonly usageBetween: (from: number, to: number) => UsageTotals
  /** The events in `(from, to]`, oldest first. */
  readonly eventsBetween: (from: number, to: number) => ReadonlyArray<TruthEvent>
  /** The customer balance that the API would answer at `t`, late by `lagSeconds`: JSON text of the newest revision. */
  readonly bodyAt: (t: number, options: WireBody.BodyOptions) => string
  /** The answer of `GET /user`: JSON text with `id`, `email`, `allow_pay_as_you_go`. */
  readonly userBody: string
  /** The answer of `GET /user/org` and `GET /org`: JSON text with `id`. */
  readonly orgBody: string
}

const usageOf = (calls: ReadonlyArray<Call>): SimulatedAccount["usageBetween"] => {
  const times = Float64Array.from(calls, (call) => call.at)
  const monthly = Timeline.totals(calls.map((call) => call.monthlyCents))
  const stable = Timeline.totals(calls.map((call) => call.stableCents))
  const payAsYouGo = Timeline.totals(calls.map((call) => call.payAsYouGoCents))
  const refused = Timeline.totals(calls.map((call) => call.refusedCents))
  return (from, to) => {
    const start = Timeline.countUntil(times, from)
    const end = Math.max(start, Timeline.countUntil(times, to))
    const between = (totals: Float64Array): number => (totals[end] ?? 0) - (totals[start] ?? 0)
    const monthlyCents = between(monthly)
    const stableCents = between(stable)
    const payAsYouGoCents = between(payAsYouGo)
    const totalCents = monthlyCents + stableCents + payAsYouGoCents
    return { monthlyCents, stableCents, payAsYouGoCents, totalCents, refusedCents: between(refused) }
  }
}

const eventsOf = (events: ReadonlyArray<TruthEvent>): SimulatedAccount["eventsBetween"] => {
  const times = Float64Array.from(events, (event) => event.at)
  return (from, to) => events.slice(Timeline.countUntil(times, from), Timeline.countUntil(times, to))
}

const stateOf = ([opening, ...changed]: Billing.Outcome["states"]): SimulatedAccount["stateAt"] => {
  const times = Float64Array.from(changed, (state) => state.updatedAt)
  return (t) => changed[Timeline.countUntil(times, t) - 1] ?? opening
}

/**
 * Simulates an account. The same options give the same account, and a later `to` only adds to its end. Without options but a
 * seed and a span it is an account of a `pro` plan whose monthly credits run out before most refreshes, with stable credits
 * to cover the rest and pay as you go behind them. Throws a `RangeError` that names an option that is out of range.
 *
 * @example
 * import { AccountSimulator } from "zoo-runway/testing"
 *
 * const from = Date.UTC(2026, 5, 5)
 * const to = Date.UTC(2026, 7, 4)
 * const account = AccountSimulator.simulate({ seed: 1, from, to, plan: "plus", payAsYouGo: false })
 * const body = account.bodyAt(to, { includeTotalDue: true })
 * const spent = account.usageBetween(from, to).totalCents
 */
export const simulate = (options: Options): SimulatedAccount => {
  const settings = Settings.resolve(options)
  const { seed, from, to, dailyCents } = settings
  const demands =
    settings.calls?.filter(({ at }) => at > from && at <= to).sort((a, b) => a.at - b.at) ??
    Usage.demand(seed, dailyCents, from, to)
  const { calls, events, states } = Billing.run(settings, demands)
  const stateAt = stateOf(states)
  const print = WireBody.printer(settings)
  return {
    options: settings,
    id: settings.id,
    email: settings.email,
    organizationId: settings.organizationId,
    calls,
    events,
    stateAt,
    usageBetween: usageOf(calls),
    eventsBetween: eventsOf(events),
    bodyAt: (t, body) => print(stateAt(t - settings.lagSeconds * 1_000), body),
    userBody: WireBody.user(settings),
    orgBody: WireBody.organization(settings),
  }
}
