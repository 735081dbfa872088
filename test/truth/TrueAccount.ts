/** A simulated account whose plan may change on the way: two simulated accounts of one id, one after the other. */
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"

type Simulated = AccountSimulator.SimulatedAccount

/** What the laws ask of an account. Spans are `(from, to]` in milliseconds, amounts whole cents. */
export type TrueAccount = Pick<Simulated, "usageBetween" | "eventsBetween" | "stateAt" | "bodyAt">

/** The plan becomes another at `at`. What was due is paid then; `sets`: monthly credits are set to the new plan's allowance at once. */
export interface PlanChange {
  readonly at: number
  readonly plan: AccountSimulator.Plan
  readonly sets: boolean
}

/** What to simulate. */
export interface Setup {
  readonly options: AccountSimulator.Options & { readonly plan: AccountSimulator.Plan }
  readonly change: PlanChange | undefined
}

const turn = (before: Simulated, after: Simulated, sets: boolean): ReadonlyArray<AccountSimulator.TruthEvent> => {
  const at = before.options.to
  const left = before.stateAt(at)
  const grantedCents = after.options.openingMonthlyCents
  return [
    ...(left.dueCents > 0 ? [{ _tag: "Payment", at, cents: left.dueCents, invoice: 0 } as const] : []),
    ...(sets ? [{ _tag: "Refresh", at, scheduledAt: at, expiredCents: left.monthlyCents, grantedCents } as const] : []),
  ]
}

/** A body of the account after the change, which the server wrote at the change at the earliest. */
const updatedSince = (at: number, body: string): string =>
  body.replace(/("updated_at":\s*")([^"]*)"/, (whole, key: string, updated: string) =>
    Date.parse(updated) < at ? `${key}${new Date(at).toISOString()}"` : whole,
  )

const joined = (before: Simulated, after: Simulated, sets: boolean): TrueAccount => {
  const at = before.options.to
  const between = turn(before, after, sets)
  const lag = before.options.lagSeconds * 1000
  return {
    stateAt: (t) => (t < at ? before : after).stateAt(t),
    bodyAt: (t, options) => (t - lag < at ? before.bodyAt(t, options) : updatedSince(at, after.bodyAt(t, options))),
    eventsBetween: (from, to) => [
      ...before.eventsBetween(from, to),
      ...(from < at && at <= to ? between : []),
      ...after.eventsBetween(from, to),
    ],
    usageBetween: (from, to) => {
      if (to <= at) return before.usageBetween(from, to)
      const [a, b] = [before.usageBetween(from, to), after.usageBetween(from, to)]
      return {
        monthlyCents: a.monthlyCents + b.monthlyCents,
        stableCents: a.stableCents + b.stableCents,
        payAsYouGoCents: a.payAsYouGoCents + b.payAsYouGoCents,
        totalCents: a.totalCents + b.totalCents,
        refusedCents: a.refusedCents + b.refusedCents,
      }
    },
  }
}

/** Simulates the account. */
export const make = ({ change, options }: Setup): TrueAccount => {
  if (change === undefined) return AccountSimulator.simulate(options)
  const before = AccountSimulator.simulate({ ...options, to: change.at })
  const { monthlyCents, stableCents } = before.stateAt(change.at)
  const after = AccountSimulator.simulate({
    ...options,
    from: change.at,
    plan: change.plan,
    id: before.id,
    openingMonthlyCents: change.sets ? change.plan.monthlyAllowanceCents : monthlyCents,
    openingStableCents: stableCents,
  })
  return joined(before, after, change.sets)
}
