/** Calendar arithmetic: days of a time zone, and months counted from an anchor day. All of it that the analysis uses is here. */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Timestamp from "./Timestamp.js"

/** A time zone: a value of Effect's, or an IANA name such as `Europe/Berlin`, or an offset such as `+03:00`. */
export type Zone = DateTime.TimeZone | string

const DAY = 86_400_000

/** Coordinated Universal Time, the zone where none is given. */
export const UTC: DateTime.TimeZone = DateTime.zoneMakeOffset(0)

/** A name that no time zone has. */
export class InvalidZone extends Schema.TaggedError<InvalidZone>("zoo-runway/InvalidZone")("InvalidZone", {
  zone: Schema.String,
}) {
  override get message(): string {
    return `unknown time zone ${JSON.stringify(this.zone)} (examples: UTC, Europe/Berlin, +03:00)`
  }
}

/** Finds the time zone of a name; a zone is returned as it is. */
export const parseZone = (zone: Zone): Either.Either<DateTime.TimeZone, InvalidZone> => {
  if (typeof zone !== "string") return Either.right(zone)
  if (zone === "UTC") return Either.right(UTC)
  return Either.fromOption(
    Option.filter(DateTime.zoneFromString(zone), (of) => of._tag === "Named" || Math.abs(of.offset) < DAY),
    () => new InvalidZone({ zone }),
  )
}

/**
 * The time zone of a name; a zone is returned as it is.
 *
 * @throws RangeError when no zone has that name.
 */
export const zoneOf = (zone: Zone): DateTime.TimeZone =>
  Either.getOrThrowWith(parseZone(zone), ({ message }) => new RangeError(message))

/** The name of a zone: `UTC`, `Europe/Berlin`, `+03:00`. */
export const nameOf = (zone: DateTime.TimeZone): string =>
  zone._tag === "Offset" && zone.offset === 0 ? "UTC" : DateTime.zoneToString(zone)

/** A calendar day of a zone: `[from, to)`, from its midnight to the next one, 23 to 25 hours apart. */
export interface Day {
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
}

/** The first moment of a date in a zone, in milliseconds since 1970; `midnight` is that of the date in UTC. */
const startOf = (midnight: number, zone: DateTime.TimeZone): number => {
  if (zone._tag === "Offset") return midnight - zone.offset
  const date = new Date(midnight)
  const parts = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
  return DateTime.unsafeMakeZoned(parts, { timeZone: zone, adjustForTimeZone: true }).epochMillis
}

/** The UTC midnight of the date that a moment has in a zone, in milliseconds since 1970. */
const midnightOf = (at: Timestamp.Timestamp, zone: DateTime.TimeZone): number => {
  const local =
    zone._tag === "Offset" ? at.epochMillis + zone.offset : DateTime.toDate(DateTime.setZone(at, zone)).getTime()
  return Math.floor(local / DAY) * DAY
}

const dateOf = (midnight: number): string => new Date(midnight).toISOString().slice(0, 10)

/**
 * The calendar days of a zone that overlap `[from, to)`, oldest first, without a gap between them. A date that a zone skipped is left out.
 *
 * @throws RangeError when no zone has the name.
 */
export const days = (from: Timestamp.Timestamp, to: Timestamp.Timestamp, zone: Zone = UTC): ReadonlyArray<Day> => {
  const of = zoneOf(zone)
  const found: Array<Day> = []
  let midnight = midnightOf(from, of)
  let start = startOf(midnight, of)
  while (start < to.epochMillis) {
    const end = startOf(midnight + DAY, of)
    if (end > start) {
      found.push({ date: dateOf(midnight), from: Timestamp.fromMillis(start), to: Timestamp.fromMillis(end) })
    }
    midnight += DAY
    start = end
  }
  return found
}

/** The calendar day of a zone that a moment lies in, or the one `before` days earlier. */
export const dayAt = (at: Timestamp.Timestamp, zone: Zone = UTC, before = 0): Day => {
  const of = zoneOf(zone)
  const midnight = midnightOf(at, of) - before * DAY
  return {
    date: dateOf(midnight),
    from: Timestamp.fromMillis(startOf(midnight, of)),
    to: Timestamp.fromMillis(startOf(midnight + DAY, of)),
  }
}

/** Lengths of calendar periods: days, weeks from Monday on, months. */
export type Period = "day" | "week" | "month"

const MONDAY = 1

const begins = (period: Period, date: string): boolean => {
  switch (period) {
    case "day":
      return true
    case "week":
      return new Date(date).getUTCDay() === MONDAY
    case "month":
      return date.endsWith("-01")
  }
}

/**
 * The moments within `(from, to)` at which a period of the zone's calendar begins, oldest first.
 *
 * @throws RangeError when no zone has the name.
 */
export const beginnings = (
  period: Period,
  from: Timestamp.Timestamp,
  to: Timestamp.Timestamp,
  zone: Zone = UTC,
): ReadonlyArray<Timestamp.Timestamp> =>
  days(from, to, zone)
    .filter((day) => begins(period, day.date) && day.from.epochMillis > from.epochMillis)
    .map((day) => day.from)

/** The day of the month in UTC, 1 to 31. */
export const dayOfMonth = (at: Timestamp.Timestamp): number => new Date(at.epochMillis).getUTCDate()

const lastDayOf = (year: number, month: number): number => new Date(Date.UTC(year, month + 1, 0)).getUTCDate()

/** Whether a moment lies on the last day of its month in UTC. */
export const isLastOfMonth = (at: Timestamp.Timestamp): boolean => {
  const date = new Date(at.epochMillis)
  return date.getUTCDate() === lastDayOf(date.getUTCFullYear(), date.getUTCMonth())
}

/**
 * The same time of day `months` later, on the `anchor` day of that month, or on its last day where the month is shorter: the month after
 * 28 February is 28 March, and 31 March where the anchor is 31. Dates are in UTC.
 *
 * @default anchor the day of the month of `at`
 */
export const addMonths = (at: Timestamp.Timestamp, months: number, anchor = dayOfMonth(at)): Timestamp.Timestamp => {
  const date = new Date(at.epochMillis)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const timeOfDay = at.epochMillis - Date.UTC(year, date.getUTCMonth(), date.getUTCDate())
  return Timestamp.fromMillis(Date.UTC(year, month, Math.min(anchor, lastDayOf(year, month))) + timeOfDay)
}

/** The first day, 00:00 UTC, of the calendar month of a moment, or of the month so many months later. */
export const firstOfMonth = (at: Timestamp.Timestamp, months = 0): Timestamp.Timestamp => {
  const date = new Date(at.epochMillis)
  return Timestamp.fromMillis(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1))
}

/** By how many calendar months UTC the month of `to` is later than that of `from`. */
export const monthsBetween = (from: Timestamp.Timestamp, to: Timestamp.Timestamp): number => {
  const [a, b] = [new Date(from.epochMillis), new Date(to.epochMillis)]
  return (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth()
}

/** A calendar month UTC: `[from, to)`. */
export interface Month {
  /** `2026-11`. */
  readonly name: string
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
}

/** The calendar month UTC that a moment lies in. */
export const monthOf = (at: Timestamp.Timestamp): Month => {
  const from = firstOfMonth(at)
  return { name: Timestamp.format(from).slice(0, "2026-11".length), from, to: firstOfMonth(at, 1) }
}
