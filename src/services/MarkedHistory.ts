/** The snapshots of an account with their standing: which of them count, and which are outdated or misdated. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Account from "../domain/history/Account.js"
import * as Snapshot from "../domain/history/Snapshot.js"
import * as SnapshotOrder from "../domain/history/SnapshotOrder.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
import { type Range, SnapshotStore } from "../infra/store/SnapshotStore.js"
import type { StoreError } from "../infra/store/StoreError.js"

/** A snapshot, and whether it counts. */
export const Marked = Schema.Struct({
  ...Snapshot.Snapshot.fields,
  standing: SnapshotOrder.Standing,
}).annotations({ identifier: "MarkedSnapshot" })
/** A snapshot, and whether it counts. */
export type Marked = typeof Marked.Type

/** What the snapshots before a time leave to compare later ones with. */
const recentBefore = (store: SnapshotStore["Type"], account: Account.Account, { from }: Range) =>
  Effect.gen(function* () {
    if (from === undefined) return SnapshotOrder.start
    const since = DateTime.subtract(from, { millis: SnapshotOrder.COMPARED_MS })
    const recent = yield* Stream.runFold(store.stream(account, { from: since, to: from }), SnapshotOrder.start, add)
    if (recent.length > 0) return recent
    const before = yield* store.asOf(account, DateTime.subtract(since, { millis: 1 }))
    return Option.match(before, { onNone: () => recent, onSome: (snapshot) => add(recent, snapshot) })
  })

const add = (recent: SnapshotOrder.Recent, snapshot: Snapshot.Snapshot): SnapshotOrder.Recent =>
  SnapshotOrder.step(recent, snapshot)[0]

/** The snapshots of a range, oldest first, each with its standing among all before it. */
export const stream = (account: Account.Account, range: Range = {}): Stream.Stream<Marked, StoreError, SnapshotStore> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const store = yield* SnapshotStore
      const before = yield* recentBefore(store, account, range)
      return Stream.mapAccum(store.stream(account, range), before, (recent, snapshot) => {
        const [next, standing] = SnapshotOrder.step(recent, snapshot)
        return [next, { ...snapshot, standing }]
      })
    }),
  )

/** Snapshots at the beginning of a history that are looked through for misdated ones. */
const MAX_FIRST = 512

/** The times of the misdated snapshots that a history begins with, oldest first, at most the first 512: a clock was wrong. */
export const misdatedStart = (
  account: Account.Account,
): Effect.Effect<ReadonlyArray<Timestamp.Timestamp>, StoreError, SnapshotStore> =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore
    // Mostly there is none, and one row tells.
    const head = yield* store.page(account, { limit: 1 })
    if (!head.snapshots.some(SnapshotOrder.isMisdated)) return []
    const { snapshots } = yield* store.page(account, { limit: MAX_FIRST })
    const end = snapshots.findIndex((snapshot) => !SnapshotOrder.isMisdated(snapshot))
    return (end === -1 ? snapshots : snapshots.slice(0, end)).map(({ observedAt }) => observedAt)
  })
