/**
 * The monotone series of usage, rebuilt from the ledger. Rates and forecasts work on it, never on the raw balance, whose refreshes and
 * grants would read as negative use.
 *
 * Two tracks run side by side, because credits are explained between neighbouring snapshots and pay as you go between snapshots that know the
 * amount due. Within an interval usage is taken to run evenly; the shares of an interval always add up to the whole.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Calendar from "../time/Calendar.js"
import * as Timestamp from "../time/Timestamp.js"
import type * as Window from "../time/Window.js"
import * as Amount from "./Amount.js"
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
  /** Exhausted, without usage or a charge of pay as you go, which need not mean that there was no demand. */
  readonly censored: boolean
  /** The time in which no credits were left, in milliseconds: half of it where they ran out or came in the interval. 0 for pay as you go. */
  readonly dryMillis: number
  /** The part of `dryMillis` without usage or a charge of pay as you go. */
  readonly censoredMillis: number
  /** Longer than any usual time between snapshots: its usage is known in sum, and not by day. False for pay as you go. */
  readonly gap: boolean
  /** Ends with the newest snapshot, which the API may still correct: the balance lags by seconds to minutes. */
  readonly provisional: boolean
  /** Assumptions of its usage. */
  readonly assumes: ReadonlyArray<Assumption.Assumption>
  /** Pairs of neighbouring snapshots that it covers. */
  readonly snapshots: number
  /** The longest time between two of them, in milliseconds. */
  readonly longestGapMillis: number
  /** Where its expected usage lies, if not evenly in all of it: milliseconds since 1970, and nano-dollars. The rest is even. */
  readonly parts?: ReadonlyArray<{ readonly from: number; readonly to: number; readonly nanos: bigint }> | undefined
}

/** Monthly credits set anew, in `(from, to]`. */
export interface Refresh {
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
  /** When it likely was: the announced time, or the first of the month, where it lies within; else `to`. */
  readonly at: Timestamp.Timestamp
  /** By a refresh, or by a change of the plan. */
  readonly by: "Refresh" | "PlanChange"
  /** What the monthly credits were set to at least. */
  readonly allowance: Usd.Usd
}

/** A charge for the plan, in `(from, to]`: one that the amount due shows, or likely holds. */
export interface Renewal {
  readonly from: Timestamp.Timestamp
  readonly to: Timestamp.Timestamp
  readonly usd: Usd.Usd
}

/** Usage of credits, and pay as you go, both in the order of time and without overlap; and the refreshes, renewals and changes of plan that the history shows. */
export interface Consumption {
  readonly credits: ReadonlyArray<Interval>
  readonly payAsYouGo: ReadonlyArray<Interval>
  /** Certain refreshes, oldest first. */
  readonly refreshes: ReadonlyArray<Refresh>
  /** Oldest first. */
  readonly renewals: ReadonlyArray<Renewal>
  /** When a snapshot showed another plan than the one before it, oldest first. */
  readonly planChanges: ReadonlyArray<Timestamp.Timestamp>
}

/** Usage of one calendar day. */
export interface Day extends Calendar.Day {
  /** Usage of the day up to the end of what is asked for; without an upper bound where nothing of the day is observed. */
  readonly usage: Estimate.Estimate
  /** The part of `usage` that lies in covered time. */
  readonly coveredUsage: Estimate.Estimate
  /** The share of the whole day that lies between snapshots and in no gap, 0 to 1. */
  readonly coverage: number
  /** The share of the whole day in which no credits were left, 0 to 1. */
  readonly exhausted: number
  /** The share of the whole day in which no credits were left and nothing was charged either, 0 to 1. */
  readonly censored: number
  /** The day was over at the end of what is asked for. */
  readonly complete: boolean
}

const isUsed = ({ expected }: Estimate.Estimate): boolean => Usd.isPositive(expected)

/** Service that goes on without credits is not used all the time: so long before and after a charge it is known to go on. */
const SERVICE_MS = 3 * 86_400_000

/** Whether pay as you go was used in an interval, or so near to it that service went on in it. */
const paysAsItGoes = (payAsYouGo: ReadonlyArray<Interval>, { from, to }: Window.Window): boolean => {
  const [start, end] = [from.epochMillis - SERVICE_MS, to.epochMillis + SERVICE_MS]
  for (const interval of overlapping(payAsYouGo, start, end)) if (isUsed(interval)) return true
  return false
}

/** Parts of an interval whose usage lies in a part of its time, as before a refresh and after it. */
const partsOf = (span: HiddenUsage.Span, { parts }: HiddenUsage.Expected): Interval["parts"] =>
  parts.some(({ from, to }) => from > span.from || to < span.to) ? parts : undefined

const intervalOf = (span: HiddenUsage.Span, likely: HiddenUsage.Expected): Interval => {
  const expected = likely.nanos
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
    dryMillis: span.dryMillis,
    censoredMillis: 0,
    gap: false,
    provisional: false,
    assumes: span.assumes,
    snapshots: span.snapshots,
    longestGapMillis: span.longestGapMillis,
    parts: partsOf(span, likely),
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

/** What a time without snapshots must be longer than to be a gap, whatever their spacing: 36 hours. */
const MIN_GAP_MS = 36 * 3_600_000
/** What it must be longer than too, in median spacings of the snapshots. */
const GAP_SPACINGS = 3

/** Length in milliseconds above which a time between two snapshots is a gap. */
const maxSpacingMillis = (spans: ReadonlyArray<HiddenUsage.Span>): number => {
  const spacings = spans
    .map(({ from, snapshots, to }) => ({ millis: (to - from) / snapshots, snapshots }))
    .sort((a, b) => a.millis - b.millis)
  const half = spacings.reduce((sum, { snapshots }) => sum + snapshots, 0) / 2
  let [count, median] = [0, 0]
  for (const { millis, snapshots } of spacings) {
    if (count >= half) break
    count += snapshots
    median = millis
  }
  return Math.max(MIN_GAP_MS, GAP_SPACINGS * median)
}

/** The last certain refresh in an entry, or change of the plan that set the monthly credits anew; `undefined` where there is none. */
const refreshIn = ({ events, from, monthly, to }: typeof Ledger.Pools.Type): Refresh | undefined => {
  const refresh = events.findLast(({ _tag, confidence }) => _tag === "Refresh" && confidence === "Certain")
  if (refresh === undefined) return undefined
  const by = events.some(({ _tag }) => _tag === "PlanChange") ? "PlanChange" : "Refresh"
  // An upgrade may have added the difference of two allowances to what was left.
  if (by === "PlanChange" && Usd.lessThan(Amount.lower(refresh.amount), monthly.closing)) return undefined
  return {
    from: refresh.from,
    to: refresh.to,
    at: DateTime.lessThan(from, refresh.from) ? refresh.from : to,
    by,
    allowance: Amount.lower(refresh.amount),
  }
}

/** The renewal that an entry of the amount due shows, or likely holds. */
const renewalIn = ({ events }: Ledger.Entry): Renewal | undefined => {
  for (const event of events) {
    const isRenewal = event._tag === "Charge" && event.kind === "Renewal" && event.confidence !== "Possible"
    const usd = isRenewal ? Amount.upper(event.amount) : Option.none<Usd.Usd>()
    if (Option.isSome(usd)) return { from: event.from, to: event.to, usd: usd.value }
  }
  return undefined
}

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

  /**
   * Takes what a span undoes from the last spans that have any usage, and what it leaves in doubt from their bounds; returns the span without it,
   * so that no usage is below 0. `undone` is called for each that is undone.
   */
  settle(span: HiddenUsage.Span, undone: (span: HiddenUsage.Span, nanos: bigint) => void): HiddenUsage.Span {
    if (span.undone > 0n) {
      this.change(span.undone, (before, nanos) => {
        const [left, taken] = HiddenUsage.undo(before, nanos)
        if (taken > 0n) undone(left, taken)
        return [left, taken]
      })
    } else if (span.lower < 0n) this.change(-span.lower, HiddenUsage.doubt)
    return span.lower < 0n ? { ...span, lower: 0n } : span
  }

  /** Changes the last spans one by one until so much is taken of them. */
  private change(
    nanos: bigint,
    take: (span: HiddenUsage.Span, nanos: bigint) => readonly [span: HiddenUsage.Span, taken: bigint],
  ): void {
    const { spans } = this
    let rest = nanos
    for (let index = spans.length - 1; index >= 0 && rest > 0n; index--) {
      const [left, taken] = take(spans[index] as HiddenUsage.Span, rest)
      if (taken === 0n) continue
      spans[index] = left
      rest -= taken
    }
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
  private readonly refreshes: Array<Refresh> = []
  private readonly renewals: Array<Renewal> = []
  private readonly planChanges: Array<Timestamp.Timestamp> = []
  private readonly estimator = new HiddenUsage.Estimator()

  constructor({ cuts }: Options = {}) {
    this.credits = new Track(cuts)
    this.payAsYouGo = new Track(cuts)
  }

  /** Takes in the next entry. */
  add(entry: Ledger.Entry): void {
    const span = HiddenUsage.of(entry)
    if (entry._tag !== "Pools") {
      this.addPayAsYouGo(span)
      const renewal = renewalIn(entry)
      if (renewal !== undefined) this.renewals.push(renewal)
      return
    }
    this.addCredits(span)
    const refresh = refreshIn(entry)
    if (refresh !== undefined) this.refreshes.push(refresh)
    if (entry.events.some(({ _tag }) => _tag === "PlanChange")) this.planChanges.push(entry.to)
  }

  /** Takes in the usage of the credits in the next entry of the pools. */
  addCredits(span: HiddenUsage.Span): void {
    const kept = this.credits.settle(span, (undone, nanos) => this.estimator.undo(undone, nanos))
    this.estimator.addCredits(kept)
    this.credits.add(kept)
  }

  /** Takes in the pay as you go of the next entry of the amount due. */
  addPayAsYouGo(span: HiddenUsage.Span): void {
    const kept = this.payAsYouGo.settle(span, () => {})
    this.estimator.addPayAsYouGo(kept)
    this.payAsYouGo.add(kept)
  }

  /** The series of the entries so far. */
  series(): Consumption {
    const payAsYouGo = this.payAsYouGo.spans.map((span) => intervalOf(span, this.estimator.ofPayAsYouGo(span)))
    const { spans } = this.credits
    const maxSpacing = maxSpacingMillis(spans)
    const intervals = spans.map((span) => intervalOf(span, this.estimator.ofCredits(span)))
    // Usage below zero is demand that a debt pays for.
    const censored = intervals.map(
      (interval) => interval.exhausted && !isUsed(interval) && !paysAsItGoes(payAsYouGo, interval),
    )
    const credits = intervals.map((interval, index) => {
      const provisional = index === intervals.length - 1
      const gap = interval.longestGapMillis > maxSpacing
      // Where credits ran out or came within an interval, the time without them is like the one that it adjoins.
      const adjoins = censored[index - 1] === true || censored[index + 1] === true
      const isPartly = interval.dryMillis > 0 && !interval.exhausted && adjoins && !paysAsItGoes(payAsYouGo, interval)
      const isCensored = censored[index] === true
      if (!provisional && !gap && !isCensored && !isPartly) return interval
      const censoredMillis = isCensored || isPartly ? interval.dryMillis : 0
      return { ...interval, censored: isCensored, censoredMillis, gap, provisional }
    })
    const { planChanges, refreshes, renewals } = this
    return { credits, payAsYouGo, refreshes, renewals, planChanges }
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

/** A measure of the time in an interval between two moments, in milliseconds. */
type Measure = (from: number, to: number) => number

const allTime: Measure = (from, to) => to - from

/** The time in which no credits were left, which is when pay as you go is used. */
const dryTime =
  (credits: ReadonlyArray<Interval>): Measure =>
  (from, to) => {
    let sum = 0
    for (const interval of overlapping(credits, from, to)) {
      if (interval.dryMillis > 0) sum += interval.dryMillis * partWithin(interval, from, to)
    }
    return sum
  }

const millisWithin = (interval: Interval, from: number, to: number): number =>
  Math.min(to, interval.to.epochMillis) - Math.max(from, interval.from.epochMillis)

const partWithin = (interval: Interval, from: number, to: number): number => {
  const length = interval.to.epochMillis - interval.from.epochMillis
  return length === 0 ? 0 : millisWithin(interval, from, to) / length
}

/** What an interval had used by `at`, evenly over a measure of its time, or of its parts: differences of it add up to the whole. */
const usedBy = (interval: Interval, at: number, measure: Measure): Usd.Usd => {
  const [from, to] = [interval.from.epochMillis, interval.to.epochMillis]
  if (at >= to) return interval.expected
  if (at <= from) return Usd.zero
  if (interval.parts !== undefined) return usedByParts(interval.expected, interval.parts, from, to, at)
  const whole = Math.round(measure(from, to))
  if (whole === 0) return usedBy(interval, at, allTime)
  return Usd.scaleBy(interval.expected, BigInt(Math.round(measure(from, at))), BigInt(whole), "Floor")
}

const evenly = (nanos: bigint, from: number, to: number, at: number): bigint =>
  at >= to ? nanos : at <= from ? 0n : (nanos * BigInt(Math.round(at - from))) / BigInt(Math.round(to - from))

const usedByParts = (
  expected: Usd.Usd,
  parts: NonNullable<Interval["parts"]>,
  from: number,
  to: number,
  at: number,
): Usd.Usd => {
  let [rest, used] = [expected.value, 0n]
  for (const part of parts) {
    rest -= part.nanos
    used += evenly(part.nanos, part.from, part.to, at)
  }
  return Usd.sumFromNanos(used + evenly(rest, from, to, at))
}

/** The share of an interval in `[from, to)`: whole where it lies within; a part may hold all of its usage or none. */
const share = (interval: Interval, from: number, to: number, measure: Measure): Estimate.Estimate => {
  if (interval.from.epochMillis >= from && interval.to.epochMillis <= to) return interval
  return {
    lower: Usd.min(Usd.zero, interval.lower),
    expected: Usd.subtract(usedBy(interval, to, measure), usedBy(interval, from, measure)),
    upper: Option.map(interval.upper, (upper) => Usd.max(Usd.zero, upper)),
  }
}

/** The intervals of a track that overlap `[from, to)`. */
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

/** The usage of one track over a window. */
const within = (track: ReadonlyArray<Interval>, { from, to }: Window.Window, measure: Measure): Estimate.Estimate => {
  let usage = Estimate.zero
  for (const interval of overlapping(track, from.epochMillis, to.epochMillis)) {
    usage = Estimate.add(usage, share(interval, from.epochMillis, to.epochMillis, measure))
  }
  return usage
}

/** Usage of credits over a window. */
export const ofCredits = (self: Consumption, window: Window.Window): Estimate.Estimate =>
  within(self.credits, window, allTime)

/** Pay as you go over a window. */
export const ofPayAsYouGo = (self: Consumption, window: Window.Window): Estimate.Estimate =>
  within(self.payAsYouGo, window, dryTime(self.credits))

/** Usage over a window, from every pool. */
export interface WindowUsage {
  readonly usage: Estimate.Estimate
  /** The part of `usage` that lies in covered time. */
  readonly coveredUsage: Estimate.Estimate
  /** Time of the window that lies between snapshots and in no gap. */
  readonly coveredMillis: number
  /** Time of the window in which no credits were left. */
  readonly exhaustedMillis: number
  /** Time of the window in which no credits were left and nothing was charged either, as far as it is covered. */
  readonly censoredMillis: number
  /** The longest time between two snapshots that reaches into the window. */
  readonly longestGapMillis: number
  /** Pairs of neighbouring snapshots that reach into the window. */
  readonly snapshots: number
  /** Assumptions of the usage. */
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** The spans of `[from, to)` that no gap takes up. */
const withoutGaps = (
  gaps: ReadonlyArray<Interval>,
  from: number,
  to: number,
): ReadonlyArray<readonly [number, number]> => {
  const spans: Array<readonly [number, number]> = []
  let start = from
  for (const gap of gaps) {
    if (gap.from.epochMillis > start) spans.push([start, gap.from.epochMillis])
    start = gap.to.epochMillis
  }
  if (start < to) spans.push([start, to])
  return spans
}

/** Usage over a window. */
export const over = (self: Consumption, window: Window.Window): WindowUsage => {
  const [from, to] = [window.from.epochMillis, window.to.epochMillis]
  const dry = dryTime(self.credits)
  const gaps: Array<Interval> = []
  let usage = Estimate.zero
  let coveredUsage = Estimate.zero
  let coveredMillis = 0
  let exhaustedMillis = 0
  let censoredMillis = 0
  let longestGapMillis = 0
  let snapshots = 0
  let assumes = Assumption.none
  for (const interval of overlapping(self.credits, from, to)) {
    const used = share(interval, from, to, allTime)
    const millis = millisWithin(interval, from, to)
    usage = Estimate.add(usage, used)
    assumes = Assumption.union(assumes, interval.assumes)
    longestGapMillis = Math.max(longestGapMillis, interval.longestGapMillis)
    if (interval.exhausted) exhaustedMillis += millis
    snapshots += interval.snapshots
    if (interval.gap) {
      gaps.push(interval)
      continue
    }
    coveredUsage = Estimate.add(coveredUsage, used)
    coveredMillis += millis
    if (interval.censoredMillis > 0) censoredMillis += interval.censoredMillis * partWithin(interval, from, to)
  }
  const spans = gaps.length === 0 ? [] : withoutGaps(gaps, from, to)
  for (const interval of overlapping(self.payAsYouGo, from, to)) {
    const used = share(interval, from, to, dry)
    usage = Estimate.add(usage, used)
    assumes = Assumption.union(assumes, interval.assumes)
    if (gaps.length === 0) coveredUsage = Estimate.add(coveredUsage, used)
    for (const [start, end] of spans) {
      if (interval.from.epochMillis < end && interval.to.epochMillis > start)
        coveredUsage = Estimate.add(coveredUsage, share(interval, start, end, dry))
    }
  }
  return {
    usage,
    coveredUsage,
    coveredMillis,
    exhaustedMillis,
    censoredMillis,
    longestGapMillis,
    snapshots,
    assumes,
  }
}

/** The time of the whole series that lies between snapshots and in no gap, in milliseconds: its covered length. */
export const coveredMillis = ({ credits }: Consumption): number =>
  credits.reduce((sum, { from, gap, to }) => (gap ? sum : sum + to.epochMillis - from.epochMillis), 0)

/** Which days to return. */
export interface DaysOptions {
  /** The zone whose calendar the days are of. @default UTC */
  readonly zone?: Calendar.Zone | undefined
  /** The first day is the one that this time lies in. @default the first snapshot */
  readonly from?: Timestamp.Timestamp | undefined
  /** The days end before this time, and nothing after it counts: the last day may be incomplete. @default the last snapshot */
  readonly to?: Timestamp.Timestamp | undefined
}

const unobserved: Estimate.Estimate = { ...Estimate.zero, upper: Option.none() }

/**
 * Usage of each calendar day of a zone, oldest first, without a gap. Within an interval between snapshots usage is taken to run evenly. Empty
 * where `to` is not after the beginning.
 *
 * @throws RangeError when no zone has the name.
 */
export const days = (self: Consumption, options: DaysOptions = {}): ReadonlyArray<Day> => {
  const from = options.from ?? self.credits[0]?.from
  const to = options.to ?? self.credits.at(-1)?.to
  if (from === undefined || to === undefined) return []
  return Calendar.days(from, to, options.zone).map((day) => {
    const window = over(self, { from: day.from, to: DateTime.min(day.to, to) })
    const millis = day.to.epochMillis - day.from.epochMillis
    return {
      ...day,
      usage: window.snapshots === 0 ? unobserved : window.usage,
      coveredUsage: window.coveredUsage,
      coverage: window.coveredMillis / millis,
      exhausted: window.exhaustedMillis / millis,
      censored: window.censoredMillis / millis,
      complete: day.to.epochMillis <= to.epochMillis,
    }
  })
}
