/** How long credits last at a steady rate, across refreshes. Forecast arithmetic: numbers of dollars and days, not money. */

/** Days until the refresh that begins a cycle, and what it sets the monthly credits to. */
export interface Cycle {
  readonly startsInDays: number
  readonly allowance: number
}

/** What is left now, and the refreshes to come in order. */
export interface Supply {
  readonly monthly: number
  readonly stable: number
  readonly refreshes: ReadonlyArray<Cycle>
}

/**
 * Days until nothing is left of either pool for the first time, when usage runs at `perDay` dollars: monthly credits are drawn first,
 * a refresh sets them to the allowance, stable credits cover the rest. `Infinity` when that does not happen before the last refresh
 * of `refreshes`, or at no use.
 */
export const days = (supply: Supply, perDay: number): number => {
  if (!(perDay > 0)) return Number.POSITIVE_INFINITY
  let monthly = Math.max(0, supply.monthly)
  let stable = Math.max(0, supply.stable)
  let start = 0
  for (const { allowance, startsInDays } of supply.refreshes) {
    const demand = perDay * (startsInDays - start)
    if (demand > monthly + stable) return start + (monthly + stable) / perDay
    stable -= Math.max(0, demand - monthly)
    monthly = allowance
    start = startsInDays
  }
  return supply.refreshes.length === 0 ? (monthly + stable) / perDay : Number.POSITIVE_INFINITY
}
