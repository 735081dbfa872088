/** UTC days and months. Times are milliseconds since the epoch; a month is numbered `12 * year + month - 1`. */

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/** A moment of every month: on `day` (1 to 31, the last day of months that are shorter), `time` ms after midnight. */
export interface Monthly {
  readonly day: number
  readonly time: number
}

/** The number of the month that holds `t`. */
export const monthOf = (t: number): number => {
  const date = new Date(t)
  return 12 * date.getUTCFullYear() + date.getUTCMonth()
}

const daysIn = (month: number): number => new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).getUTCDate()

/** When `monthly` happens in a month. */
export const occurrence = (monthly: Monthly, month: number): number =>
  Date.UTC(Math.floor(month / 12), month % 12, Math.min(monthly.day, daysIn(month))) + monthly.time

/** The first month in which `monthly` happens after `t`. */
export const monthAfter = (monthly: Monthly, t: number): number => {
  const month = monthOf(t)
  return occurrence(monthly, month) > t ? month : month + 1
}

/** All times of `monthly` in `(from, to]`, oldest first. */
export const occurrences = (monthly: Monthly, from: number, to: number): ReadonlyArray<number> => {
  const times: Array<number> = []
  for (let month = monthAfter(monthly, from); occurrence(monthly, month) <= to; month++) {
    times.push(occurrence(monthly, month))
  }
  return times
}
