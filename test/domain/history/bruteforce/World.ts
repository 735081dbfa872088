/**
 * The rules of the API as a transition system in whole units of money. Nothing here is shared with the ledger.
 *
 * A balance has two parts that move by themselves, the pools of credits and the amount due. One action is of both: a unit of pay as you go is
 * drawn only when both pools are empty, and raises the amount due.
 */

/** What is left of either pool. */
export interface Pools {
  readonly monthly: number
  readonly stable: number
}

export type PoolAction = "UseMonthly" | "UseStable" | "PayAsYouGo" | "Refresh" | "Grant"
export type DueAction = "PayAsYouGo" | "Renewal" | "Payment"
export type Action = PoolAction | DueAction

/** What may happen in a span. How often refreshes and renewals may happen is counted over a run, not by a state. */
export interface Rules {
  readonly allowance: number
  readonly price: number
  readonly grants: boolean
  readonly payments: boolean
}

/** What can happen next to the pools: usage draws on monthly credits first, then stable ones, then pay as you go. */
export const poolSteps = (
  { monthly, stable }: Pools,
  { allowance, grants }: Rules,
): ReadonlyArray<readonly [PoolAction, Pools]> => {
  const use: readonly [PoolAction, Pools] =
    monthly > 0
      ? ["UseMonthly", { monthly: monthly - 1, stable }]
      : stable > 0
        ? ["UseStable", { monthly, stable: stable - 1 }]
        : ["PayAsYouGo", { monthly, stable }]
  const refresh = ["Refresh", { monthly: allowance, stable }] as const
  return grants ? [use, refresh, ["Grant", { monthly, stable: stable + 1 }]] : [use, refresh]
}

/** What can happen next to the amount due. A payment of more is several of one unit. */
export const dueSteps = (due: number, { payments, price }: Rules): ReadonlyArray<readonly [DueAction, number]> => {
  const rises: ReadonlyArray<readonly [DueAction, number]> = [
    ["PayAsYouGo", due + 1],
    ["Renewal", due + price],
  ]
  return payments && due > 0 ? [...rises, ["Payment", due - 1]] : rises
}

/** A whole balance. */
export interface Balance extends Pools {
  readonly due: number
}

/** What can happen next to a balance: either part moves by itself, or both at once by a unit of pay as you go. */
export const steps = (balance: Balance, rules: Rules): ReadonlyArray<readonly [Action, Balance]> => {
  const ofPools = poolSteps(balance, rules)
  const ofDue = dueSteps(balance.due, rules)
  const byThemselves = [
    ...ofPools.flatMap(([action, pools]) =>
      action === "PayAsYouGo" ? [] : [[action, { ...balance, ...pools }] as const],
    ),
    ...ofDue.flatMap(([action, due]) => (action === "PayAsYouGo" ? [] : [[action, { ...balance, due }] as const])),
  ]
  const both = ofPools.flatMap(([action, pools]) =>
    action === "PayAsYouGo"
      ? ofDue.flatMap(([same, due]) => (same === action ? [[action, { ...pools, due }] as const] : []))
      : [],
  )
  return [...byThemselves, ...both]
}

/** Renewals are a month apart, and no month is shorter than 28 days. */
export const mostRenewals = (days: number): number => Math.floor(days / 28) + 1
