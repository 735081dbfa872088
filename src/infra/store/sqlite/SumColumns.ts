/** The columns that hold sums of usage, in rows of looks as in days. */
import type { Tally, Track } from "./Tally.js"

const INT64 = 2n ** 63n

/** A sum as it is kept: `null` past an int64. */
export const kept = (sum: bigint): bigint | null => (sum < INT64 && sum >= -INT64 ? sum : null)

/** What the rows of tracks have in common. */
export interface SumColumns {
  readonly credits_lower: bigint | null
  readonly credits_hidden: bigint | null
  readonly credits_unbounded: bigint
  readonly paygo_lower: bigint | null
  readonly paygo_hidden: bigint | null
  readonly paygo_unbounded: bigint
}

const track = (lower: bigint | null, hidden: bigint | null, unbounded: bigint): Track | undefined =>
  lower === null || hidden === null ? undefined : { lower, hidden, unbounded: Number(unbounded) }

/** The sums of a row; `undefined` where an int64 did not hold them. */
export const tallyOf = (row: SumColumns): Tally | undefined => {
  const credits = track(row.credits_lower, row.credits_hidden, row.credits_unbounded)
  const payAsYouGo = track(row.paygo_lower, row.paygo_hidden, row.paygo_unbounded)
  return credits === undefined || payAsYouGo === undefined ? undefined : { credits, payAsYouGo }
}

/** Whether the sums are those of a tally. */
export const holds = (row: SumColumns, tally: Tally): boolean =>
  row.credits_lower === kept(tally.credits.lower) &&
  row.credits_hidden === kept(tally.credits.hidden) &&
  Number(row.credits_unbounded) === tally.credits.unbounded &&
  row.paygo_lower === kept(tally.payAsYouGo.lower) &&
  row.paygo_hidden === kept(tally.payAsYouGo.hidden) &&
  Number(row.paygo_unbounded) === tally.payAsYouGo.unbounded

/** The values of a tally, in the order of {@link NAMES}. */
export const valuesOf = ({ credits, payAsYouGo }: Tally): ReadonlyArray<bigint | number | null> => [
  kept(credits.lower),
  kept(credits.hidden),
  credits.unbounded,
  kept(payAsYouGo.lower),
  kept(payAsYouGo.hidden),
  payAsYouGo.unbounded,
]

/** The values of sums that an int64 does not hold. */
export const UNKNOWN: ReadonlyArray<bigint | number | null> = [null, null, 0, null, null, 0]

/** The names of the columns. */
export const NAMES = [
  "credits_lower",
  "credits_hidden",
  "credits_unbounded",
  "paygo_lower",
  "paygo_hidden",
  "paygo_unbounded",
] as const satisfies ReadonlyArray<keyof SumColumns>
