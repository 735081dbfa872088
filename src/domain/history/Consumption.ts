/**
 * The monotone series of usage, rebuilt from the ledger. Rates and forecasts work on it, never on the raw balance, whose refreshes and
 * grants would read as negative use.
 *
 * Two tracks run side by side, because credits are explained between neighbouring snapshots and pay as you go between snapshots that know the
 * amount due. Within an interval usage is taken to run evenly; the shares of an interval always add up to the whole.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import type * as Window from "../time/Window.js"
import * as Assumption from "./Assumption.js"
import * as Estimate from "./Estimate.js"
import * as HiddenUsage from "./HiddenUsage.js"
import type * as Ledger from "./Ledger.js"

/** Usage in `(from, to]`. */
export interface Interval extends Estimate.Estimate {
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
  /** No credits were left at either end. */
  readonly exhausted: boolean
  /** Exhausted, and no pay as you go was charged beside it, so that little use need not mean little demand. */
  readonly censored: boolean
  /** Ends with the newest snapshot, which the API may still correct: the balance lags by seconds to minutes. */
  readonly provisional: boolean
  /** Assumptions of its usage. */
  readonly assumes: ReadonlyArray<Assumption.Assumption>
  /** Pairs of neighbouring snapshots that it covers. */
  readonly snapshots: number
  /** The longest time between two of them, in milliseconds. */
  readonly longestGapMillis: number
}

/** Usage of credits, and pay as you go, both in the order of time and without overlap. */
export interface Consumption {
  readonly credits: ReadonlyArray<Interval>
  readonly payAsYouGo: ReadonlyArray<Interval>
}

/** Usage of one day. */
export interface Day {
  /** The day's date in UTC, `YYYY-MM-DD`. */
  readonly date: string
  readonly usage: Estimate.Estimate
  /** The share of the day that lies between snapshots, 0 to 1. */
  readonly coverage: number
  /** The share of the day in which no credits were left, 0 to 1. */
  readonly exhausted: number
}

const DAY = 86_400_000

const isUsed = ({ expected }: Estimate.Estimate): boolean => Usd.isPositive(expected)

/** Whether pay as you go was used in an interval that overlaps `[from, to)`. */
const paysAsItGoes = (payAsYouGo: ReadonlyArray<Interval>, from: number, to: number): boolean => {
  for (const interval of overlapping(payAsYouGo, from, to)) if (isUsed(interval)) return true
  return false
}

const intervalOf = (span: HiddenUsage.Span, expected: bigint): Interval => {
  const isExact = span.upper === span.lower && expected === span.lower
  const lower = Usd.sumFromNanos(span.lower)
  return {
    from: Timestamp.fromMillis(span.from),
    to: Timestamp.fromMillis(span.to),
    lower,
    expected: isExact ? lower : Usd.sumFromNanos(expected),
    upper: isExact ? Option.some(lower) : Option.map(Option.fromNullable(span.upper), Usd.sumFromNanos),
    exhausted: span.exhausted,
    censored: false,
    provisional: false,
    assumes: span.assumes,
    snapshots: span.snapshots,
    longestGapMillis: span.longestGapMillis,
  }
}

const isExact = ({ parts }: HiddenUsage.Span): boolean => parts.length === 0

/** Whether credits were left all the time of a span, or none of it; a span in which they ran out stays by itself. */
const isUniform = ({ dryMillis, from, to }: HiddenUsage.Span): boolean => dryMillis === 0 || dryMillis === to - from

const both = (a: HiddenUsage.Span, b: HiddenUsage.Span): HiddenUsage.Span =>
  HiddenUsage.exact(
    {
      from: a.from,
      to: b.to,
      assumes: Assumption.union(a.assumes, b.assumes),
      exhausted: a.exhausted,
      dryMillis: a.dryMillis + b.dryMillis,
      snapshots: a.snapshots + b.snapshots,
      longestGapMillis: Math.max(a.longestGapMillis, b.longestGapMillis),
    },
    a.lower + b.lower,
  )

/** The spans of one track; exact neighbours between the same two cuts become one. */
class Track {
  readonly spans: Array<HiddenUsage.Span> = []
  private readonly cuts: ReadonlyArray<number> | undefined
  /** Index of the first cut after the beginning of the last span. */
  private next = 0

  constructor(cuts: ReadonlyArray<number> | undefined) {
    this.cuts = cuts
  }

  add(span: HiddenUsage.Span): void {
    const { cuts, spans } = this
    const last = spans.at(-1)
    if (cuts !== undefined && last !== undefined && this.isBetweenCuts(cuts, last, span)) {
      spans[spans.length - 1] = both(last, span)
      return
    }
    spans.push(span)
    if (cuts !== undefined) while ((cuts[this.next] ?? Number.POSITIVE_INFINITY) <= span.from) this.next++
  }

  private isBetweenCuts(cuts: ReadonlyArray<number>, last: HiddenUsage.Span, span: HiddenUsage.Span): boolean {
    const isJoinable =
      last.to === span.from &&
      // Two snapshots at one time: their span belongs to what ends with it.
      last.from < last.to &&
      isExact(last) &&
      isExact(span) &&
      last.exhausted === span.exhausted &&
      isUniform(last) &&
      isUniform(span)
    return isJoinable && (cuts[this.next] ?? Number.POSITIVE_INFINITY) >= span.to
  }
}

/** Options of a series. */
export interface Options {
  /**
   * Milliseconds since 1970, ascending. Exact neighbours between the same two cuts become one interval, so that a long history is a short series:
   * what is asked of windows between cuts stays exact. Without it every interval stays by itself.
   */
  readonly cuts?: ReadonlyArray<number> | undefined
}

/** Takes in the entries of a ledger one by one, in their order, and retains of each what the series needs: its usage. */
export class Collector {
  private readonly credits: Track
  private readonly payAsYouGo: Track
  private readonly estimator = new HiddenUsage.Estimator()

  constructor({ cuts }: Options = {}) {
    this.credits = new Track(cuts)
    this.payAsYouGo = new Track(cuts)
  }

  /** Takes in the next entry. */
  add(entry: Ledger.Entry): void {
    const span = HiddenUsage.of(entry)
    if (entry._tag === "Pools") this.addCredits(span)
    else this.addPayAsYouGo(span)
  }

  /** Takes in the usage of the credits in the next entry of the pools. */
  addCredits(span: HiddenUsage.Span): void {
    this.estimator.addCredits(span)
    this.credits.add(span)
  }

  /** Takes in the pay as you go of the next entry of the amount due. */
  addPayAsYouGo(span: HiddenUsage.Span): void {
    this.estimator.addPayAsYouGo(span)
    this.payAsYouGo.add(span)
  }

  /** The series of the entries so far. */
  series(): Consumption {
    const payAsYouGo = this.payAsYouGo.spans.map((span) => intervalOf(span, this.estimator.ofPayAsYouGo(span)))
    const { spans } = this.credits
    const credits = spans.map((span, index) => {
      const interval = intervalOf(span, this.estimator.ofCredits(span))
      const censored = span.exhausted && !paysAsItGoes(payAsYouGo, span.from, span.to)
      const provisional = index === spans.length - 1
      return censored || provisional ? { ...interval, censored, provisional } : interval
    })
    return { credits, payAsYouGo }
  }
}

/** The series of a ledger. */
export const fromLedger = (ledger: Ledger.Ledger, options?: Options): Consumption => {
  const collector = new Collector(options)
  for (const entry of ledger) collector.add(entry)
  return collector.series()
}

/** From the first snapshot to the last one; `None` with fewer than two. */
export const seen = (self: Consumption): Option.Option<Window.Window> => {
  const first = self.credits[0]
  const last = self.credits.at(-1)
  return first === undefined || last === undefined || first.from.epochMillis >= last.to.epochMillis
    ? Option.none()
    : Option.some({ from: first.from, to: last.to })
}

/** What a time without snapshots must be longer than to be a gap, whatever their spacing: 36 hours. */
const MIN_GAP_MS = 36 * 3_600_000
/** What it must be longer than too, in median spacings of the snapshots. */
const GAP_SPACINGS = 3

/**
 * Length in milliseconds above which a time without snapshots is a gap: 36 hours, and three times the median spacing of the snapshots where that
 * is longer. Usage across a gap is known in sum, and not by day.
 */
export const maxSpacingMillis = ({ credits }: Consumption): number => {
  const spacings = credits
    .map(({ from, snapshots, to }) => ({ millis: (to.epochMillis - from.epochMillis) / snapshots, snapshots }))
    .sort((a, b) => a.millis - b.millis)
  let rest = spacings.reduce((sum, { snapshots }) => sum + snapshots, 0) / 2
  const median = spacings.find(({ snapshots }) => {
    rest -= snapshots
    return rest <= 0
  })
  return Math.max(MIN_GAP_MS, GAP_SPACINGS * (median?.millis ?? 0))
}

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
    // Two snapshots at one time: their interval has no length, and belongs to what ends with it.
    const isMoment = interval.from.epochMillis === interval.to.epochMillis
    if (isMoment ? interval.to.epochMillis > to : interval.from.epochMillis >= to) return
    yield interval
  }
}

/** Usage over a window, from every pool. */
export interface WindowUsage {
  readonly usage: Estimate.Estimate
  /** Time of the window that lies between snapshots. */
  readonly coveredMillis: number
  /** Time of the window in which no credits were left. */
  readonly exhaustedMillis: number
  /** The longest time between two snapshots that reaches into the window. */
  readonly longestGapMillis: number
  /** Pairs of neighbouring snapshots that reach into the window. */
  readonly snapshots: number
  /** Assumptions of the usage. */
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** Usage over a window. */
export const over = (self: Consumption, window: Window.Window): WindowUsage => {
  const [from, to] = [window.from.epochMillis, window.to.epochMillis]
  let usage = Estimate.zero
  let coveredMillis = 0
  let exhaustedMillis = 0
  let longestGapMillis = 0
  let snapshots = 0
  let assumes = Assumption.none
  for (const interval of overlapping(self.credits, from, to)) {
    usage = Estimate.add(usage, share(interval, from, to))
    assumes = Assumption.union(assumes, interval.assumes)
    const millis = Math.min(to, interval.to.epochMillis) - Math.max(from, interval.from.epochMillis)
    coveredMillis += millis
    longestGapMillis = Math.max(longestGapMillis, interval.longestGapMillis)
    if (interval.exhausted) exhaustedMillis += millis
    snapshots += interval.snapshots
  }
  for (const interval of overlapping(self.payAsYouGo, from, to)) {
    usage = Estimate.add(usage, share(interval, from, to))
    assumes = Assumption.union(assumes, interval.assumes)
  }
  return { usage, coveredMillis, exhaustedMillis, longestGapMillis, snapshots, assumes }
}

/**
 * Usage of each of the last `count` spans of 24 hours that end at `now`, oldest first; spans before the first snapshot are left out. Each is
 * named by the UTC date in which most of it lies.
 */
export const lastDays = (self: Consumption, now: Timestamp.Timestamp, count: number): ReadonlyArray<Day> => {
  const first = self.credits[0]?.from.epochMillis ?? Number.POSITIVE_INFINITY
  const days: Array<Day> = []
  for (let back = count; back > 0; back--) {
    const from = now.epochMillis - back * DAY
    if (from < first) continue
    const window = { from: Timestamp.fromMillis(from), to: Timestamp.fromMillis(from + DAY) }
    const { coveredMillis, exhaustedMillis, usage } = over(self, window)
    const date = new Date(from + DAY / 2).toISOString().slice(0, 10)
    days.push({ date, usage, coverage: coveredMillis / DAY, exhausted: exhaustedMillis / DAY })
  }
  return days
}
