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

const MINUTE = 60_000
const DAY = 86_400_000
const LEAP_SECOND = 60
const MOST_DECIMALS = 9

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** The number that `count` digits from `at` on make; `NaN` where one of them is none. */
const digits = (text: string, at: number, count: number): number => {
  let number = 0
  for (let index = at; index < at + count; index++) {
    const code = text.charCodeAt(index)
    if (!isDigit(code)) return Number.NaN
    number = 10 * number + (code - 48)
  }
  return number
}

const isWithin = (number: number, least: number, most: number): boolean => number >= least && number <= most

const daysIn = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

const PLUS = 43
const DASH = 45
const POINT = 46
const COLON = 58
const T = 84
const Z = 90

/** Whether the letter `upper`, in either case, stands at `at`. */
const isLetter = (text: string, at: number, upper: number): boolean => (text.charCodeAt(at) & ~32) === upper

/** Milliseconds that the zone which begins at `at` and ends the text is ahead of UTC; `NaN` where it is none. */
const zoneOffset = (text: string, at: number): number => {
  if (isLetter(text, at, Z)) return text.length === at + 1 ? 0 : Number.NaN
  const sign = text.charCodeAt(at)
  const hours = digits(text, at + 1, 2)
  const minutes = digits(text, at + 4, 2)
  const isWritten = (sign === DASH || sign === PLUS) && text.charCodeAt(at + 3) === COLON && text.length === at + 6
  if (!isWritten || !isWithin(hours, 0, 23) || !isWithin(minutes, 0, 59)) return Number.NaN
  return (sign === DASH ? -1 : 1) * (60 * hours + minutes) * MINUTE
}

/**
 * Milliseconds since 1970 of an RFC 3339 date-time; `NaN` when the text is none or the date does not exist. That count has no leap seconds:
 * one (23:59:60 in UTC) is read as the second after it.
 */
export const parseMillis = (text: string): number => {
  const isPunctuated =
    text.charCodeAt(4) === DASH &&
    text.charCodeAt(7) === DASH &&
    isLetter(text, 10, T) &&
    text.charCodeAt(13) === COLON &&
    text.charCodeAt(16) === COLON
  if (!isPunctuated) return Number.NaN
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 2)
  const day = digits(text, 8, 2)
  const hour = digits(text, 11, 2)
  const minute = digits(text, 14, 2)
  const second = digits(text, 17, 2)
  if (!isWithin(hour, 0, 23) || !isWithin(minute, 0, 59) || !isWithin(second, 0, LEAP_SECOND)) return Number.NaN
  if (!(year >= 100) || !isWithin(month, 1, 12) || !isWithin(day, 1, day > 28 ? daysIn(year, month) : 28))
    return Number.NaN
  let zone = 19
  let millis = 0
  if (text.charCodeAt(zone) === POINT) {
    const from = ++zone
    while (isDigit(text.charCodeAt(zone))) zone++
    const decimals = zone - from
    if (!isWithin(decimals, 1, MOST_DECIMALS)) return Number.NaN
    millis = decimals < 3 ? digits(text, from, decimals) * (decimals === 1 ? 100 : 10) : digits(text, from, 3)
  }
  const at = Date.UTC(year, month - 1, day, hour, minute, second, millis) - zoneOffset(text, zone)
  // Only the last minute of a UTC day has one.
  if (second === LEAP_SECOND && (at - millis) % DAY !== 0) return Number.NaN
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

/** Whether a value is a point in time of these years: its text reads back. */
export const isTimestamp = (u: unknown): u is Timestamp =>
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
