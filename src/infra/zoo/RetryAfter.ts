/**
 * The header `Retry-After` (RFC 9110, 10.2.3): whole seconds, or a date in one of the three forms that are to be read (5.6.7). A date
 * must exist, and have the right day of the week. Anything else is no value: a wait is not guessed from a damaged header.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Timestamp from "../../domain/time/Timestamp.js"

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

const SHORT_DAY = `(?<weekday>${DAYS.map((day) => day.slice(0, 3)).join("|")})`
const LONG_DAY = `(?<weekday>${DAYS.join("|")})`
const MONTH = `(?<month>${MONTHS.join("|")})`
const DAY = "(?<day>\\d\\d)"
const YEAR = "(?<year>\\d{4})"
const TIME = "(?<time>\\d\\d:\\d\\d:\\d\\d)"

/** `Sun, 06 Nov 1994 08:49:37 GMT`, the form that is sent today. */
const IMF_FIXDATE = new RegExp(`^${SHORT_DAY}, ${DAY} ${MONTH} ${YEAR} ${TIME} GMT$`)
/** `Sunday, 06-Nov-94 08:49:37 GMT`. */
const RFC_850 = new RegExp(`^${LONG_DAY}, ${DAY}-${MONTH}-(?<year>\\d\\d) ${TIME} GMT$`)
/** `Sun Nov  6 08:49:37 1994`, which is in GMT too. */
const ASCTIME = new RegExp(`^${SHORT_DAY} ${MONTH} (?<day>\\d\\d| \\d) ${TIME} ${YEAR}$`)

type Parts = Readonly<Record<string, string>>

/** Milliseconds since 1970 of a date's parts in a year; `NaN` when the date does not exist. */
const inYear = ({ day = "", month = "", time }: Parts, year: number): number => {
  const monthNumber = String(MONTHS.indexOf(month) + 1).padStart(2, "0")
  return Timestamp.parseMillis(`${String(year).padStart(4, "0")}-${monthNumber}-${day.replace(" ", "0")}T${time}Z`)
}

const FIFTY_YEARS = 50

/** Two digits of a year mean the last year that ends in them and is not, to the second, more than 50 years after `now`. */
const withinFiftyYears = (parts: Parts, now: Timestamp.Timestamp): number => {
  const latest = new Date(now.epochMillis)
  latest.setUTCFullYear(latest.getUTCFullYear() + FIFTY_YEARS)
  const last = latest.getUTCFullYear()
  const year = last - ((last - Number(parts["year"])) % 100)
  const millis = inYear(parts, year)
  return millis > latest.getTime() ? inYear(parts, year - 100) : millis
}

/** Milliseconds since 1970; `NaN` when the text is no date, or the day of the week is wrong. */
const dateMillis = (text: string, now: Timestamp.Timestamp): number => {
  const whole = (IMF_FIXDATE.exec(text) ?? ASCTIME.exec(text))?.groups
  const short = whole === undefined ? RFC_850.exec(text)?.groups : undefined
  const parts = whole ?? short
  if (parts === undefined) return Number.NaN
  const millis = whole === undefined ? withinFiftyYears(parts, now) : inYear(parts, Number(parts["year"]))
  return DAYS[new Date(millis).getUTCDay()]?.startsWith(parts["weekday"] ?? "") ? millis : Number.NaN
}

const SECONDS = /^\d+$/
const AROUND = /^[ \t]+|[ \t]+$/g

/**
 * How long to wait from `now` on, 0 for a date that has passed, at most the largest safe integer in milliseconds; `None` when the text is neither seconds nor a
 * date.
 */
export const parse = (text: string, now: Timestamp.Timestamp): Option.Option<Duration.Duration> => {
  const value = text.replace(AROUND, "")
  if (SECONDS.test(value)) return Option.some(Duration.millis(Math.min(1_000 * Number(value), Number.MAX_SAFE_INTEGER)))
  const millis = dateMillis(value, now)
  return Number.isNaN(millis) ? Option.none() : Option.some(Duration.millis(Math.max(0, millis - now.epochMillis)))
}
