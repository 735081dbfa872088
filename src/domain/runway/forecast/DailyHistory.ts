import { at } from "./Vector.js"

/** Use on one calendar day. */
export interface Day {
  /** `YYYY-MM-DD`. */
  readonly date: string
  /** Dollars that were used in the observed part of the day, 0 or more. */
  readonly usd: number
  /** The part of the day that is observed, above 0 and up to 1. @default 1 */
  readonly share?: number | undefined
  /** Little was used because nothing was left to use, so that the day says nothing of demand: it counts as not observed. @default false */
  readonly censored?: boolean | undefined
}

/** The known days that a forecast looks at: parallel arrays, oldest first, dates that are not observed skipped. */
export interface DailyHistory {
  /** Known days. */
  readonly length: number
  /** Calendar days that are not observed, from the first known day to the last entry. */
  readonly missing: number
  /** The largest amount, in dollars; 0 when nothing was used. */
  readonly scale: number
  /** Use as a fraction of `scale`, so that no sum overflows and no ratio underflows. */
  readonly use: ReadonlyArray<number>
  /** Weekday of each day: 0 is Sunday. */
  readonly weekday: ReadonlyArray<number>
  /** Calendar days between each day and the last entry. */
  readonly age: ReadonlyArray<number>
}

/** Days further back than this count for nothing. */
const LOOK_BACK_DAYS = 365

/** Far beyond any account, and far below where sums of amounts lose their meaning. */
const LARGEST_USD = 1e12

const MILLIS_PER_DAY = 86_400_000

/** Days since 1970-01-01, or a `RangeError`. */
const dayNumber = (date: string, index: number): number => {
  const millis = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(millis) || new Date(millis).toISOString().slice(0, 10) !== date) {
    throw new RangeError(`days[${index}].date is ${JSON.stringify(date)}: give a day of the calendar as YYYY-MM-DD`)
  }
  return millis / MILLIS_PER_DAY
}

const checkAmount = ({ share = 1, usd }: Day, index: number): void => {
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`days[${index}].share is ${share}: give the observed part of the day, above 0 and up to 1`)
  }
  if (!(Number.isFinite(usd) && usd >= 0 && usd <= LARGEST_USD)) {
    throw new RangeError(`days[${index}].usd is ${usd}: give the dollars used that day, from 0 to ${LARGEST_USD}`)
  }
}

const checkOrder = (days: ReadonlyArray<Day>, numbers: ReadonlyArray<number>): void => {
  for (let i = 1; i < numbers.length; i++) {
    const step = at(numbers, i) - at(numbers, i - 1)
    if (step > 0) continue
    const date = JSON.stringify(days[i]?.date)
    throw new RangeError(
      step === 0
        ? `days[${i}].date repeats ${date}: add the amounts of a day up to one entry`
        : `days[${i}].date is ${date}, before the entry in front of it: sort days by date, oldest first`,
    )
  }
}

/** Checks every day and keeps the last year of them; throws a `RangeError` that says what to mend. */
export const fromDays = (days: ReadonlyArray<Day>): DailyHistory => {
  const numbers = days.map(({ date }, index) => dayNumber(date, index))
  days.forEach(checkAmount)
  checkOrder(days, numbers)

  const last = numbers.at(-1) ?? 0
  const known = days.flatMap(({ censored = false, share = 1, usd }, index) => {
    const number = at(numbers, index)
    return censored || last - number >= LOOK_BACK_DAYS ? [] : [{ number, usd: usd / share }]
  })
  const kept = known.map(({ number }) => number)
  const usd = known.map((day) => day.usd)
  const scale = Math.max(0, ...usd)
  return {
    length: kept.length,
    missing: kept.length === 0 ? 0 : last - at(kept, 0) + 1 - kept.length,
    scale,
    use: scale === 0 ? usd : usd.map((amount) => amount / scale),
    // 1970-01-01 was a Thursday; the second % 7 is for days before it.
    weekday: kept.map((number) => (((number + 4) % 7) + 7) % 7),
    age: kept.map((number) => last - number),
  }
}
