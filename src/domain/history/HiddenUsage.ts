/**
 * Estimates of usage that the books hide: the rate of what is known around it over the time in which it is hidden, kept within its bounds.
 *
 * Credits are only drawn while some are left and pay as you go only while none are, so the rate of either counts its own time alone.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Amount from "./Amount.js"
import type * as Assumption from "./Assumption.js"
import type * as Ledger from "./Ledger.js"
import type { LedgerEvent } from "./LedgerEvent.js"

/** Usage that is known between bounds alone, in `(from, to]`; times in milliseconds since the epoch. */
interface Part {
  readonly from: number
  readonly to: number
  readonly amount: Amount.Amount
}

/** Usage of one entry from the credits, or of pay as you go. */
export interface Usage {
  readonly from: number
  readonly to: number
  readonly amount: Amount.Amount
  /** What is hidden of it; empty where the amount is exact. */
  readonly parts: ReadonlyArray<Part>
  /** What is likely of it, whatever the usage around it. */
  readonly likely: Option.Option<Usd.Usd>
  /** Usage that is known beside what is hidden, in the same time. */
  readonly beside: Usd.Usd
  readonly assumes: ReadonlyArray<Assumption.Assumption>
}

/** Usage from the credits. */
export interface CreditsUsage extends Usage {
  /** No credits were left at either end. */
  readonly exhausted: boolean
  /** The time in which none were left: half of the span where they ran out or came in it. */
  readonly dryMillis: number
}

const DAY = 86_400_000
const MONTH = 30.4375 * DAY
/** How far around a hidden span usage is looked at for its estimate. */
const AROUND = 7 * DAY
const NOTHING: ReadonlyArray<Part> = []

const isUsageOf = (event: LedgerEvent, payAsYouGo: boolean) =>
  event._tag === "Usage" && (event.pool === "PayAsYouGo") === payAsYouGo

/**
 * Usage in a rise of the amount due that may hold a renewal, where one is: the least where it likely does, else the most, less the renewals'
 * share of the time, because there is one a month. `None` of other entries, and beside a payment.
 */
const besideRenewal = (
  events: ReadonlyArray<LedgerEvent>,
  amount: Amount.Amount,
  millis: number,
): Option.Option<Usd.Usd> => {
  const renewal = events.find((event) => event._tag === "Charge" && event.kind !== "Usage")
  if (renewal === undefined || events.some(({ _tag }) => _tag === "Payment")) return Option.none()
  if (renewal.confidence === "Likely") return Option.some(Amount.lower(amount))
  return Option.map(Amount.upper(amount), (most) => {
    const renewed = Usd.subtract(most, Amount.lower(amount))
    const share = BigInt(Math.min(MONTH, Math.round(millis)))
    return Usd.subtract(most, Usd.scaleBy(renewed, share, BigInt(MONTH), "Floor"))
  })
}

/** A refresh is likely applied when it is due: what was used before it lies before that. */
const likelyEnd = (event: LedgerEvent, refreshedFrom = Number.NEGATIVE_INFINITY): number =>
  event.from.epochMillis < refreshedFrom ? Math.min(event.to.epochMillis, refreshedFrom) : event.to.epochMillis

/** The usage in an entry: of pay as you go, or of the credits. */
export const of = ({ assumes, events, from, to }: Ledger.Entry, payAsYouGo: boolean): Usage => {
  const span = { from: from.epochMillis, to: to.epochMillis }
  let amount = Amount.zero
  for (const event of events) if (isUsageOf(event, payAsYouGo)) amount = Amount.add(amount, event.amount)
  if (amount._tag === "Exact")
    return { ...span, amount, parts: NOTHING, likely: Option.none(), beside: Usd.zero, assumes }
  const refreshedFrom = events.find(({ _tag, confidence }) => _tag === "Refresh" && confidence === "Certain")?.from
    .epochMillis
  const usage = events
    .filter((event) => isUsageOf(event, payAsYouGo))
    .map((event) => ({
      from: event.from.epochMillis,
      to: likelyEnd(event, refreshedFrom),
      amount: event.amount,
    }))
  const likely = payAsYouGo ? besideRenewal(events, amount, span.to - span.from) : Option.none()
  const parts = usage.filter((part) => part.amount._tag === "Bounds")
  const [start, end] = [Math.min(...parts.map((part) => part.from)), Math.max(...parts.map((part) => part.to))]
  const beside = usage.filter((part) => part.amount._tag === "Exact" && part.from >= start && part.to <= end)
  return {
    ...span,
    amount,
    parts,
    likely,
    beside: Usd.sum(beside.map((part) => Amount.lower(part.amount))),
    assumes,
  }
}

/** The usage of both pools of credits in an entry. */
export const ofCredits = (entry: typeof Ledger.Pools.Type): CreditsUsage => {
  const usage = of(entry, false)
  const isDry = (end: "opening" | "closing"): boolean =>
    !Usd.isPositive(entry.monthly[end]) && !Usd.isPositive(entry.stable[end])
  const wasUsed = Usd.isPositive(Amount.lower(usage.amount))
  const halves = entry.exhausted ? (wasUsed ? 1 : 2) : isDry("opening") || isDry("closing") ? 1 : 0
  return { ...usage, exhausted: entry.exhausted, dryMillis: ((usage.to - usage.from) * halves) / 2 }
}

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

/** Usage in nano-dollars over milliseconds. */
interface Rate {
  readonly nanos: bigint
  readonly millis: number
}

/** The rate of what is known around a span; where nothing is, that of the whole track. */
type RateAround = (from: number, to: number) => Option.Option<Rate>

/** Usage that is exact, or likely whatever the usage around it. */
const knownOf = (usage: Usage): Option.Option<Usd.Usd> =>
  usage.parts.length === 0 ? Option.some(Amount.lower(usage.amount)) : usage.likely

/** Sums over the usage of a track that is known, and over the time in which it could be used. */
const rateOf = <U extends Usage>(track: ReadonlyArray<U>, usableMillis: (usage: U) => number): RateAround => {
  const nanos: Array<bigint> = [0n]
  const millis: Array<number> = [0]
  for (const [index, usage] of track.entries()) {
    const known = knownOf(usage)
    nanos.push((nanos[index] ?? 0n) + (Option.isSome(known) ? Usd.toNanos(known.value) : 0n))
    millis.push((millis[index] ?? 0) + (Option.isSome(known) ? usableMillis(usage) : 0))
  }
  const between = (first: number, last: number): Rate => ({
    nanos: (nanos[last] ?? 0n) - (nanos[first] ?? 0n),
    millis: (millis[last] ?? 0) - (millis[first] ?? 0),
  })
  const after = (at: number): number => firstIndex(track.length, (index) => (track[index] as U).to > at)
  return (from, to) => {
    const around = between(after(from - AROUND), after(to + AROUND))
    const rate = around.millis > 0 ? around : between(0, track.length)
    return rate.millis > 0 ? Option.some(rate) : Option.none()
  }
}

const overTime = ({ millis, nanos }: Rate, time: number): bigint =>
  (nanos * BigInt(Math.round(time))) / BigInt(Math.max(1, Math.round(millis)))

const atMost = (usd: Usd.Usd, most: Option.Option<Usd.Usd>): Usd.Usd =>
  Option.match(most, { onNone: () => usd, onSome: (limit) => Usd.min(usd, limit) })

/** Spreads what is likely to be hidden over the parts by their time, each within its bounds. */
const spread = ({ amount, beside, parts }: Usage, likely: bigint): Usd.Usd => {
  let [rest, time] = [likely - Usd.toNanos(beside), parts.reduce((sum, { from, to }) => sum + to - from, 0)]
  let hidden = Usd.zero
  for (const part of parts) {
    const millis = part.to - part.from
    const share = rest <= 0n || time <= 0 ? 0n : (rest * BigInt(millis)) / BigInt(time)
    const guess = Option.getOrElse(Usd.fromNanos(share), () => Usd.zero)
    const expected = atMost(Usd.max(guess, Amount.lower(part.amount)), Amount.upper(part.amount))
    hidden = Usd.add(hidden, expected)
    rest -= Usd.toNanos(expected)
    time -= millis
  }
  const least = Usd.sum(parts.map((part) => Amount.lower(part.amount)))
  return Usd.add(Amount.lower(amount), Usd.subtract(hidden, least))
}

const expectedOf = (usage: Usage, rateAround: RateAround, hiddenMillis: (from: number, to: number) => number) => {
  const known = knownOf(usage)
  if (Option.isSome(known)) return known.value
  const from = Math.min(...usage.parts.map((part) => part.from))
  const to = Math.max(...usage.parts.map((part) => part.to))
  const rate = rateAround(usage.from, usage.to)
  return spread(
    usage,
    Option.match(rate, { onNone: () => 0n, onSome: (known) => overTime(known, hiddenMillis(from, to)) }),
  )
}

/** The expected usage of each span of both tracks, in their order. */
export const expected = (
  credits: ReadonlyArray<CreditsUsage>,
  payAsYouGo: ReadonlyArray<Usage>,
): { readonly credits: ReadonlyArray<Usd.Usd>; readonly payAsYouGo: ReadonlyArray<Usd.Usd> } => {
  const dry = dryTime(credits)
  const ofCredits = rateOf(credits, ({ dryMillis, from, to }) => to - from - dryMillis)
  const ofPayAsYouGo = rateOf(payAsYouGo, ({ from, to }) => dry(from, to))
  return {
    credits: credits.map((usage) => expectedOf(usage, ofCredits, (from, to) => to - from)),
    payAsYouGo: payAsYouGo.map((usage) => expectedOf(usage, ofPayAsYouGo, dry)),
  }
}

/** The time without credits between two moments; within a span it is taken to be spread evenly. */
const dryTime = (credits: ReadonlyArray<CreditsUsage>): ((from: number, to: number) => number) => {
  const until: Array<number> = [0]
  for (const [index, { dryMillis }] of credits.entries()) until.push((until[index] ?? 0) + dryMillis)
  const by = (at: number): number => {
    const index = firstIndex(credits.length, (each) => (credits[each] as CreditsUsage).to >= at)
    const span = credits[index]
    const before = until[index] ?? 0
    if (span === undefined || at <= span.from) return before
    return before + (span.dryMillis * (at - span.from)) / (span.to - span.from)
  }
  return (from, to) => by(to) - by(from)
}
