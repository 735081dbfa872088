/**
 * Bounds of usage, added up: the entries of a ledger to whole nano-dollars and back to amounts.
 *
 * What is kept is the lower bound, what the upper one adds to it where there is one, and how many have none. A sum past what an int64 holds
 * (9.2e9 dollars) is kept as unknown, and whoever asks for it is told so.
 */
import * as Option from "effect/Option"
import * as Amount from "../../../domain/history/Amount.js"
import * as Assumption from "../../../domain/history/Assumption.js"
import * as Ledger from "../../../domain/history/Ledger.js"
import type { LedgerEvent } from "../../../domain/history/LedgerEvent.js"
import * as Usd from "../../../domain/money/Usd.js"
import type { UsageSum } from "../SnapshotStore.js"

/** The bounds of one track of usage. */
export interface Track {
  readonly lower: bigint
  /** By how much the upper bounds exceed the lower ones, where there are any. */
  readonly hidden: bigint
  /** How many have no upper bound. */
  readonly unbounded: number
}

/** Usage of credits and pay as you go. */
export interface Tally {
  readonly credits: Track
  readonly payAsYouGo: Track
}

/** Nothing used. */
export const nothing: Track = { lower: 0n, hidden: 0n, unbounded: 0 }
/** Nothing used. */
export const empty: Tally = { credits: nothing, payAsYouGo: nothing }

const usdOf = (nanos: bigint): Usd.Usd =>
  Option.getOrElse(Usd.fromNanos(nanos), () => Usd.sum([...parts(nanos)].map(Usd.unsafeFromNanos)))

/** A sum past the range of one amount as amounts within it, which add up without a check. */
function* parts(nanos: bigint): Generator<bigint> {
  const most = 9_000_000_000_000_000_000n
  let rest = nanos
  while (rest > most || rest < -most) {
    const part = rest > 0n ? most : -most
    yield part
    rest -= part
  }
  yield rest
}

/** Sum of two tracks. */
export const addTrack = (a: Track, b: Track): Track =>
  a === nothing
    ? b
    : b === nothing
      ? a
      : { lower: a.lower + b.lower, hidden: a.hidden + b.hidden, unbounded: a.unbounded + b.unbounded }

/** Sum of two tallies. */
export const add = (a: Tally, b: Tally): Tally =>
  a === empty
    ? b
    : b === empty
      ? a
      : { credits: addTrack(a.credits, b.credits), payAsYouGo: addTrack(a.payAsYouGo, b.payAsYouGo) }

/** The difference of two tracks, the second a part of the first. */
const subtractTrack = (a: Track, b: Track): Track =>
  b === nothing ? a : { lower: a.lower - b.lower, hidden: a.hidden - b.hidden, unbounded: a.unbounded - b.unbounded }

/** The difference of two tallies, the second a part of the first. */
export const subtract = (a: Tally, b: Tally): Tally => ({
  credits: subtractTrack(a.credits, b.credits),
  payAsYouGo: subtractTrack(a.payAsYouGo, b.payAsYouGo),
})

const trackOf = (amount: Amount.Amount): Track => {
  const lower = Usd.toNanos(Amount.lower(amount))
  const upper = Amount.upper(amount)
  return Option.isSome(upper)
    ? { lower, hidden: Usd.toNanos(upper.value) - lower, unbounded: 0 }
    : { lower, hidden: 0n, unbounded: 1 }
}

const usageOf = (events: ReadonlyArray<LedgerEvent>): Amount.Amount => {
  const [only] = events
  if (events.length === 1 && only !== undefined) return only._tag === "Usage" ? only.amount : Amount.zero
  return Ledger.usage(events)
}

/** The usage of a ledger's entries. */
export const ofEntries = (entries: ReadonlyArray<Ledger.Entry>): Tally => {
  let tally = empty
  for (const entry of entries) {
    if (entry.events.length === 0) continue
    const usage = usageOf(entry.events)
    if (Amount.isZero(usage)) continue
    const track = trackOf(usage)
    tally = add(
      tally,
      entry._tag === "Pools" ? { credits: track, payAsYouGo: nothing } : { credits: nothing, payAsYouGo: track },
    )
  }
  return tally
}

const NOTHING_USED: UsageSum = { lower: Usd.zero, upper: Option.some(Usd.zero), unbounded: 0 }

/** A track as amounts. */
export const toSum = ({ hidden, lower, unbounded }: Track): UsageSum => {
  if (lower === 0n && hidden === 0n && unbounded === 0) return NOTHING_USED
  const usd = usdOf(lower)
  const upper = unbounded > 0 ? Option.none() : Option.some(hidden === 0n ? usd : usdOf(lower + hidden))
  return { lower: usd, upper, unbounded }
}

/** Same sums. */
export const same = (a: Tally, b: Tally): boolean =>
  sameTrack(a.credits, b.credits) && sameTrack(a.payAsYouGo, b.payAsYouGo)

const sameTrack = (a: Track, b: Track): boolean =>
  a === b || (a.lower === b.lower && a.hidden === b.hidden && a.unbounded === b.unbounded)

const ASSUMPTIONS = Assumption.Assumption.literals

/** What entries take for granted, a bit each, in the order of the schema. */
export const assumptionBits = (assumes: ReadonlyArray<Assumption.Assumption>): number => {
  let bits = 0
  for (const assumption of assumes) bits |= 1 << ASSUMPTIONS.indexOf(assumption)
  return bits
}

const ofBits: ReadonlyArray<ReadonlyArray<Assumption.Assumption>> = Array.from(
  { length: 1 << ASSUMPTIONS.length },
  (_, bits) => ASSUMPTIONS.filter((_, index) => (bits & (1 << index)) !== 0),
)

/** The assumptions of bits. */
export const assumptionsOf = (bits: number): ReadonlyArray<Assumption.Assumption> => ofBits[bits] ?? Assumption.none
