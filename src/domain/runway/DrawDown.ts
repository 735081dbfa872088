/**
 * What is left of both pools as usage is drawn and refreshes come. Forecast arithmetic: doubles, in dollars. A pool below zero is a debt: what is
 * left in all is the sum of both.
 */

/** Both pools, either of which may be below zero. */
export interface Pools {
  readonly monthly: number
  readonly stable: number
}

/** What is left of both pools together, 0 or more. */
export const left = ({ monthly, stable }: Pools): number => Math.max(0, monthly + stable)

/** What is left of the monthly credits, 0 or more: less what pays a debt of the stable ones. */
export const monthlyLeft = ({ monthly, stable }: Pools): number => Math.max(0, Math.min(monthly, monthly + stable))

/** The pools after `usd` dollars of usage, monthly credits first, and what of it they did not cover. */
export const draw = (
  { monthly, stable }: Pools,
  usd: number,
): { readonly pools: Pools; readonly uncovered: number } => {
  const covered = Math.min(usd, left({ monthly, stable }))
  const fromMonthly = Math.min(Math.max(0, monthly), covered)
  return {
    pools: { monthly: monthly - fromMonthly, stable: stable - (covered - fromMonthly) },
    uncovered: usd - covered,
  }
}

/** The pools after a refresh, which sets the monthly credits to the allowance, a debt included. */
export const refresh = ({ stable }: Pools, allowance: number): Pools => ({ monthly: allowance, stable })
