/**
 * The statement of an account between two moments: from the newest look at or before the first one to the newest look at or before the
 * second one, so that statements of neighbouring spans follow on from one another without a gap. Read from what is kept; the API is never
 * asked.
 */
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
import type { LedgerEvent } from "../domain/history/LedgerEvent.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as Usd from "../domain/money/Usd.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
import { SnapshotStore } from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"

/** The moments between which the statement is asked for; without `from` since the first look, without `to` up to the last one. */
export interface Span {
  readonly from?: Timestamp.Timestamp | undefined
  readonly to?: Timestamp.Timestamp | undefined
}

/** A look, and what it explains. */
export interface Look {
  readonly snapshot: Snapshot.Snapshot
  readonly entries: ReadonlyArray<Ledger.Entry>
}

/** A statement. */
export interface Statement {
  readonly opening: Snapshot.Snapshot
  readonly closing: Snapshot.Snapshot
  /**
   * The looks after the opening one, oldest first, the closing one last; it comes once more where the end of the history leaves an entry
   * open. Read in pages: memory does not grow with their count.
   */
  readonly looks: Stream.Stream<Look, StoreError>
}

const AFTER = { millis: 1 }

/** What the ledger keeps in mind of earlier looks is of the last month at most, but for the last known amount due. */
const KEPT_IN_MIND = { days: 40 }

/** The fold at the opening look, so that statements of neighbouring spans explain what lies between them as one of both does. */
const stateAt = (store: SnapshotStore["Type"], opening: Snapshot.Snapshot): Effect.Effect<Ledger.State, StoreError> =>
  Stream.runFold(
    store.stream(opening.account, {
      from: DateTime.subtract(opening.observedAt, KEPT_IN_MIND),
      to: DateTime.add(opening.observedAt, AFTER),
    }),
    Ledger.start,
    (state, snapshot) => Ledger.step(state, snapshot)[0],
  )

const explained = (
  first: Ledger.State,
  closing: Snapshot.Snapshot,
  following: Stream.Stream<Snapshot.Snapshot, StoreError>,
): Stream.Stream<Look, StoreError> =>
  Stream.suspend(() => {
    let state = first
    const looks = Stream.map(following, (snapshot): Look => {
      const [next, entries] = Ledger.step(state, snapshot)
      state = next
      return { snapshot, entries }
    })
    const open = Stream.suspend(() => {
      const entries = Ledger.finish(state)
      return entries.length === 0 ? Stream.empty : Stream.make<[Look]>({ snapshot: closing, entries })
    })
    return Stream.concat(looks, open)
  })

/** The statement of an account; `None` where nothing is kept of it, or nothing from `to` or before. */
export const of = (
  account: Account.Account,
  { from, to }: Span,
): Effect.Effect<Option.Option<Statement>, StoreError, SnapshotStore> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    const last = yield* to === undefined ? store.latest(account) : store.asOf(account, to)
    if (Option.isNone(last)) return Option.none()
    const closing = last.value
    const end = DateTime.add(closing.observedAt, AFTER)
    const before = from === undefined ? Option.none() : yield* store.asOf(account, from)
    if (Option.isSome(before)) {
      const opening = DateTime.lessThan(closing.observedAt, before.value.observedAt) ? closing : before.value
      const following = store.stream(account, { from: DateTime.add(opening.observedAt, AFTER), to: end })
      const looks = Stream.unwrap(Effect.map(stateAt(store, opening), (state) => explained(state, closing, following)))
      return Option.some({ opening, closing, looks })
    }
    // The closing look is kept, so there is a first one.
    const all = store.stream(account, { to: end })
    const opening = Option.getOrElse(yield* Stream.runHead(all), () => closing)
    const [first] = Ledger.step(Ledger.start, opening)
    return Option.some({ opening, closing, looks: explained(first, closing, Stream.drop(all, 1)) })
  })

const Bounds = Schema.Struct({ lower: Usd.FromText, upper: Schema.OptionFromNullOr(Usd.FromText) })

/** Sums of a statement. `usage` is from every pool; a correction lowers or raises a book, so its sum is signed. */
export const Totals = Schema.Struct({
  usage: Estimate.Estimate,
  usageOf: Schema.Struct({ monthly: Bounds, stable: Bounds, payAsYouGo: Bounds }),
  refresh: Bounds,
  expiry: Bounds,
  grant: Bounds,
  charge: Bounds,
  payment: Bounds,
  correction: Bounds,
  /** What the usage takes for granted. */
  assumes: Schema.Array(Assumption.Assumption),
}).annotations({ identifier: "StatementTotals" })
/** Sums of a statement. */
export type Totals = typeof Totals.Type

type Sum = Pool.Name | Exclude<LedgerEvent["_tag"], "Usage" | "PlanChange">

const sumOf = (event: LedgerEvent): Sum | undefined => {
  if (event._tag === "PlanChange") return undefined
  return event._tag === "Usage" ? event.pool : event._tag
}

const bounds = (amount: Amount.Amount) => ({ lower: Amount.lower(amount), upper: Amount.upper(amount) })

/** Adds up a statement, an entry at a time. It holds the usage of each, which the estimate of hidden usage needs. */
export class Sums {
  private readonly sums = new Map<Sum, Amount.Amount>()
  private readonly usage = new Consumption.Collector()
  private assumes = Assumption.none

  /** Adds an entry. */
  add(entry: Ledger.Entry): void {
    this.usage.add(entry)
    this.assumes = Assumption.union(this.assumes, entry.assumes)
    for (const event of entry.events) {
      const sum = sumOf(event)
      if (sum !== undefined) this.sums.set(sum, Amount.add(this.sums.get(sum) ?? Amount.zero, event.amount))
    }
  }

  /** The sums so far. */
  totals(): Totals {
    const { credits, payAsYouGo } = this.usage.series()
    const of = (sum: Sum) => bounds(this.sums.get(sum) ?? Amount.zero)
    const estimate = (usage: Estimate.Estimate, interval: Estimate.Estimate) => Estimate.add(usage, interval)
    return {
      usage: payAsYouGo.reduce(estimate, credits.reduce(estimate, Estimate.zero)),
      usageOf: { monthly: of("Monthly"), stable: of("Stable"), payAsYouGo: of("PayAsYouGo") },
      refresh: of("Refresh"),
      expiry: of("Expiry"),
      grant: of("Grant"),
      charge: of("Charge"),
      payment: of("Payment"),
      correction: of("Correction"),
      assumes: this.assumes,
    }
  }
}
