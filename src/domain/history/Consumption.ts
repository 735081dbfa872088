/**
 * The monotone series of usage, rebuilt from the ledger. Rates and forecasts work on it, never on the raw balance, whose refreshes and
 * grants would read as negative use.
 *
 * Two tracks run side by side, because credits are explained between neighbouring looks and pay as you go between looks that know the
 * amount due. Within an interval usage is taken to run evenly; the shares of an interval always add up to the whole.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import type * as Window from "../time/Window.js"
import * as Amount from "./Amount.js"
import * as Assumption from "./Assumption.js"
import * as Estimate from "./Estimate.js"
import * as HiddenUsage from "./HiddenUsage.js"
import type * as Ledger from "./Ledger.js"

/**
 * Usage in `(from, to]`.
 *
 * `exhausted`: no credits were left at either end. `censored`: exhausted, and no pay as you go was seen beside it, so that little use need not
 * mean little demand. `provisional`: it ends with the newest look, which the API may still correct: the balance lags by seconds to minutes.
 */
export interface Interval extends Estimate.Estimate {
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
  readonly exhausted: boolean
  readonly censored: boolean
  readonly provisional: boolean
  /** What its usage takes for granted. */
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** Usage of credits, and pay as you go, both in the order of time and without overlap. */
export interface Consumption {
  readonly credits: ReadonlyArray<Interval>
  readonly payAsYouGo: ReadonlyArray<Interval>
}

/** Usage of one day, with the share of it that lies between looks, and the share in which no credits were left; both 0 to 1. */
export interface Day {
  /** The day's date in UTC, `YYYY-MM-DD`. */
  readonly date: string
  readonly usage: Estimate.Estimate
  readonly seen: number
  readonly exhausted: number
}

const DAY = 86_400_000

const intervalOf = (usage: HiddenUsage.Usage, expected: Usd.Usd | undefined, exhausted: boolean): Interval => ({
  from: Timestamp.fromMillis(usage.from),
  to: Timestamp.fromMillis(usage.to),
  lower: Amount.lower(usage.amount),
  expected: expected ?? Amount.lower(usage.amount),
  upper: Amount.upper(usage.amount),
  exhausted,
  censored: false,
  provisional: false,
  assumes: usage.assumes,
})

const isUsed = ({ expected }: Estimate.Estimate): boolean => Usd.isPositive(expected)

/** Whether pay as you go was used in an interval that overlaps `[from, to)`. */
const paysAsItGoes = (payAsYouGo: ReadonlyArray<Interval>, from: number, to: number): boolean => {
  for (const interval of overlapping(payAsYouGo, from, to)) if (isUsed(interval)) return true
  return false
}

const marked = (credits: ReadonlyArray<Interval>, payAsYouGo: ReadonlyArray<Interval>): ReadonlyArray<Interval> =>
  credits.map((interval, index) => ({
    ...interval,
    censored: interval.exhausted && !paysAsItGoes(payAsYouGo, interval.from.epochMillis, interval.to.epochMillis),
    provisional: index === credits.length - 1,
  }))

/** Takes in the entries of a ledger one by one, in their order, and keeps of each what the series needs: its usage. */
export class Collector {
  private readonly credits: Array<HiddenUsage.CreditsUsage> = []
  private readonly payAsYouGo: Array<HiddenUsage.Usage> = []

  /** Takes in the next entry. */
  add(entry: Ledger.Entry): void {
    if (entry._tag === "Pools") this.credits.push(HiddenUsage.ofCredits(entry))
    else this.payAsYouGo.push(HiddenUsage.of(entry, true))
  }

  /** The series of the entries so far. */
  series(): Consumption {
    const { credits, payAsYouGo } = this
    const expected = HiddenUsage.expected(credits, payAsYouGo)
    const drawn = credits.map((usage, index) => intervalOf(usage, expected.credits[index], usage.exhausted))
    const charged = payAsYouGo.map((usage, index) => intervalOf(usage, expected.payAsYouGo[index], false))
    return { credits: marked(drawn, charged), payAsYouGo: charged }
  }
}

/** The series of a ledger. */
export const fromLedger = (ledger: Ledger.Ledger): Consumption => {
  const collector = new Collector()
  for (const entry of ledger) collector.add(entry)
  return collector.series()
}

/** From the first look to the last one; `None` with fewer than two. */
export const seen = (self: Consumption): Option.Option<Window.Window> => {
  const first = self.credits[0]
  const last = self.credits.at(-1)
  return first === undefined || last === undefined || first.from.epochMillis >= last.to.epochMillis
    ? Option.none()
    : Option.some({ from: first.from, to: last.to })
}

/** A time without looks, and what was used in it. */
export interface Gap extends Window.Window {
  readonly usage: Estimate.Estimate
}

/** The times in which nobody looked for longer than `millis`, oldest first. What was used in them is known; when, is not. */
export const gaps = (self: Consumption, millis: number): ReadonlyArray<Gap> =>
  self.credits
    .filter(({ from, to }) => to.epochMillis - from.epochMillis > millis)
    .map(({ from, to }) => ({ from, to, usage: over(self, { from, to }).usage }))

/** What an interval had used by `at`, evenly over its time: differences of it add up to the whole. */
const usedBy = (interval: Interval, at: number): Usd.Usd => {
  const [from, to] = [interval.from.epochMillis, interval.to.epochMillis]
  if (at >= to) return interval.expected
  if (at <= from) return Usd.zero
  return Usd.scaleBy(interval.expected, BigInt(at - from), BigInt(to - from), "Floor")
}

/** The share of an interval in `[from, to)`: whole where it lies within; a part may hold all of its usage or none. */
const share = (interval: Interval, from: number, to: number): Estimate.Estimate => {
  if (interval.from.epochMillis >= from && interval.to.epochMillis <= to) return interval
  return {
    lower: Usd.min(Usd.zero, interval.lower),
    expected: Usd.subtract(usedBy(interval, to), usedBy(interval, from)),
    upper: Option.map(interval.upper, (upper) => Usd.max(Usd.zero, upper)),
  }
}

const overlapping = function* (track: ReadonlyArray<Interval>, from: number, to: number): Iterable<Interval> {
  const first = HiddenUsage.firstIndex(track.length, (index) => (track[index] as Interval).to.epochMillis > from)
  for (let index = first; index < track.length; index++) {
    const interval = track[index] as Interval
    // Two looks at one time: their interval has no length, and belongs to what ends with it.
    const isMoment = interval.from.epochMillis === interval.to.epochMillis
    if (isMoment ? interval.to.epochMillis > to : interval.from.epochMillis >= to) return
    yield interval
  }
}

/**
 * Usage over a window, from every pool, with the time of it that was seen, that was without credits and that was active (something was used),
 * the longest time without a look and the count of intervals that reach into it, and what all that takes for granted.
 */
export const over = (self: Consumption, window: Window.Window) => {
  const [from, to] = [window.from.epochMillis, window.to.epochMillis]
  let usage = Estimate.zero
  let seenMillis = 0
  let exhaustedMillis = 0
  let activeMillis = 0
  let longestGapMillis = 0
  let looks = 0
  let assumes = Assumption.none
  for (const interval of overlapping(self.credits, from, to)) {
    usage = Estimate.add(usage, share(interval, from, to))
    assumes = Assumption.union(assumes, interval.assumes)
    const millis = Math.min(to, interval.to.epochMillis) - Math.max(from, interval.from.epochMillis)
    seenMillis += millis
    longestGapMillis = Math.max(longestGapMillis, interval.to.epochMillis - interval.from.epochMillis)
    if (interval.exhausted) exhaustedMillis += millis
    const isActive =
      isUsed(interval) ||
      (interval.exhausted && paysAsItGoes(self.payAsYouGo, interval.from.epochMillis, interval.to.epochMillis))
    if (isActive) activeMillis += millis
    looks++
  }
  for (const interval of overlapping(self.payAsYouGo, from, to)) {
    usage = Estimate.add(usage, share(interval, from, to))
    assumes = Assumption.union(assumes, interval.assumes)
  }
  return { usage, seenMillis, exhaustedMillis, activeMillis, longestGapMillis, looks, assumes }
}

/**
 * Usage of each of the last `count` spans of 24 hours that end at `now`, oldest first; spans before the first look are left out. Each is
 * named by the UTC date in which most of it lies.
 */
export const lastDays = (self: Consumption, now: Timestamp.Timestamp, count: number): ReadonlyArray<Day> => {
  const first = self.credits[0]?.from.epochMillis ?? Number.POSITIVE_INFINITY
  const days: Array<Day> = []
  for (let back = count; back > 0; back--) {
    const from = now.epochMillis - back * DAY
    if (from < first) continue
    const window = { from: Timestamp.fromMillis(from), to: Timestamp.fromMillis(from + DAY) }
    const { exhaustedMillis, seenMillis, usage } = over(self, window)
    const date = new Date(from + DAY / 2).toISOString().slice(0, 10)
    days.push({ date, usage, seen: seenMillis / DAY, exhausted: exhaustedMillis / DAY })
  }
  return days
}
