/**
 * What is kept, on its way out: accounts in the order of `Account.Order`, the snapshots of each in the order of the store.
 *
 * It is read in pages: memory does not grow with the history. What is written is a function of the history alone, whoever exports it and
 * whenever: `export/JsonLine`, `export/Csv` and `export/Column` say how a snapshot is written.
 */
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Account from "../domain/history/Account.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as Calendar from "../domain/time/Calendar.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
import * as SnapshotStore from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"

/** What is exported: everything, unless it is narrowed. */
export interface Options {
  /** Whose history; without it, everybody's. At any base URL. */
  readonly owner?: Account.Owner | undefined
  /** Observed at or after it. */
  readonly from?: Timestamp.Timestamp | undefined
  /** Observed before it. */
  readonly to?: Timestamp.Timestamp | undefined
}

const range = (from: Timestamp.Timestamp | undefined, to: Timestamp.Timestamp | undefined): SnapshotStore.Range => ({
  ...(from === undefined ? {} : { from }),
  ...(to === undefined ? {} : { to }),
})

/** The accounts that are exported. */
export const accounts = ({
  owner,
}: Options): Effect.Effect<ReadonlyArray<SnapshotStore.AccountSummary>, StoreError, SnapshotStore.SnapshotStore> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const kept = yield* store.accounts
    if (owner === undefined) return kept
    const asked = Account.formatOwner(owner)
    return kept.filter(({ account }) => Account.formatOwner(account.owner) === asked)
  })

/** The snapshots that are exported, one account after the other. */
export const snapshots = (
  options: Options,
): Stream.Stream<Snapshot.Snapshot, StoreError, SnapshotStore.SnapshotStore> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      const exported = yield* accounts(options)
      return Stream.flatMap(Stream.fromIterable(exported), ({ account }) =>
        store.stream(account, range(options.from, options.to)),
      )
    }),
  )

const DAY_MS = 86_400_000

const dayOf = (time: Timestamp.Timestamp): number => Math.floor(time.epochMillis / DAY_MS)

/** The day after the last one that has a part before `time`. */
const endDayOf = (time: Timestamp.Timestamp): number => Math.ceil(time.epochMillis / DAY_MS)

/**
 * Counts the pruned UTC days of what is exported: for each exported account the days from that of its first snapshot to the end of its sealed
 * span, of which the exported range covers at least a part, added over the accounts. Pruning keeps the last snapshot of each day, so an account's
 * first day stays its first. Days without snapshots between the two are counted; a day that is pruned in several accounts counts once for each.
 * 0 where nothing was pruned.
 */
export const prunedDays = (options: Options): Effect.Effect<number, StoreError, SnapshotStore.SnapshotStore> =>
  Effect.map(accounts(options), (exported) =>
    exported.reduce((total, { first, sealedUntil }) => {
      if (Option.isNone(sealedUntil)) return total
      const from = options.from === undefined ? dayOf(first) : Math.max(dayOf(first), dayOf(options.from))
      const to =
        options.to === undefined ? dayOf(sealedUntil.value) : Math.min(dayOf(sealedUntil.value), endDayOf(options.to))
      return total + Math.max(0, to - from)
    }, 0),
  )

/** The snapshots of a calendar month UTC, one account after the other. */
export interface MonthOfSnapshots {
  readonly month: Calendar.Month
  readonly snapshots: Stream.Stream<Snapshot.Snapshot, StoreError>
}

const earliest = (times: ReadonlyArray<Timestamp.Timestamp>): Option.Option<Timestamp.Timestamp> => {
  const [first, ...others] = times
  return first === undefined ? Option.none() : Option.some(others.reduce((a, b) => DateTime.min(a, b), first))
}

/** The snapshots that are exported, month by month, from the first in which something was observed; a month in a gap may have none. */
export const months = (options: Options): Stream.Stream<MonthOfSnapshots, StoreError, SnapshotStore.SnapshotStore> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      const exported = yield* accounts(options)
      /** The month of the earliest snapshot, as far as the accounts' spans tell it, that was observed at or after `at`. */
      const next = (at: Timestamp.Timestamp | undefined): Option.Option<Calendar.Month> => {
        const begins = exported.flatMap(({ first, last }) =>
          at !== undefined && DateTime.lessThan(last, at) ? [] : [at === undefined ? first : DateTime.max(first, at)],
        )
        return earliest(begins).pipe(
          Option.filter((time) => options.to === undefined || DateTime.lessThan(time, options.to)),
          Option.map(Calendar.monthOf),
        )
      }
      const within = (month: Calendar.Month): MonthOfSnapshots => {
        const from = options.from === undefined ? month.from : DateTime.max(options.from, month.from)
        const to = options.to === undefined ? month.to : DateTime.min(options.to, month.to)
        const touched = exported.filter(
          ({ first, last }) => DateTime.lessThan(first, to) && DateTime.greaterThanOrEqualTo(last, from),
        )
        return {
          month,
          snapshots: Stream.flatMap(Stream.fromIterable(touched), ({ account }) => store.stream(account, { from, to })),
        }
      }
      return Stream.unfoldChunk(next(options.from), (month) =>
        Option.map(month, (found) => [Chunk.of(within(found)), next(found.to)] as const),
      )
    }),
  )
