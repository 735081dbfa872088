/**
 * The statement of an account between two moments: from the newest snapshot at or before the first one to the newest snapshot at or before the
 * second one, so that statements of neighbouring spans follow on from one another without a gap. Read from the history; the API is never
 * asked.
 */
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Pool from "../domain/balance/Pool.js"
import type * as Account from "../domain/history/Account.js"
import * as Amount from "../domain/history/Amount.js"
import * as Assumption from "../domain/history/Assumption.js"
import * as Consumption from "../domain/history/Consumption.js"
import * as Estimate from "../domain/history/Estimate.js"
import * as Ledger from "../domain/history/Ledger.js"
import * as LedgerDay from "../domain/history/LedgerDay.js"
import type { LedgerEvent } from "../domain/history/LedgerEvent.js"
import * as LinkedAmounts from "../domain/history/LinkedAmounts.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as Usd from "../domain/money/Usd.js"
import * as Timestamp from "../domain/time/Timestamp.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import { StoreBusy, type StoreError } from "../infra/store/StoreError.js"
import { UsageStore } from "../infra/store/UsageStore.js"
import { UsageSeries } from "./UsageSeries.js"

/** The span of a statement: without `from` since the first snapshot, without `to` up to the last one. */
export interface Span {
  readonly from?: Timestamp.Timestamp | undefined
  readonly to?: Timestamp.Timestamp | undefined
}

/** A snapshot, and the entries that it closes. */
export interface ClosedBy {
  readonly snapshot: Snapshot.Snapshot
  readonly entries: ReadonlyArray<Ledger.Entry>
}

/** An amount due, and when it was observed. */
export interface KnownDue {
  readonly usd: Usd.Usd
  readonly at: Timestamp.Timestamp
}

/** A statement. */
export interface Statement {
  readonly opening: Snapshot.Snapshot
  readonly closing: Snapshot.Snapshot
  /** The last known amounts due at the opening and at the closing, however old. */
  readonly openingDue: Option.Option<KnownDue>
  readonly closingDue: Option.Option<KnownDue>
  /** Whether an amount due is known at or before the opening, and at the closing. */
  readonly isDueKnown: boolean
  /**
   * The snapshots after the opening one, oldest first, the closing one last; it comes once more where the end of the history leaves an entry
   * open. Of a pruned day only its last snapshot comes, with all entries of the day, merged by quarters of an hour. Read in pages: memory does
   * not grow with their number.
   */
  readonly snapshots: Stream.Stream<ClosedBy, StoreError>
}

const AFTER = { millis: 1 }

/** The first time of a history. */
const FIRST_MS = Date.UTC(100, 0, 1)

/** The part of a statement in the sealed span: each stored snapshot with the stored entries since the one before it. */
const sealedPart = (
  store: SnapshotStore["Type"],
  days: ReadonlyArray<LedgerDay.LedgerDay>,
  opening: Snapshot.Snapshot,
  closing: Snapshot.Snapshot,
  end: Timestamp.Timestamp,
): Stream.Stream<ClosedBy, StoreError> =>
  Stream.suspend(() => {
    const isMeant = ({ closedAt }: LedgerDay.Closed): boolean =>
      closedAt > opening.observedAt.epochMillis && closedAt < end.epochMillis
    /** Idle time is merged over many snapshots; the statement begins with the opening one. */
    const clipped = ({ closedAt, entry }: LedgerDay.Closed): LedgerDay.Closed => ({
      closedAt,
      entry: since(opening.observedAt, entry),
    })
    let [nextDay, waiting] = [0, [] as ReadonlyArray<LedgerDay.Closed>]
    /** The entries that were closed by a time and not given before. Days are read one by one. */
    const until = (snapshot: Snapshot.Snapshot): ClosedBy => {
      const at = snapshot.observedAt.epochMillis
      while ((days[nextDay]?.day ?? Number.POSITIVE_INFINITY) <= LedgerDay.dayOf(at)) {
        waiting = [
          ...waiting,
          ...LedgerDay.entries(days[nextDay++] as LedgerDay.LedgerDay)
            .filter(isMeant)
            .map(clipped),
        ]
      }
      const entries = waiting.filter(({ closedAt }) => closedAt <= at).map(({ entry }) => entry)
      waiting = waiting.filter(({ closedAt }) => closedAt > at)
      return { snapshot, entries }
    }
    const stored = Stream.mapChunks(
      store.stream(opening.account, { from: DateTime.add(opening.observedAt, AFTER), to: end }),
      (chunk) => Chunk.map(chunk, until),
    )
    // The closing balance lies within a day whose last snapshot is later.
    const rest = Stream.suspend(() => {
      const last = until(closing)
      return last.entries.length === 0 ? Stream.empty : Stream.make(last)
    })
    return DateTime.lessThan(closing.observedAt, end) ? Stream.concat(stored, rest) : stored
  })

const NOT_WHOLE = "it began before the opening, and how much of it lies after is not known"

/** Of an amount that reaches over the opening any part may lie after it. */
const partOf = (amount: Amount.Amount): Amount.Amount => {
  const zero = Amount.exact(Usd.zero)
  const [lower, upper] = [Amount.lower(amount), Amount.upper(amount)]
  const least = Usd.min(Usd.zero, lower)
  return Option.match(upper, {
    onNone: () => Amount.atLeast(least),
    onSome: (most) => (Usd.isZero(most) && Usd.isZero(least) ? zero : Amount.between(least, Usd.max(Usd.zero, most))),
  })
}

/**
 * The entry as far as it lies after the opening. The amount due is explained between known amounts, the first of which may be older than the
 * opening: events before it are left out, and those that reach over it are bounded.
 */
const since = (opening: Timestamp.Timestamp, entry: Ledger.Entry): Ledger.Entry => {
  if (DateTime.greaterThanOrEqualTo(entry.from, opening)) return entry
  const events = entry.events.flatMap((event): ReadonlyArray<LedgerEvent> => {
    if (DateTime.greaterThanOrEqualTo(event.from, opening)) return [event]
    if (DateTime.lessThanOrEqualTo(event.to, opening)) return []
    const why = `${event.why}; ${NOT_WHOLE}`
    return [{ ...event, from: opening, confidence: "Possible", amount: partOf(event.amount), link: Option.none(), why }]
  })
  return { ...entry, from: opening, events }
}

/** The part of a statement whose snapshots are all stored: each with the entries that it closes. */
const openPart = (
  state: Ledger.State,
  opening: Snapshot.Snapshot,
  closing: Snapshot.Snapshot,
  following: Stream.Stream<Snapshot.Snapshot, StoreError>,
): Stream.Stream<ClosedBy, StoreError> =>
  Stream.suspend(() => {
    const after = (entry: Ledger.Entry): Ledger.Entry => since(opening.observedAt, entry)
    let current = state
    const closed = Stream.mapChunks(following, (page) =>
      Chunk.filterMap(page, (snapshot): Option.Option<ClosedBy> => {
        const before = current
        const [next, entries] = Ledger.step(current, snapshot)
        current = next
        // Neither the opening snapshot nor one that is outdated or misdated closes anything.
        const isCounted = Option.isSome(before.previous) && next.previous !== before.previous
        return isCounted ? Option.some({ snapshot, entries: entries.map(after) }) : Option.none()
      }),
    )
    const open = Stream.suspend(() => {
      const entries = Ledger.finish(current).map(after)
      return entries.length === 0 ? Stream.empty : Stream.make<[ClosedBy]>({ snapshot: closing, entries })
    })
    return Stream.concat(closed, open)
  })

/** Fails where the account is pruned while a statement of it is read: its snapshots go, and what follows was computed from them. */
const unlessPruned = <A>(
  snapshots: Stream.Stream<A, StoreError>,
  usage: UsageStore["Type"],
  account: Account.Account,
  sealedBefore: number,
): Stream.Stream<A, StoreError> =>
  Stream.mapChunksEffect(snapshots, (page) =>
    Effect.flatMap(usage.standing(account), (standing) => {
      const now = Option.getOrElse(
        Option.flatMap(standing, (each) => each.sealedBefore),
        () => Number.NEGATIVE_INFINITY,
      )
      return now === sealedBefore
        ? Effect.succeed(page)
        : Effect.fail(new StoreBusy({ path: usage.path, operation: "Statement.of" }))
    }),
  )

/** What follows the opening balance, up to the closing one. */
const following = (opening: Snapshot.Snapshot, closing: Snapshot.Snapshot, isWhole: boolean) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const usage = yield* UsageSeries
    const stored = yield* UsageStore
    const { account, observedAt } = opening
    const to = DateTime.add(closing.observedAt, AFTER)
    const at = yield* usage.ledger({ account, from: observedAt, until: observedAt })
    const stream = (range: { readonly from?: Timestamp.Timestamp; readonly to: Timestamp.Timestamp }) =>
      unlessPruned(store.stream(account, range), stored, account, at.sealedBefore)
    const sealEnd = Timestamp.fromMillis(Math.max(FIRST_MS, LedgerDay.startOf(at.sealedBefore)))
    if (DateTime.greaterThanOrEqualTo(observedAt, sealEnd)) {
      // The whole history opens with its first snapshot, although others may have the same time.
      return isWhole
        ? openPart(Ledger.start, opening, closing, stream({ to }))
        : openPart(at.state, opening, closing, stream({ from: DateTime.add(observedAt, AFTER), to }))
    }
    const isBeyond = DateTime.greaterThanOrEqualTo(closing.observedAt, sealEnd)
    const until = isBeyond ? DateTime.subtract(sealEnd, AFTER) : closing.observedAt
    const sealed = yield* usage.ledger({ account, from: observedAt, until })
    const pruned = sealedPart(store, sealed.days, opening, closing, DateTime.min(to, sealEnd))
    if (isBeyond) {
      return Stream.concat(pruned, openPart(sealed.state, opening, closing, stream({ from: sealEnd, to })))
    }
    const open = sealed.open.map((entry) => since(observedAt, entry))
    return open.length === 0 ? pruned : Stream.concat(pruned, Stream.make({ snapshot: closing, entries: open }))
  })

/** The last known amount due at a snapshot. */
const lastDue = (usage: UsageSeries["Type"], { account, balance, observedAt }: Snapshot.Snapshot) =>
  balance.due._tag === "Due"
    ? Effect.succeedSome({ usd: balance.due.usd, at: observedAt })
    : Effect.map(usage.ledger({ account, from: observedAt, until: observedAt }), ({ days, state }) => {
        // In the sealed span the state is that of the day before.
        const ends = days.flatMap((day) => LedgerDay.ends(day).due).at(-1)
        return ends?.closing === undefined
          ? Option.map(state.due.usd, (usd): KnownDue => ({ usd, at: state.due.since }))
          : Option.some({ usd: Usd.sumFromNanos(ends.closing[0]), at: Timestamp.fromMillis(ends.to) })
      })

/** The statement of an account; `None` where nothing of it is stored, or nothing from `to` or before. */
export const of = (
  account: Account.Account,
  { from, to }: Span,
): Effect.Effect<Option.Option<Statement>, StoreError, SnapshotStore | UsageSeries | UsageStore> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const usage = yield* UsageSeries
    const last = yield* to === undefined ? store.latest(account) : usage.balanceAt(account, to)
    if (Option.isNone(last)) return Option.none()
    const closing = last.value
    const before = from === undefined ? Option.none() : yield* usage.balanceAt(account, from)
    const first = Option.isSome(before) ? before : yield* usage.openingOf(account)
    const opening = Option.match(first, {
      onNone: () => closing,
      onSome: (each) => (DateTime.lessThan(closing.observedAt, each.observedAt) ? closing : each),
    })
    const context = yield* Effect.context<SnapshotStore | UsageSeries | UsageStore>()
    const snapshots = Stream.unwrap(Effect.provide(following(opening, closing, Option.isNone(before)), context))
    const [openingDue, closingDue] = [yield* lastDue(usage, opening), yield* lastDue(usage, closing)]
    const isDueKnown = Option.isSome(openingDue) && closing.balance.due._tag === "Due"
    return Option.some({ opening, closing, openingDue, closingDue, isDueKnown, snapshots })
  })

const Bounds = Schema.Struct({ lower: Usd.SumFromText, upper: Schema.OptionFromNullOr(Usd.SumFromText) })

/** Sums of a statement. `usage` is from every pool; a correction lowers or raises a book, so its sum is signed. */
export const Totals = Schema.Struct({
  usage: Estimate.Estimate,
  usageOf: Schema.Struct({ monthly: Bounds, stable: Bounds, payAsYouGo: Bounds }),
  refresh: Bounds,
  expiry: Bounds,
  grant: Bounds,
  /** All charges: `renewals`, and `otherCharges` for usage or for what nothing explains. */
  charge: Bounds,
  renewals: Bounds,
  otherCharges: Bounds,
  payment: Bounds,
  correction: Bounds,
  /** Assumptions of the usage. */
  assumes: Schema.Array(Assumption.Assumption),
}).annotations({ identifier: "StatementTotals" })
/** Sums of a statement. */
export type Totals = typeof Totals.Type

type Sum = Pool.Name | Exclude<LedgerEvent["_tag"], "Usage" | "PlanChange">

// A plan change moves no money.
const sumOf = (event: LedgerEvent): Sum | "PlanChange" => (event._tag === "Usage" ? event.pool : event._tag)

/** Charges of two kinds, which together can be known better than one by one. */
type Charged = "Renewal" | "OtherCharge"

const chargeOf = (event: LedgerEvent): Charged | ReturnType<typeof sumOf> =>
  event._tag === "Charge" ? (event.kind === "Renewal" ? "Renewal" : "OtherCharge") : sumOf(event)

const boundsOf = ({ lower, upper }: LinkedAmounts.Range) => ({
  lower: Usd.sumFromNanos(lower),
  upper: Option.map(Option.fromNullable(upper), Usd.sumFromNanos),
})

/** What bounds the sums of a statement from outside. */
export interface Ends {
  /**
   * Whether the amount due is known at both ends. Where it is not, more can have been charged and paid than the entries show.
   *
   * @default true
   */
  readonly isDueKnown?: boolean | undefined
}

/** Adds up a statement, an entry at a time. Memory does not grow with exact usage. */
export class Sums {
  private readonly sums = new Map<Sum | "PlanChange", LinkedAmounts.Range>()
  private readonly charges = new Map<ReturnType<typeof chargeOf>, LinkedAmounts.Range>()
  private readonly usage = new Consumption.Collector({ cuts: [] })
  private assumes = Assumption.none

  /** Adds an entry. */
  add(entry: Ledger.Entry): void {
    this.usage.add(entry)
    this.assumes = Assumption.union(this.assumes, entry.assumes)
    LinkedAmounts.addTo(this.sums, entry.events, sumOf)
    if (entry._tag !== "Pools") LinkedAmounts.addTo(this.charges, entry.events, chargeOf)
  }

  /** The sums so far. */
  totals({ isDueKnown = true }: Ends = {}): Totals {
    const { credits, payAsYouGo } = this.usage.series()
    const of = (sum: Sum) => boundsOf(this.sums.get(sum) ?? LinkedAmounts.ZERO)
    // Usage that a rise undid may lie before the span.
    const used = (pool: Pool.Name) => ({ ...of(pool), lower: Usd.max(Usd.zero, of(pool).lower) })
    const open = (sum: ReturnType<typeof of>) => (isDueKnown ? sum : { ...sum, upper: Option.none() })
    const chargedAs = (kind: Charged) => open(boundsOf(this.charges.get(kind) ?? LinkedAmounts.ZERO))
    const estimate = (usage: Estimate.Estimate, interval: Estimate.Estimate) => Estimate.add(usage, interval)
    return {
      usage: payAsYouGo.reduce(estimate, credits.reduce(estimate, Estimate.zero)),
      usageOf: { monthly: used("Monthly"), stable: used("Stable"), payAsYouGo: used("PayAsYouGo") },
      refresh: of("Refresh"),
      expiry: of("Expiry"),
      grant: of("Grant"),
      charge: open(of("Charge")),
      renewals: chargedAs("Renewal"),
      otherCharges: chargedAs("OtherCharge"),
      payment: open(of("Payment")),
      correction: of("Correction"),
      assumes: this.assumes,
    }
  }
}
