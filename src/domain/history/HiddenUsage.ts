/**
 * Usage that the ledger knows only between bounds, and its estimate: the rate of the known usage around it over the time in which it is hidden,
 * kept within the bounds.
 *
 * Credits are only drawn while some are left and pay as you go only while none are, so the rate of either counts its own time alone. Known
 * usage is summed by UTC day: an estimate does not depend on how finely the known usage around it is divided.
 */
import * as Option from "effect/Option"
import type * as Usd from "../money/Usd.js"
import * as Amount from "./Amount.js"
import type * as Assumption from "./Assumption.js"
import type * as Ledger from "./Ledger.js"
import type { LedgerEvent } from "./LedgerEvent.js"

/** Part of a span whose usage is known between bounds alone, in `(from, to]`. */
interface Part {
  readonly from: number
  readonly to: number
  readonly lower: bigint
  readonly upper: bigint | undefined
}

/**
 * Usage in `(from, to]` of the credits, or of pay as you go. Times are milliseconds since 1970, amounts whole nano-dollars; `upper` is
 * `undefined` where nothing bounds it.
 */
export interface Span {
  readonly from: number
  readonly to: number
  readonly lower: bigint
  readonly upper: bigint | undefined
  /** The hidden parts, or those around a refresh where each is exact; empty where the usage is exact and lies anywhere in the span. */
  readonly parts: ReadonlyArray<Part>
  /** The likely usage, whatever the usage around it. */
  readonly likely: bigint | undefined
  /** The likely usage where nothing is known of the usage around it. */
  readonly otherwise: bigint | undefined
  /** What the span undoes of the likely usage before it. */
  readonly undone: bigint
  /** Usage that is known beside the hidden parts, in the same time. */
  readonly beside: bigint
  readonly assumes: ReadonlyArray<Assumption.Assumption>
  /** No credits were left at either end. False for pay as you go. */
  readonly exhausted: boolean
  /** The time in which no credits were left: half of the span where they ran out or came in it. 0 for pay as you go. */
  readonly dryMillis: number
  /** Pairs of neighbouring snapshots that the span covers, and the longest time between two of them. */
  readonly snapshots: number
  readonly longestGapMillis: number
}

const DAY = 86_400_000
const MONTH = 30.4375 * DAY
/** How far around a hidden span known usage counts for its estimate. */
const AROUND = 7 * DAY
const NO_PARTS: ReadonlyArray<Part> = []

/** The UTC day in whose `(midnight, midnight]` a time lies, as days since 1970. */
const dayOf = (millis: number): number => Math.ceil(millis / DAY) - 1

const isUsageOf = (event: LedgerEvent, payAsYouGo: boolean): boolean =>
  event._tag === "Usage" && (event.pool === "PayAsYouGo") === payAsYouGo

const nanosOf = (usd: Usd.Usd): bigint => usd.value

const upperOf = (amount: Amount.Amount): bigint | undefined =>
  Option.getOrUndefined(Option.map(Amount.upper(amount), nanosOf))

const share = (nanos: bigint, part: number, whole: number): bigint =>
  (nanos * BigInt(Math.round(part))) / BigInt(Math.max(1, Math.round(whole)))

/** A renewal that a rise of the amount due may hold beside usage; `undefined` beside a payment. */
const renewalIn = (events: ReadonlyArray<LedgerEvent>): LedgerEvent | undefined =>
  events.some(({ _tag }) => _tag === "Payment")
    ? undefined
    : events.find((event) => event._tag === "Charge" && event.kind !== "Usage")

/**
 * Usage in a rise that may hold a renewal, where nothing is known of the usage around it: the most, less the renewals' share of the time, because
 * there is one a month.
 */
const besideRenewal = (lower: bigint, upper: bigint, millis: number): bigint =>
  upper - share(upper - lower, Math.min(MONTH, Math.round(millis)), MONTH)

/** What a rise likely undoes of earlier usage of credits. */
const undoneBy = (events: ReadonlyArray<LedgerEvent>): bigint =>
  events.reduce(
    (sum, event) =>
      event._tag === "Correction" && event.confidence === "Likely" ? sum + (upperOf(event.amount) ?? 0n) : sum,
    0n,
  )

/**
 * Usage of credits beside corrections: none in a rise that undoes a fall, and all of a fall that may repeat one. `undefined` for other entries.
 */
const besideCorrection = (events: ReadonlyArray<LedgerEvent>): bigint | undefined => {
  /** Whether the usage in a link is undone. */
  const isUndone = new Map<string, boolean>()
  for (const { _tag, amount, confidence, link } of events) {
    if (_tag !== "Correction") continue
    if (Option.isNone(link) || confidence === "Certain") return undefined
    if (confidence !== "Likely" && upperOf(amount) !== 0n) return undefined
    isUndone.set(link.value.id, confidence === "Likely")
  }
  if (isUndone.size === 0) return undefined
  let likely = 0n
  for (const { _tag, amount, link } of events) {
    if (_tag !== "Usage") continue
    const undone = Option.isSome(link) ? isUndone.get(link.value.id) : undefined
    const nanos = undone ? 0n : upperOf(amount)
    if (nanos === undefined || (undone === undefined && amount._tag !== "Exact")) return undefined
    likely += nanos
  }
  return likely
}

/** Pay as you go: the least beside a likely renewal, none beside a payment that may undo a rise, and all of a rise that may repeat one. */
const besideCharges = (
  events: ReadonlyArray<LedgerEvent>,
  renewal: LedgerEvent | undefined,
  { lower, upper }: Pick<Span, "lower" | "upper">,
): bigint | undefined => {
  if (lower < 0n) return 0n
  if (renewal !== undefined) return renewal.confidence === "Likely" ? lower : undefined
  return events.some(({ _tag }) => _tag === "Correction") ? upper : undefined
}

/** A refresh is likely applied when it is due: what was used before it lies before that. */
const likelyEnd = (event: LedgerEvent, refreshedFrom: number): number =>
  event.from.epochMillis < refreshedFrom ? Math.min(event.to.epochMillis, refreshedFrom) : event.to.epochMillis

const isDry = (entry: typeof Ledger.Pools.Type, end: "opening" | "closing"): boolean =>
  entry.monthly[end].value <= 0n && entry.stable[end].value <= 0n

/** The time of an entry in which no credits were left. */
const dryMillisOf = (entry: typeof Ledger.Pools.Type, used: bigint): number => {
  const millis = entry.to.epochMillis - entry.from.epochMillis
  const halves = entry.exhausted ? (used > 0n ? 1 : 2) : isDry(entry, "opening") || isDry(entry, "closing") ? 1 : 0
  return (millis * halves) / 2
}

/** The usage of an entry: of the credits in an entry of the pools, else of pay as you go. */
export const of = (entry: Ledger.Entry): Span => {
  const payAsYouGo = entry._tag !== "Pools"
  const { assumes, events } = entry
  let [from, to] = [entry.from.epochMillis, entry.to.epochMillis]
  let amount = Amount.zero
  for (const event of events) {
    if (!isUsageOf(event, payAsYouGo)) continue
    amount = Amount.add(amount, event.amount)
    // Pay as you go lies in the time in which both pools can have been empty, and not in all of the time between known amounts due.
    if (payAsYouGo) [from, to] = [event.from.epochMillis, event.to.epochMillis]
  }
  const [lower, upper] = [nanosOf(Amount.lower(amount)), upperOf(amount)]
  const shared = {
    from,
    to,
    assumes,
    exhausted: entry._tag === "Pools" && entry.exhausted,
    dryMillis: entry._tag === "Pools" ? dryMillisOf(entry, lower) : 0,
    snapshots: 1,
    longestGapMillis: to - from,
  }
  const refreshedFrom =
    events.find(({ _tag, confidence }) => _tag === "Refresh" && confidence === "Certain")?.from.epochMillis ??
    Number.NEGATIVE_INFINITY
  if (amount._tag === "Exact" && refreshedFrom <= from) return exact(shared, lower)
  const usage = events
    .filter((event) => isUsageOf(event, payAsYouGo))
    .map((event) => ({
      from: event.from.epochMillis,
      to: likelyEnd(event, refreshedFrom),
      lower: nanosOf(Amount.lower(event.amount)),
      upper: upperOf(event.amount),
      isExact: event.amount._tag === "Exact",
    }))
  // What was used before a refresh and after it lies there, although all of it is exact.
  if (amount._tag === "Exact") return { ...exact(shared, lower), parts: usage, likely: lower }
  const parts = usage.filter((part) => !part.isExact)
  const renewal = payAsYouGo ? renewalIn(events) : undefined
  const undone = undoneBy(events)
  const [start, end] = [Math.min(...parts.map((part) => part.from)), Math.max(...parts.map((part) => part.to))]
  const beside = usage.filter((part) => part.isExact && part.from >= start && part.to <= end)
  return {
    ...shared,
    lower,
    upper,
    parts,
    likely: payAsYouGo ? besideCharges(events, renewal, { lower, upper }) : besideCorrection(events),
    otherwise: renewal === undefined || upper === undefined ? undefined : besideRenewal(lower, upper, to - from),
    undone,
    beside: beside.reduce((sum, part) => sum + part.lower, 0n),
  }
}

/** Exact usage of a span, without an entry at hand. Written out, because a spread costs more than all the rest of a long series. */
export const exact = (
  span: Pick<Span, "from" | "to" | "assumes" | "exhausted" | "dryMillis" | "snapshots" | "longestGapMillis">,
  nanos: bigint,
): Span => ({
  from: span.from,
  to: span.to,
  lower: nanos,
  upper: nanos,
  parts: NO_PARTS,
  likely: undefined,
  otherwise: undefined,
  undone: 0n,
  beside: 0n,
  assumes: span.assumes,
  exhausted: span.exhausted,
  dryMillis: span.dryMillis,
  snapshots: span.snapshots,
  longestGapMillis: span.longestGapMillis,
})

/** The first of `length` indices that satisfies a predicate which, once true, stays true; `length` when none does. */
export const firstIndex = (length: number, satisfies: (index: number) => boolean): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (satisfies(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** Known usage of a track by UTC day, and the time in which it could be used. */
class KnownUsage {
  private readonly days: Array<number> = []
  private readonly nanos: Array<bigint> = []
  private readonly millis: Array<number> = []

  add(to: number, nanos: bigint, millis: number): void {
    const [day, last] = [dayOf(to), this.days.length - 1]
    if (this.days[last] === day) {
      this.nanos[last] = (this.nanos[last] as bigint) + nanos
      this.millis[last] = (this.millis[last] as number) + millis
    } else {
      this.days.push(day)
      this.nanos.push(nanos)
      this.millis.push(millis)
    }
  }

  /** Takes back usage that was added with a span that ended at `to`. */
  subtract(to: number, nanos: bigint): void {
    const day = dayOf(to)
    const index = firstIndex(this.days.length, (each) => (this.days[each] as number) >= day)
    if (this.days[index] === day) this.nanos[index] = (this.nanos[index] as bigint) - nanos
  }

  /**
   * Usage over `time` at the rate of the days around a span. Where nothing is known of them it is `otherwise`, without that at the rate of the
   * whole track.
   */
  estimate(from: number, to: number, time: number, otherwise: bigint | undefined): bigint {
    const [first, last] = [dayOf(from - AROUND), dayOf(to + AROUND)]
    const around = this.sum(
      firstIndex(this.days.length, (index) => (this.days[index] as number) >= first),
      firstIndex(this.days.length, (index) => (this.days[index] as number) > last),
    )
    if (around.millis <= 0 && otherwise !== undefined) return otherwise
    const { millis, nanos } = around.millis > 0 ? around : this.sum(0, this.days.length)
    return millis > 0 ? share(nanos, time, millis) : 0n
  }

  private sum(start: number, end: number): { readonly nanos: bigint; readonly millis: number } {
    let [nanos, millis] = [0n, 0]
    for (let index = start; index < end; index++) {
      nanos += this.nanos[index] as bigint
      millis += this.millis[index] as number
    }
    return { nanos, millis }
  }
}

/** The time without credits; within a span it is taken to be spread evenly. */
class DryTime {
  private readonly from: Array<number> = []
  private readonly to: Array<number> = []
  private readonly share: Array<number> = []
  /** The dry time up to the end of each. */
  private readonly sum: Array<number> = []

  add({ dryMillis, from, to }: Span): void {
    if (dryMillis === 0) return
    const last = this.to.length - 1
    const share = dryMillis / (to - from)
    const sum = (this.sum[last] ?? 0) + dryMillis
    if (this.to[last] === from && this.share[last] === share) {
      this.to[last] = to
      this.sum[last] = sum
    } else {
      this.from.push(from)
      this.to.push(to)
      this.share.push(share)
      this.sum.push(sum)
    }
  }

  between(from: number, to: number): number {
    return this.until(to) - this.until(from)
  }

  private until(at: number): number {
    const index = firstIndex(this.to.length, (each) => (this.to[each] as number) >= at)
    const from = this.from[index]
    const before = this.sum[index - 1] ?? 0
    return from === undefined || at <= from ? before : before + (at - from) * (this.share[index] as number)
  }
}

/** What is expected of a span: of all of it, and of each of its parts. */
export interface Expected {
  readonly nanos: bigint
  /** Empty where it is known, or lies anywhere in the span. */
  readonly parts: ReadonlyArray<{ readonly from: number; readonly to: number; readonly nanos: bigint }>
}

/** Spreads what is likely to be hidden over the parts by their time, each within its bounds. */
const spread = ({ beside, lower, parts }: Span, likely: bigint): Expected => {
  let [rest, time] = [likely - beside, parts.reduce((sum, { from, to }) => sum + to - from, 0)]
  let [hidden, least] = [0n, 0n]
  const found: Array<Expected["parts"][number]> = []
  for (const part of parts) {
    const millis = part.to - part.from
    const guess = rest <= 0n || time <= 0 ? 0n : (rest * BigInt(millis)) / BigInt(time)
    const bounded = guess > part.lower ? guess : part.lower
    const expected = part.upper !== undefined && bounded > part.upper ? part.upper : bounded
    found.push({ from: part.from, to: part.to, nanos: expected })
    hidden += expected
    least += part.lower
    rest -= expected
    time -= millis
  }
  return { nanos: lower + hidden - least, parts: found }
}

/** The parts of a span where each is exact. */
const exactParts = ({ parts }: Span): Expected["parts"] =>
  parts.every(({ lower, upper }) => lower === upper)
    ? parts.map(({ from, lower, to }) => ({ from, to, nanos: lower }))
    : []

/** Known pay as you go that waits for the time without credits beside it. */
interface Waiting {
  readonly from: number
  to: number
  nanos: bigint
}

/** Estimates hidden usage from the known usage around it. Give it every span of either track, in their order. */
export class Estimator {
  private readonly credits = new KnownUsage()
  private readonly payAsYouGo = new KnownUsage()
  private readonly dry = new DryTime()
  /** Neighbours of one UTC day are one. */
  private waiting: Array<Waiting> = []

  /** Takes in a span of the credits. */
  addCredits(span: Span): void {
    this.dry.add(span)
    const known = knownOf(span)
    if (known !== undefined) this.credits.add(span.to, known, span.to - span.from - span.dryMillis)
  }

  /** Takes back what a later span of the credits undoes. */
  undo(span: Span, nanos: bigint): void {
    this.credits.subtract(span.to, nanos)
  }

  /** Takes in a span of pay as you go. */
  addPayAsYouGo(span: Span): void {
    const known = knownOf(span)
    if (known === undefined) return
    const last = this.waiting.at(-1)
    if (last !== undefined && last.to === span.from && dayOf(last.to) === dayOf(span.to)) {
      last.to = span.to
      last.nanos += known
    } else this.waiting.push({ from: span.from, to: span.to, nanos: known })
  }

  /** The expected usage of a span of the credits, once all are taken in. */
  ofCredits(span: Span): Expected {
    return this.expected(span, this.credits, (from, to) => to - from)
  }

  /** The expected usage of a span of pay as you go, once all are taken in. */
  ofPayAsYouGo(span: Span): Expected {
    for (const { from, nanos, to } of this.waiting) this.payAsYouGo.add(to, nanos, this.dry.between(from, to))
    this.waiting = []
    return this.expected(span, this.payAsYouGo, (from, to) => this.dry.between(from, to))
  }

  private expected(span: Span, usage: KnownUsage, hiddenMillis: (from: number, to: number) => number): Expected {
    const known = knownOf(span)
    if (known !== undefined) return { nanos: known, parts: exactParts(span) }
    const from = Math.min(...span.parts.map((part) => part.from))
    const to = Math.max(...span.parts.map((part) => part.to))
    return spread(span, usage.estimate(span.from, span.to, hiddenMillis(from, to), span.otherwise))
  }
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** A span of which a later one undoes up to `nanos`, and how much of it. */
export const undo = (span: Span, nanos: bigint): readonly [span: Span, undone: bigint] => {
  const known = knownOf(span)
  if (known === undefined || known <= 0n) return [span, 0n]
  const undone = least(known, nanos)
  const likely = known - undone
  const part = { from: span.from, to: span.to, lower: least(span.lower, likely), upper: span.upper }
  return [{ ...span, lower: part.lower, likely, parts: span.parts.length === 0 ? [part] : span.parts }, undone]
}

/** A span of which up to `nanos` may not have been, although it likely was; and how much of it. */
export const doubt = (span: Span, nanos: bigint): readonly [span: Span, doubted: bigint] => {
  if (span.lower <= 0n) return [span, 0n]
  const doubted = least(span.lower, nanos)
  const lower = span.lower - doubted
  if (span.parts.length > 0) {
    let rest = doubted
    const parts = span.parts.map((part) => {
      const less = least(part.lower > 0n ? part.lower : 0n, rest)
      rest -= less
      return less === 0n ? part : { ...part, lower: part.lower - less }
    })
    return [{ ...span, lower, parts }, doubted]
  }
  const part = { from: span.from, to: span.to, lower, upper: span.upper }
  return [{ ...span, lower, likely: span.lower, parts: [part] }, doubted]
}

/** Usage that is exact, or likely whatever the usage around it. */
const knownOf = (span: Span): bigint | undefined => (span.parts.length === 0 ? span.lower : span.likely)
