/**
 * The header `Retry-After` (RFC 9110, 10.2.3): whole seconds, or a date in the one form that may be sent today (IMF-fixdate,
 * `Sun, 06 Nov 1994 08:49:37 GMT`). Anything else is no value: a wait is not guessed from a damaged header.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Timestamp from "../../domain/time/Timestamp.js"

const SECONDS = /^\d+$/
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
const IMF_FIXDATE = new RegExp(
  `^(${DAYS.join("|")}), (\\d\\d) (${MONTHS.join("|")}) (\\d{4}) (\\d\\d:\\d\\d:\\d\\d) GMT$`,
)

/** Milliseconds since 1970 of an IMF-fixdate; `NaN` when the text is none, the date does not exist or the day of the week is wrong. */
const dateMillis = (text: string): number => {
  const match = IMF_FIXDATE.exec(text)
  if (match === null) return Number.NaN
  const [, weekday, day, month = "", year, time] = match
  const monthNumber = String(MONTHS.indexOf(month) + 1).padStart(2, "0")
  const millis = Timestamp.parseMillis(`${year}-${monthNumber}-${day}T${time}Z`)
  return DAYS[new Date(millis).getUTCDay()] === weekday ? millis : Number.NaN
}

/** How long to wait from `now` on, 0 for a date that has passed; `None` when the text is neither seconds nor an IMF-fixdate. */
export const parse = (text: string, now: Timestamp.Timestamp): Option.Option<Duration.Duration> => {
  const value = text.trim()
  if (SECONDS.test(value)) return Option.some(Duration.seconds(Number(value)))
  const millis = dateMillis(value)
  return Number.isNaN(millis) ? Option.none() : Option.some(Duration.millis(Math.max(0, millis - now.epochMillis)))
}
