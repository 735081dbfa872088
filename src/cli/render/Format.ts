/** Money, times and spans for people. */
import * as Option from "effect/Option"
import type * as Estimate from "../../domain/history/Estimate.js"
import * as Usd from "../../domain/money/Usd.js"
import type * as Distribution from "../../domain/runway/Distribution.js"
import type * as Runway from "../../domain/runway/Runway.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as Output from "../Output.js"

/** An amount to the cent. */
export const money = (usd: Usd.Usd): string => Usd.formatCents(usd)

/** A forecast amount to the cent. */
export const dollars = (amount: number): string => amount.toFixed(2)

const MAX_TEXT = 80

/** A text that came from elsewhere as a cell of a table or a word of a sentence: on one line, and cut where it is long. */
export const text = (foreign: string): string =>
  Output.printable(foreign).replaceAll("\n", Output.REPLACEMENT).slice(0, MAX_TEXT)

/** `1.20`, or `1.20 (1.00 to 3.00)` where the bounds do not meet; where nothing bounds it above, `at least 1.20` or `1.20 (at least 1.00)`. */
const between = (expected: string, lower: string, upper: string | null): string => {
  if (lower === upper) return expected
  if (upper !== null) return `${expected} (${lower} to ${upper})`
  return lower === expected ? `at least ${lower}` : `${expected} (at least ${lower})`
}

/** An amount with its bounds, to the cent. */
export const estimate = ({ expected, lower, upper }: Estimate.Estimate): string =>
  between(money(expected), money(lower), Option.match(upper, { onNone: () => null, onSome: money }))

/** Bounds to the last digit: `1.20`, `0.00 to 5.00` or `at least 3.00`. */
export const bounds = (lower: Usd.Usd, upper: Option.Option<Usd.Usd>): string => {
  if (Option.isNone(upper)) return `at least ${Usd.format(lower)}`
  return Usd.Equivalence(lower, upper.value) ? Usd.format(lower) : `${Usd.format(lower)} to ${Usd.format(upper.value)}`
}

interface Rate {
  readonly lower: number
  readonly expected: number
  readonly upper: number | null
}

/** A rate in dollars with its bounds, to the cent. */
export const rate = ({ expected, lower, upper }: Rate): string =>
  between(dollars(expected), dollars(lower), upper === null ? null : dollars(upper))

/** A rate in credits to the whole one: the expected one, or the least where nothing bounds it above. */
export const credits = ({ expected, lower, upper }: Rate): string =>
  upper === null ? `at least ${lower.toFixed(0)}` : expected.toFixed(0)

/** `80 %: 1.20 to 3.40`: the narrowest interval of a forecast amount; nothing where it has none. */
export const interval = ({ intervals: [band] }: Distribution.Distribution): string => {
  if (band === undefined) return ""
  const level = `${Math.round(band.level * 100)} %`
  return band.upper === null
    ? `${level}: at least ${dollars(band.lower)}`
    : `${level}: ${dollars(band.lower)} to ${dollars(band.upper)}`
}

/** `80 %: Mon 7 Dec to later`: the days on which credits run out. */
export const daysOf = (
  {
    earliest,
    latest,
    level,
  }: Pick<Extract<Runway.Runway, { readonly _tag: "RunsOut" }>, "earliest" | "latest" | "level">,
  times: Times,
): string => {
  const [first, last] = [earliest, latest].map((at) => (at === null ? "later" : times.day(at)))
  return `${Math.round(level * 100)} %: ${first === last ? `on ${last}` : `${first} to ${last}`}`
}

/** Dates and times in one zone. */
export interface Times {
  /** `Thu 27 Nov`, or `27 Nov 2027` where the year is another one than now's. */
  readonly day: (at: Timestamp.Timestamp) => string
  /** `Thu 27 Nov 2026 14:05 UTC`. */
  readonly moment: (at: Timestamp.Timestamp) => string
  /** `2026-11-27 14:05`, where a table has no room for more; its heading names the zone. */
  readonly stamp: (at: Timestamp.Timestamp) => string
}

/** Formats in a time zone, as seen from `now`. */
export const times = (zone: string, now: Timestamp.Timestamp): Times => {
  const format = (options: Intl.DateTimeFormatOptions) => {
    const formatter = new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options })
    return (at: Timestamp.Timestamp) => formatter.format(at.epochMillis).replaceAll(",", "")
  }
  const year = format({ year: "numeric" })
  const short = format({ weekday: "short", day: "numeric", month: "short" })
  const long = format({ day: "numeric", month: "short", year: "numeric" })
  const clock = format({
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    timeZoneName: "short",
  })
  const swedish = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" })
  return {
    day: (at) => (year(at) === year(now) ? short(at) : long(at)),
    moment: clock,
    stamp: (at) => swedish.format(at.epochMillis),
  }
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A span in its two largest units: `8 d 9 h`, `3 h 20 min`, `40 s`. */
export const span = (millis: number): string => {
  if (millis < MINUTE) return `${Math.max(0, Math.round(millis / 1000))} s`
  const [unit, name, smaller, smallerName] =
    millis >= DAY ? ([DAY, "d", HOUR, "h"] as const) : ([HOUR, "h", MINUTE, "min"] as const)
  const large = Math.floor(millis / unit)
  const small = Math.floor((millis % unit) / smaller)
  return [large > 0 ? `${large} ${name}` : "", small > 0 ? `${small} ${smallerName}` : ""].filter(Boolean).join(" ")
}

/** A number with what is counted: `1 snapshot`, `2 snapshots`, `2 entries`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

/** A share of a whole: `97 %`, below a tenth `0.9 %`. Never rounded up. */
export const share = (of: number): string =>
  of > 0 && of < 0.1 ? `${(Math.floor(of * 1000) / 10).toFixed(1)} %` : `${Math.floor(of * 100)} %`

/** A forecast's probability, never certain: `4 %`, `< 1 %`, `> 99 %`. */
export const chance = (probability: number): string => {
  if (probability < 0.01) return "< 1 %"
  return probability > 0.99 ? "> 99 %" : `${Math.round(probability * 100)} %`
}
