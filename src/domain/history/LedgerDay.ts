/**
 * The entries that the ledger closed on one UTC day, merged: usage at rest. `LedgerDayText` writes them.
 *
 * Neighbouring entries that hold nothing but exact usage become one where both lie within the same quarter of an hour (which every
 * zone's midnight falls on), or where both are idle and lie within the same UTC day. Idle entries of the amount due also tell when it was known, so longer
 * ones than a quarter of an hour stay as they are. Everything else stays as it is. Sums over spans that begin and end on a quarter of an hour are the same before and after.
 */
import * as Option from "effect/Option"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Assumption from "./Assumption.js"
import type * as Consumption from "./Consumption.js"
import { monthlyUsage, payAsYouGoUsage, plain, stableUsage, WHY_USED } from "./EventSpan.js"
import * as HiddenUsage from "./HiddenUsage.js"
import type * as Ledger from "./Ledger.js"
import type { LedgerEvent } from "./LedgerEvent.js"

const DAY = 86_400_000
const QUARTER = 900_000

/** The UTC day of an observation time, as days since 1970. */
export const dayOf = (millis: number): number => Math.floor(millis / DAY)

/** The first millisecond of a day. */
export const startOf = (day: number): number => day * DAY

/** Exact usage in `(from, to]` and nothing else; amounts are whole nano-dollars. */
export interface Step {
  readonly _tag: "Step"
  readonly from: number
  readonly to: number
  /** Of the monthly credits, or of pay as you go. */
  readonly used: bigint
  /** Of the stable credits. */
  readonly stable: bigint
  /** Assumptions of the entry, and of its usage of monthly credits or pay as you go, as bits. */
  readonly assumes: number
  readonly usedAssumes: number
  readonly snapshots: number
  readonly longestGapMillis: number
}

/** Any other entry. */
export interface Whole {
  readonly _tag: "Whole"
  readonly closedAt: number
  readonly entry: Ledger.Entry
}

export type Item = Step | Whole

/** A chain of items. `first` is the balance of the monthly credits or the amount due at its beginning, `second` that of the stable credits. */
export interface Segment {
  readonly from: number
  readonly first: bigint
  readonly second: bigint
  readonly items: Array<Item>
}

export type Track = ReadonlyArray<Segment>

/** What the ledger closed on one UTC day. */
export interface LedgerDay {
  /** Days since 1970. */
  readonly day: number
  readonly pools: Track
  readonly due: Track
}

/** An entry with the observation time at which the ledger closed it, in milliseconds since 1970. */
export interface Closed {
  readonly closedAt: number
  readonly entry: Ledger.Entry
}

/** The balances of an entry at its ends; those of {@link Segment}. */
interface Levels {
  readonly opening: readonly [first: bigint, second: bigint]
  readonly closing: readonly [first: bigint, second: bigint]
}

const levelsOf = (entry: Ledger.Entry): Levels | undefined => {
  switch (entry._tag) {
    case "Pools":
      return {
        opening: [entry.monthly.opening.value, entry.stable.opening.value],
        closing: [entry.monthly.closing.value, entry.stable.closing.value],
      }
    case "Due":
      return { opening: [entry.due.opening.value, 0n], closing: [entry.due.closing.value, 0n] }
    case "NotAsked":
      return undefined
  }
}

/** Exact usage by an event that {@link monthlyUsage} and the like write for the whole span of an entry; `undefined` for any other event. */
const usedBy = (event: LedgerEvent, { from, to }: Ledger.Entry): bigint | undefined =>
  (event._tag === "Usage" || (event._tag === "Charge" && event.kind === "Usage")) &&
  event.amount._tag === "Exact" &&
  event.confidence === "Certain" &&
  Option.isNone(event.link) &&
  event.from.epochMillis === from.epochMillis &&
  event.to.epochMillis === to.epochMillis &&
  event.why === WHY_USED[event._tag === "Usage" ? event.pool : "PayAsYouGo"]
    ? event.amount.usd.value
    : undefined

const GRANTS = Assumption.toBits(["GrantsShow"])

type Used = Pick<Step, "used" | "stable" | "usedAssumes">

const NOTHING_USED: Used = { used: 0n, stable: 0n, usedAssumes: 0 }

/** Exact usage in an entry of the amount due: pay as you go and the charge that it makes. */
const dueUsage = (entry: typeof Ledger.Due.Type): Used | undefined => {
  const [usage, charge] = entry.events
  if (usage === undefined) return NOTHING_USED
  const used = usedBy(usage, entry)
  const isBoth = usage._tag === "Usage" && charge?._tag === "Charge" && entry.events.length === 2
  if (used === undefined || !isBoth || usedBy(charge, entry) !== used) return undefined
  return { used, stable: 0n, usedAssumes: Assumption.toBits(usage.assumes) }
}

/** Exact usage in an entry of the pools: of monthly credits, then of stable ones. */
const poolsUsage = (entry: typeof Ledger.Pools.Type): Used | undefined => {
  let { stable, used, usedAssumes } = NOTHING_USED
  for (const [index, event] of entry.events.entries()) {
    const nanos = usedBy(event, entry)
    if (nanos === undefined || event._tag !== "Usage" || stable !== 0n) return undefined
    if (event.pool === "Stable") {
      if (Assumption.toBits(event.assumes) !== GRANTS) return undefined
      stable = nanos
    } else {
      if (index > 0) return undefined
      used = nanos
      usedAssumes = Assumption.toBits(event.assumes)
    }
  }
  return { used, stable, usedAssumes }
}

/** The step of an entry that is exact usage and nothing else. */
const stepOf = (entry: Ledger.Entry, closedAt: number): Step | undefined => {
  const [from, to] = [entry.from.epochMillis, entry.to.epochMillis]
  if (entry._tag === "NotAsked" || closedAt !== to) return undefined
  const used = entry._tag === "Pools" ? poolsUsage(entry) : dueUsage(entry)
  if (used === undefined) return undefined
  return {
    _tag: "Step",
    from,
    to,
    used: used.used,
    stable: used.stable,
    assumes: Assumption.toBits(entry.assumes),
    usedAssumes: used.usedAssumes,
    snapshots: 1,
    longestGapMillis: to - from,
  }
}

const isIdle = ({ stable, used }: Step): boolean => used === 0n && stable === 0n

/** Whether a step from `from` to `to` lies within one span of `millis` that is aligned to UTC. */
const isWithinOne = (from: number, to: number, millis: number): boolean =>
  Math.floor(from / millis) === Math.ceil(to / millis) - 1

/** How empty the pools are: a step in which credits ran out is not merged. */
type Emptiness = "Left" | "Empty" | "EmptyAndUsed" | "RanOut"

const emptiness = (opening: Levels["opening"], step: Step, isPools: boolean): Emptiness => {
  if (!isPools) return "Left"
  const isEmpty = (first: bigint, second: bigint) => first <= 0n && second <= 0n
  const atClosing = isEmpty(opening[0] - step.used, opening[1] - step.stable)
  if (isEmpty(...opening) !== atClosing) return "RanOut"
  return atClosing ? (isIdle(step) ? "Empty" : "EmptyAndUsed") : "Left"
}

const merged = (a: Step, b: Step): Step => ({
  _tag: "Step",
  from: a.from,
  to: b.to,
  used: a.used + b.used,
  stable: a.stable + b.stable,
  assumes: a.assumes,
  usedAssumes: a.usedAssumes | b.usedAssumes,
  snapshots: a.snapshots + b.snapshots,
  longestGapMillis: Math.max(a.longestGapMillis, b.longestGapMillis),
})

/** One track of a day that is being built. */
class TrackBuilder {
  readonly segments: Array<Segment> = []
  private readonly isPools: boolean
  private end = Number.NaN
  private closing: Levels["closing"] | undefined
  /** How empty the pools were in the last item; `undefined` where nothing can be merged with it. */
  private last: Emptiness | undefined

  constructor(isPools: boolean) {
    this.isPools = isPools
  }

  add(entry: Ledger.Entry, closedAt: number): void {
    const levels = levelsOf(entry)
    const { items } = this.segmentOf(entry, levels)
    const step = stepOf(entry, closedAt)
    this.end = entry.to.epochMillis
    this.closing = levels?.closing
    if (step === undefined || levels === undefined) {
      items.push({ _tag: "Whole", closedAt, entry })
      this.last = undefined
      return
    }
    const emptinessNow = emptiness(levels.opening, step, this.isPools)
    const before = items.at(-1)
    if (before?._tag === "Step" && emptinessNow === this.last && isMergeable(before, step, this.isPools)) {
      items[items.length - 1] = merged(before, step)
    } else {
      items.push(step)
    }
    this.last = emptinessNow === "RanOut" ? undefined : emptinessNow
  }

  private segmentOf(entry: Ledger.Entry, levels: Levels | undefined): Segment {
    const from = entry.from.epochMillis
    const last = this.segments.at(-1)
    const isChained =
      last !== undefined &&
      from === this.end &&
      levels !== undefined &&
      this.closing !== undefined &&
      levels.opening[0] === this.closing[0] &&
      levels.opening[1] === this.closing[1]
    if (isChained) return last
    const [first, second] = levels?.opening ?? [0n, 0n]
    const segment = { from, first, second, items: [] }
    this.segments.push(segment)
    this.last = undefined
    return segment
  }
}

/** Whether the amount due was known at least every quarter of an hour. */
const isDense = ({ longestGapMillis }: Step): boolean => longestGapMillis <= QUARTER

const isMergeable = (a: Step, b: Step, isPools: boolean): boolean =>
  // Two snapshots at one time: their step belongs to what ends with it.
  a.from < a.to &&
  a.assumes === b.assumes &&
  (isIdle(a) || isIdle(b) || a.usedAssumes === b.usedAssumes) &&
  (isWithinOne(a.from, b.to, QUARTER) ||
    (isIdle(a) && isIdle(b) && isWithinOne(a.from, b.to, DAY) && (isPools || (isDense(a) && isDense(b)))))

/** Builds the days of a ledger from its entries, in their order. */
export class Builder {
  readonly day: number
  private readonly pools = new TrackBuilder(true)
  private readonly due = new TrackBuilder(false)

  /** @param day days since 1970 */
  constructor(day: number) {
    this.day = day
  }

  /** Adds an entry that the ledger closed on this day. */
  add(entry: Ledger.Entry, closedAt: number): void {
    ;(entry._tag === "Pools" ? this.pools : this.due).add(entry, closedAt)
  }

  /** The day so far. */
  build(): LedgerDay {
    return { day: this.day, pools: this.pools.segments, due: this.due.segments }
  }
}

/** Calls back for each item of the pools with the balances before it. */
export const walk = (
  track: Track,
  onStep: (step: Step, first: bigint, second: bigint) => void,
  onWhole: (whole: Whole) => void,
): void => {
  for (const segment of track) {
    let { first, second } = segment
    for (const item of segment.items) {
      if (item._tag === "Step") {
        onStep(item, first, second)
        first -= item.used
        second -= item.stable
      } else {
        onWhole(item)
        const levels = levelsOf(item.entry)
        if (levels !== undefined) [first, second] = levels.closing
      }
    }
  }
}

/** Calls back for each item of the amount due with the amount before it. */
export const walkDue = (
  track: Track,
  onStep: (step: Step, due: bigint) => void,
  onWhole: (whole: Whole) => void,
): void => {
  for (const segment of track) {
    let { first } = segment
    for (const item of segment.items) {
      if (item._tag === "Step") {
        onStep(item, first)
        first += item.used
      } else {
        onWhole(item)
        const levels = levelsOf(item.entry)
        if (levels !== undefined) first = levels.closing[0]
      }
    }
  }
}

const assumptionsOf = (bits: number): ReadonlyArray<Assumption.Assumption> =>
  Assumption.fromBits(bits) ?? Assumption.none

const spanOf = (step: Step, exhausted: boolean, dryMillis: number): HiddenUsage.Span =>
  HiddenUsage.exact(
    {
      from: step.from,
      to: step.to,
      assumes: assumptionsOf(step.assumes),
      exhausted,
      dryMillis,
      snapshots: step.snapshots,
      longestGapMillis: step.longestGapMillis,
    },
    step.used + step.stable,
  )

/** Adds the usage of a day to a series. */
export const collect = (self: LedgerDay, into: Consumption.Collector): void => {
  walk(
    self.pools,
    (step, first, second) => {
      const isEmpty = first <= 0n && second <= 0n
      const isEmptyAfter = first - step.used <= 0n && second - step.stable <= 0n
      const exhausted = isEmpty && isEmptyAfter
      const halves = exhausted ? (isIdle(step) ? 2 : 1) : isEmpty || isEmptyAfter ? 1 : 0
      into.addCredits(spanOf(step, exhausted, ((step.to - step.from) * halves) / 2))
    },
    ({ entry }) => into.add(entry),
  )
  walkDue(
    self.due,
    (step) => into.addPayAsYouGo(spanOf(step, false, 0)),
    ({ entry }) => into.add(entry),
  )
}

const levels = (opening: bigint, closing: bigint) => ({
  opening: Usd.sumFromNanos(opening),
  closing: Usd.sumFromNanos(closing),
})

const spanOfEvents = (step: Step) => ({
  ...plain(Timestamp.fromMillis(step.from), Timestamp.fromMillis(step.to)),
  assumes: assumptionsOf(step.usedAssumes),
})

const poolsEntry = (step: Step, first: bigint, second: bigint): Ledger.Entry => {
  const span = spanOfEvents(step)
  const [monthly, stable] = [levels(first, first - step.used), levels(second, second - step.stable)]
  return {
    _tag: "Pools",
    from: span.from,
    to: span.to,
    monthly,
    stable,
    exhausted: [monthly.opening, monthly.closing, stable.opening, stable.closing].every((usd) => !Usd.isPositive(usd)),
    events: [
      ...(step.used === 0n ? [] : [monthlyUsage(span, Usd.sumFromNanos(step.used))]),
      ...(step.stable === 0n ? [] : [stableUsage(span, Usd.sumFromNanos(step.stable))]),
    ],
    assumes: assumptionsOf(step.assumes),
  }
}

const dueEntry = (step: Step, due: bigint): Ledger.Entry => {
  const span = spanOfEvents(step)
  return {
    _tag: "Due",
    from: span.from,
    to: span.to,
    due: levels(due, due + step.used),
    events: step.used === 0n ? [] : payAsYouGoUsage(span, Usd.sumFromNanos(step.used)),
    assumes: assumptionsOf(step.assumes),
  }
}

/** The entries of a day, by the time at which the ledger closed them; entries of the pools before those of the amount due. */
export const entries = (self: LedgerDay): ReadonlyArray<Closed> => {
  const [pools, due]: [Array<Closed>, Array<Closed>] = [[], []]
  walk(
    self.pools,
    (step, first, second) => pools.push({ closedAt: step.to, entry: poolsEntry(step, first, second) }),
    (whole) => pools.push(whole),
  )
  walkDue(
    self.due,
    (step, level) => due.push({ closedAt: step.to, entry: dueEntry(step, level) }),
    (whole) => due.push(whole),
  )
  // Stable, so that entries of one time stay in their order.
  return [...pools, ...due].sort((a, b) => a.closedAt - b.closedAt)
}

const itemUntil = (item: Item, at: number): ReadonlyArray<Item> => {
  if (item._tag === "Whole") return item.closedAt <= at ? [item] : []
  if (item.to <= at) return [item]
  // Idle time is merged up to midnight; a part of it is idle too. A single pair of snapshots was not closed yet.
  if (!isIdle(item) || item.snapshots === 1 || item.from >= at) return []
  // It ends with a snapshot, and they are taken to come evenly.
  const snapshots = Math.floor((item.snapshots * (at - item.from)) / (item.to - item.from))
  if (snapshots === 0) return []
  const to = item.from + Math.round((snapshots * (item.to - item.from)) / item.snapshots)
  return [{ ...item, to, snapshots, longestGapMillis: Math.min(item.longestGapMillis, to - item.from) }]
}

const trackUntil = (track: Track, at: number): Track =>
  track.map((segment) => ({ ...segment, items: segment.items.flatMap((item) => itemUntil(item, at)) }))

/** What the ledger had closed of a day at a time of it, as far as the merged entries tell: exact at every quarter of an hour. */
export const until = (self: LedgerDay, at: number): LedgerDay => ({
  day: self.day,
  pools: trackUntil(self.pools, at),
  due: trackUntil(self.due, at),
})

/** The ends of a track on a day: where it begins and ends, and the balances there. `closing` is absent after time in which the amount due was not asked for. */
export interface Ends {
  readonly from: number
  readonly to: number
  readonly opening: readonly [bigint, bigint]
  readonly closing: readonly [bigint, bigint] | undefined
}

const endsOf = (track: Track, sign: bigint): ReadonlyArray<Ends> =>
  track.map(({ first, from, items, second }) => {
    let closing: Ends["closing"] = [first, second]
    let to = from
    for (const item of items) {
      if (item._tag === "Step") {
        to = item.to
        closing = closing && [closing[0] + sign * item.used, closing[1] + sign * item.stable]
      } else {
        to = item.entry.to.epochMillis
        closing = levelsOf(item.entry)?.closing
      }
    }
    return { from, to, opening: [first, second], closing }
  })

/** The ends of each chain of entries of the pools, and of the amount due. */
export const ends = (self: LedgerDay): { readonly pools: ReadonlyArray<Ends>; readonly due: ReadonlyArray<Ends> } => ({
  pools: endsOf(self.pools, -1n),
  due: endsOf(self.due, 1n),
})
