/** What the ledger says was used, as every answer has to say it. Nano-dollars as text, times in milliseconds. */

/** Usage of credits or pay as you go: the sum of the lower bounds, what the upper ones add, and how many have none. */
export interface Track {
  readonly lower: string
  readonly hidden: string
  readonly unbounded: number
}

/** Usage of both. */
export interface Sums {
  readonly credits: Track
  readonly payAsYouGo: Track
}

/** What is known of a history that was made. */
export interface Expected {
  readonly count: number
  readonly first: number
  readonly last: number
  readonly all: Sums
  /** A window that begins and ends within days. */
  readonly window: { readonly from: number; readonly to: number; readonly sums: Sums }
  /** Of the first polls, which those keep who keep whole bodies: how many, and {@link naive} of them. */
  readonly part: { readonly count: number; readonly used: number }
}

interface Body {
  readonly monthly_api_credits_remaining_monetary_value: string | number
  readonly stable_api_credits_remaining_monetary_value: string | number
  readonly total_due?: string | number | null
}

/** Dollars used as anybody would count them from bodies: falls of credits and rises of the amount due, in doubles. Bodies oldest first. */
export const naive = (): { readonly take: (body: Body) => void; readonly used: () => number } => {
  let last: readonly [number, number, number] | undefined
  let used = 0
  return {
    take: (body) => {
      const now = [
        Number(body.monthly_api_credits_remaining_monetary_value),
        Number(body.stable_api_credits_remaining_monetary_value),
        -Number(body.total_due ?? 0),
      ] as const
      if (last !== undefined) {
        used += Math.max(0, last[0] - now[0]) + Math.max(0, last[1] - now[1]) + Math.max(0, last[2] - now[2])
      }
      last = now
    },
    used: () => used,
  }
}
