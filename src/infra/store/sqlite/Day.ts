/** A UTC day of an account: its counts, its sums of usage, and a checksum of its looks. */
import * as Checksum from "./Checksum.js"
import * as SumColumns from "./SumColumns.js"
import * as Tally from "./Tally.js"

/** Whether a day's sums are those of its rows; if not, what is to be done. */
export const Pending = { nothing: 0, explain: 1, arrange: 2 } as const

/** A row of `day`. */
export interface Row extends SumColumns.SumColumns {
  readonly day: bigint
  readonly looks: bigint
  readonly first_at: bigint
  readonly last_at: bigint
  readonly assumes: bigint
  readonly is_open: bigint
  readonly checksum: bigint
  readonly pending: bigint
  readonly frozen: bigint | null
}

/** A day as it is written. */
export interface Day {
  readonly day: number
  looks: number
  firstAt: number
  lastAt: number
  /** `undefined` where an int64 did not hold the sums. */
  tally: Tally.Tally | undefined
  assumes: number
  isOpen: boolean
  checksum: Checksum.Checksum
  pending: number
}

/** A day before its first look, which is at a time. */
export const beginning = (day: number, at: number): Day => ({
  day,
  looks: 0,
  firstAt: at,
  lastAt: at,
  tally: Tally.empty,
  assumes: 0,
  isOpen: false,
  checksum: Checksum.empty,
  pending: Pending.nothing,
})

/** A day from its row. */
export const fromRow = (row: Row): Day => ({
  day: Number(row.day),
  looks: Number(row.looks),
  firstAt: Number(row.first_at),
  lastAt: Number(row.last_at),
  tally: SumColumns.tallyOf(row),
  assumes: Number(row.assumes),
  isOpen: row.is_open === 1n,
  checksum: Checksum.fromInt64(row.checksum),
  pending: Number(row.pending),
})

/** Counts a look in. */
export const count = (day: Day, { observedAt }: { readonly observedAt: number }, sum: Checksum.Checksum): void => {
  day.looks++
  day.firstAt = Math.min(day.firstAt, observedAt)
  day.lastAt = Math.max(day.lastAt, observedAt)
  day.checksum = Checksum.add(day.checksum, sum)
}
