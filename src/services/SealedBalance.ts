/**
 * Balances within the sealed span of a pruned account, where the last snapshot of each UTC day and the entries of the ledger are all that is
 * stored.
 */
import * as Option from "effect/Option"
import type * as Pool from "../domain/balance/Pool.js"
import * as Subscription from "../domain/balance/Subscription.js"
import * as Ledger from "../domain/history/Ledger.js"
import * as LedgerDay from "../domain/history/LedgerDay.js"
import * as Snapshot from "../domain/history/Snapshot.js"
import * as Credits from "../domain/money/Credits.js"
import * as Usd from "../domain/money/Usd.js"
import * as Timestamp from "../domain/time/Timestamp.js"

/** Balances in dollars; `due` is `None` where it is not known. */
interface Levels {
  readonly monthly: Usd.Usd
  readonly stable: Usd.Usd
  readonly due: Option.Option<Usd.Usd>
}

const hasUnit = ({ observedAt }: Snapshot.Snapshot, unit: Credits.Unit): boolean => Credits.unitAt(observedAt) === unit

/** A number of credits of a unit that no body told: the amount at the plan's price in that unit, rounded as the publisher rounds. */
const creditsOf = (usd: Usd.Usd, snapshot: Snapshot.Snapshot, unit: Credits.Unit): Credits.Credits => {
  const price = Option.flatMap(snapshot.balance.subscription, Subscription.creditPrice).pipe(
    Option.filter(() => hasUnit(snapshot, unit)),
    Option.getOrElse(() => Credits.publishedPrice(unit)),
  )
  return Option.getOrElse(Credits.fromUsd(usd, price, "HalfUp"), () => Credits.unsafeFromBigInt(0n))
}

const stableOf = (usd: Usd.Usd, snapshot: Snapshot.Snapshot, unit: Credits.Unit): Pool.Stable => {
  const { stable } = snapshot.balance
  const isSame = Usd.Equivalence(Snapshot.stable(snapshot), usd)
  if (isSame && (stable._tag === "PrePaid" || hasUnit(snapshot, unit))) return stable
  return stable._tag === "Granted"
    ? { _tag: "Granted", value: usd, credits: creditsOf(usd, snapshot, unit) }
    : { _tag: "PrePaid", cash: Usd.subtract(usd, stable.credits), credits: stable.credits }
}

/** A snapshot of a time that no stored one is of: a stored one of the same day or before, with other balances. */
const withLevels = (base: Snapshot.Snapshot, at: number, { due, monthly, stable }: Levels): Snapshot.Snapshot => {
  const observedAt = Timestamp.fromMillis(at)
  const unit = Credits.unitAt(observedAt)
  const isSame = Usd.Equivalence(base.balance.monthly.value, monthly) && hasUnit(base, unit)
  return Snapshot.make(base.account, observedAt, {
    ...base.balance,
    monthly: isSame ? base.balance.monthly : { value: monthly, credits: Option.none() },
    stable: stableOf(stable, base, unit),
    due: Option.match(due, {
      onNone: () => ({ _tag: "NotRequested" as const }),
      onSome: (usd) => ({ _tag: "Due" as const, usd }),
    }),
    updatedAt: observedAt,
  })
}

const dueOf = ({ balance }: Snapshot.Snapshot): Option.Option<Usd.Usd> =>
  balance.due._tag === "Due" ? Option.some(balance.due.usd) : Option.none()

/**
 * The first balance of a history whose first day is sealed: that of its first entries; `first` is its first stored snapshot, and `end` the state
 * at the end of the day, which has the first amount due where no later one is known by then.
 */
export const opening = (day: LedgerDay.LedgerDay, first: Snapshot.Snapshot, end?: Ledger.State): Snapshot.Snapshot => {
  const entries = LedgerDay.entries(day)
  const pools = entries.find(({ entry }) => entry._tag === "Pools")?.entry
  if (pools?._tag !== "Pools") return first
  const due = entries.find(({ entry }) => entry._tag !== "Pools")?.entry
  return withLevels(first, pools.from.epochMillis, {
    monthly: pools.monthly.opening,
    stable: pools.stable.opening,
    due:
      due?._tag === "Due" && due.from.epochMillis === pools.from.epochMillis
        ? Option.some(due.due.opening)
        : end?.due.since.epochMillis === pools.from.epochMillis
          ? end.due.usd
          : Option.none(),
  })
}

/**
 * The balance at a time of a sealed day: that of the last stored snapshot `before`, moved on by the day's entries that end by then. The plan and
 * the refresh date are those of the stored snapshot `after` where a refresh or a change of plan lies between.
 */
export const at = (
  day: LedgerDay.LedgerDay,
  before: Option.Option<Snapshot.Snapshot>,
  after: Option.Option<Snapshot.Snapshot>,
  at: number,
): Option.Option<Snapshot.Snapshot> => {
  const since = Option.match(before, {
    onNone: () => Number.NEGATIVE_INFINITY,
    onSome: (each) => each.observedAt.epochMillis,
  })
  const entries = LedgerDay.entries(LedgerDay.until(day, at)).filter(({ closedAt }) => closedAt > since)
  const start = Option.isNone(before) ? Option.map(after, (first) => opening(day, first)) : before
  const isReached = Option.exists(start, ({ observedAt }) => observedAt.epochMillis <= at)
  if (!isReached || entries.length === 0) return isReached ? start : Option.none()
  return Option.map(start, (base) => {
    let levels: Levels = { monthly: Snapshot.monthly(base), stable: Snapshot.stable(base), due: dueOf(base) }
    let [last, dueAt] = [base.observedAt.epochMillis, base.observedAt.epochMillis]
    let isOtherCycle = false
    for (const { closedAt, entry } of entries) {
      last = Math.max(last, closedAt)
      if (entry._tag === "Pools") {
        levels = { ...levels, monthly: entry.monthly.closing, stable: entry.stable.closing }
        if (entry.events.some(({ _tag }) => _tag === "Refresh" || _tag === "PlanChange")) isOtherCycle = true
      } else if (entry._tag === "Due") {
        levels = { ...levels, due: Option.some(entry.due.closing) }
        dueAt = closedAt
      }
    }
    // A snapshot after the last known amount due did not ask for it.
    if (dueAt < last) levels = { ...levels, due: Option.none() }
    return withLevels(isOtherCycle ? Option.getOrElse(after, () => base) : base, last, levels)
  })
}

const isEmpty = (entry: typeof Ledger.Pools.Type, end: "opening" | "closing"): boolean =>
  !Usd.isPositive(entry.monthly[end]) && !Usd.isPositive(entry.stable[end])

/**
 * The entries that are open within a sealed day, as far as its entries so far tell: pay as you go since the last known amount due, where both pools
 * were empty since. `state` is that of the ledger before the day.
 */
export const openEntries = (state: Ledger.State, day: LedgerDay.LedgerDay): ReadonlyArray<Ledger.Entry> => {
  let { since } = state.due
  let { empty } = state
  let last = state.previous
  for (const { entry } of LedgerDay.entries(day)) {
    if (entry._tag === "Pools") {
      if (isEmpty(entry, "opening") || isEmpty(entry, "closing")) {
        empty = Option.some(Ledger.withEmpty(empty, entry.from, entry.to))
      }
      last = Option.map(last, (snapshot) => Snapshot.make(snapshot.account, entry.to, snapshot.balance))
    } else {
      since = entry.to
      empty = Option.none()
    }
  }
  return Ledger.finish({ ...state, previous: last, due: { ...state.due, since }, empty })
}
