/**
 * Points in time: `DateTime.Utc` with milliseconds, read from RFC 3339 text.
 *
 * Stricter than `Schema.DateTimeUtc`, which turns 30 February into 2 March: a date must exist and carry a zone. Digits past the
 * millisecond are cut off; offsets are turned to UTC.
 */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"

/** A point in time with milliseconds, in UTC. */
export type Timestamp = DateTime.Utc

/** The first and the last millisecond that are read and written: years of four digits, from 100 on (`Date.UTC` takes 99 for 1999). */
const FIRST = Date.UTC(100, 0, 1)
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/

const MINUTE = 60_000

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

/** Milliseconds since 1970 of an RFC 3339 date-time; `NaN` when the text is none or the date does not exist. */
export const parseMillis = (text: string): number => {
  const match = RFC_3339.exec(text)
  if (match === null) return Number.NaN
  const year = Number(match[1])
  const month = Number(match[2])
  const day = Number(match[3])
  const hour = Number(match[4])
  const minute = Number(match[5])
  const second = Number(match[6])
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return Number.NaN
  if (year < 100 || (day > 28 && day > daysIn(year, month))) return Number.NaN
  const fraction = match[7]
  const millis = fraction === undefined ? 0 : Number(fraction.slice(0, 3).padEnd(3, "0"))
  const offsetHours = Number(match[9] ?? 0)
  const offsetMinutes = Number(match[10] ?? 0)
  if (offsetHours > 23 || offsetMinutes > 59) return Number.NaN
  const offset = (offsetHours * 60 + offsetMinutes) * MINUTE
  const at = Date.UTC(year, month - 1, day, hour, minute, second, millis) - (match[8] === "-" ? -offset : offset)
  return at >= FIRST && at <= LAST ? at : Number.NaN
}

/** A point in time from RFC 3339 text with a zone; `None` when the text is none or the date does not exist. */
export const fromText = (text: string): Option.Option<Timestamp> => {
  const millis = parseMillis(text)
  return Number.isNaN(millis) ? Option.none() : Option.some(DateTime.unsafeMake(millis))
}

/**
 * A point in time from RFC 3339 text.
 *
 * @throws RangeError where {@link fromText} gives `None`.
 */
export const unsafeFromText = (text: string): Timestamp =>
  Option.getOrThrowWith(
    fromText(text),
    () =>
      new RangeError(`${JSON.stringify(text)} is no time: write RFC 3339 with a zone, such as 2025-05-08T23:03:21Z`),
  )

/** A point in time from milliseconds since 1970. */
export const fromMillis = (millis: number): Timestamp => DateTime.unsafeMake(millis)

/** RFC 3339 in UTC with milliseconds: `2025-05-08T23:03:21.704Z`. */
export const format = (self: Timestamp): string => DateTime.formatIso(self)

const isTimestamp = (u: unknown): u is Timestamp =>
  DateTime.isDateTime(u) && DateTime.isUtc(u) && u.epochMillis >= FIRST && u.epochMillis <= LAST

/** The domain's points in time, values only: those of the years 100 to 9999, whose text reads back. */
export const Timestamp: Schema.Schema<Timestamp> = Schema.declare(isTimestamp, {
  identifier: "Timestamp",
  description: "A point in time with milliseconds, from the year 100 to 9999",
  jsonSchema: { type: "string", format: "date-time" },
  arbitrary: () => (fc) => fc.integer({ min: FIRST, max: LAST }).map(fromMillis),
  equivalence: () => DateTime.Equivalence,
  pretty: () => format,
})

/** RFC 3339 text with a zone to a point in time and back. */
export const FromText: Schema.Schema<Timestamp, string> = Schema.transformOrFail(
  Schema.String.annotations({ title: "Rfc3339", jsonSchema: { type: "string", format: "date-time" } }),
  Timestamp,
  {
    strict: true,
    decode: (text, _, ast) =>
      Either.fromOption(
        fromText(text),
        () =>
          new ParseResult.Type(
            ast,
            text,
            "expected an existing date and time with a zone, such as 2025-05-08T23:03:21Z",
          ),
      ),
    encode: (at) => Either.right(format(at)),
  },
).annotations({ identifier: "TimestampText" })
