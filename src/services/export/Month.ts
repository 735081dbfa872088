/** Calendar months UTC, which a history is parted by. */
import * as Timestamp from "../../domain/time/Timestamp.js"

/** A calendar month: `[from, to)`. */
export interface Month {
  /** `2026-11`. */
  readonly name: string
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
}

const MONTHS = 12

/** The month that a point in time lies in. */
export const of = (time: Timestamp.Timestamp): Month => {
  const date = new Date(time.epochMillis)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
  const next = month + 1
  const from = Timestamp.fromMillis(Date.UTC(year, month))
  const to = Timestamp.fromMillis(next === MONTHS ? Date.UTC(year + 1, 0) : Date.UTC(year, next))
  return { name: Timestamp.format(from).slice(0, "2026-11".length), from, to }
}
