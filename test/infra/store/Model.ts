/** What a store must answer, by the plain rule: every snapshot in a list, and the ledger over all of it for each question. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Amount from "../../../src/domain/history/Amount.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import type * as SnapshotStore from "../../../src/infra/store/SnapshotStore.js"

const DAY = 86_400_000

const bytes = (self: Snapshot.Snapshot): Buffer => Buffer.from(JSON.stringify(CustomerBalance.encode(self.balance)))

/** The history of one account: by both times, then by canonical bytes, each once. */
export const history = (given: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<Snapshot.Snapshot> => {
  const ordered = given.toSorted(
    (a, b) =>
      DateTime.Order(a.observedAt, b.observedAt) ||
      DateTime.Order(a.balance.updatedAt, b.balance.updatedAt) ||
      Buffer.compare(bytes(a), bytes(b)),
  )
  return ordered.filter(
    (each, index) =>
      index === 0 ||
      each.observedAt.epochMillis !== ordered[index - 1]?.observedAt.epochMillis ||
      !bytes(each).equals(bytes(ordered[index - 1] as Snapshot.Snapshot)),
  )
}

/** An entry of a ledger, by the time of the look that closes it, and whether pay as you go may have run since the last known amount due. */
interface Closed {
  readonly at: number
  readonly entries: ReadonlyArray<Ledger.Entry>
  readonly isOpen: boolean
}

const closed = (snapshots: ReadonlyArray<Snapshot.Snapshot>): ReadonlyArray<Closed> => {
  let state = Ledger.start
  return snapshots.map((snapshot) => {
    const [next, entries] = Ledger.step(state, snapshot)
    state = next
    return { at: snapshot.observedAt.epochMillis, entries, isOpen: next.payAsYouGoPossible }
  })
}

const sumOf = (entries: ReadonlyArray<Ledger.Entry>): SnapshotStore.UsageSum => {
  let [lower, upper, unbounded] = [Usd.zero, Usd.zero, 0]
  for (const entry of entries) {
    const usage = Ledger.usage(entry.events)
    lower = Usd.add(lower, Amount.lower(usage))
    if (Option.isNone(Amount.upper(usage))) unbounded++
    upper = Usd.add(
      upper,
      Option.getOrElse(Amount.upper(usage), () => Amount.lower(usage)),
    )
  }
  return { lower, upper: unbounded > 0 ? Option.none() : Option.some(upper), unbounded }
}

const usageOf = (looks: ReadonlyArray<Closed>, isOpen: boolean): Omit<SnapshotStore.Usage, "assumes"> => {
  const entries = looks.flatMap((look) => look.entries)
  return {
    credits: sumOf(entries.filter(({ _tag }) => _tag === "Pools")),
    payAsYouGo: sumOf(entries.filter(({ _tag }) => _tag !== "Pools")),
    isOpen,
  }
}

/** Usage that is explained by looks in `(from, to]`. */
export const usage = (
  snapshots: ReadonlyArray<Snapshot.Snapshot>,
  from: number,
  to: number,
): Omit<SnapshotStore.Usage, "assumes"> => {
  const looks = closed(snapshots)
  return usageOf(
    looks.filter(({ at }) => at > from && at <= to),
    looks.findLast(({ at }) => at <= to)?.isOpen ?? false,
  )
}

/** Usage of each UTC day that has looks. */
export const usageByDay = (snapshots: ReadonlyArray<Snapshot.Snapshot>) => {
  const days = new Map<number, Array<Closed>>()
  for (const look of closed(snapshots)) {
    const day = Math.ceil(look.at / DAY) - 1
    days.set(day, [...(days.get(day) ?? []), look])
  }
  return [...days].map(([day, looks]) => ({
    date: new Date(day * DAY).toISOString().slice(0, 10),
    looks: looks.length,
    ...usageOf(looks, looks.at(-1)?.isOpen ?? false),
  }))
}
