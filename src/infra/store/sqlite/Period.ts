/**
 * The UTC hours and days that the store works in. Both begin after their first moment and hold their last one, `(start, end]`, as a pair of
 * looks explains `(A, B]`: polls on the hour close the hour that they look back on.
 */

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** Numbers before and after every day with looks. */
export const BEFORE_ALL = -100_000_001
export const AFTER_ALL = 100_000_001

/** The number of the hour since 1970 that a time in milliseconds lies in. */
export const hourOf = (millis: number): number => Math.ceil(millis / HOUR) - 1

/** The number of the day since 1970 that a time in milliseconds lies in. */
export const dayOf = (millis: number): number => Math.ceil(millis / DAY) - 1

/** The last moment before an hour, in milliseconds. */
export const hourStart = (hour: number): number => hour * HOUR

/** The last moment before a day, in milliseconds. */
export const dayStart = (day: number): number => day * DAY

/** The date of a day, `YYYY-MM-DD`. */
export const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10)
