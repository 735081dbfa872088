/** What the events of an entry say, summed up by kind, in nano-dollars. */
import type * as Amount from "../../src/domain/history/Amount.js"
import type { LedgerEvent } from "../../src/domain/history/LedgerEvent.js"

/** Bounds in nano-dollars; `upper` is `undefined` where nothing bounds it. */
export interface Bounds {
  readonly lower: bigint
  readonly upper: bigint | undefined
}

/** What is summed up. */
export type Kind = "Monthly" | "Stable" | "PayAsYouGo" | "Refresh" | "Expiry" | "Grant" | "Payment" | "Renewal"

export const none: Bounds = { lower: 0n, upper: 0n }

const NANOS = 10_000_000n

export const ofCents = (cents: number): bigint => BigInt(cents) * NANOS

const kindOf = (event: LedgerEvent): Kind | undefined => {
  switch (event._tag) {
    case "Usage":
      return event.pool
    case "Charge":
      return event.kind === "Usage" ? undefined : "Renewal"
    case "PlanChange":
    case "Correction":
      return undefined
    default:
      return event._tag
  }
}

const ofAmount = (amount: Amount.Amount): Bounds =>
  amount._tag === "Exact"
    ? { lower: amount.usd.value, upper: amount.usd.value }
    : { lower: amount.lower.value, upper: amount.upper._tag === "Some" ? amount.upper.value.value : undefined }

export const add = (a: Bounds, b: Bounds): Bounds => ({
  lower: a.lower + b.lower,
  upper: a.upper === undefined || b.upper === undefined ? undefined : a.upper + b.upper,
})

/** Sums by kind; kinds without an event are absent. */
export const of = (events: ReadonlyArray<LedgerEvent>): Partial<Record<Kind, Bounds>> => {
  const sums: Partial<Record<Kind, Bounds>> = {}
  for (const event of events) {
    const kind = kindOf(event)
    if (kind !== undefined) sums[kind] = add(sums[kind] ?? none, ofAmount(event.amount))
  }
  return sums
}

export const isExact = ({ lower, upper }: Bounds): boolean => lower === upper

export const contains = ({ lower, upper }: Bounds, nanos: bigint): boolean =>
  lower <= nanos && (upper === undefined || nanos <= upper)

const text = (nanos: bigint): string => (Number(nanos) / 1e9).toFixed(2)

/** "1.20", "1.20 to 3.00" or "1.20 on". */
export const show = (bounds: Bounds): string => {
  if (bounds.upper === undefined) return `${text(bounds.lower)} on`
  return isExact(bounds) ? text(bounds.lower) : `${text(bounds.lower)} to ${text(bounds.upper)}`
}
