/** When an account's credits are expected to run out at the rate of its last day: what looks are paced by. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Crossing from "../domain/freshness/Crossing.js"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as UsdRate from "../domain/money/UsdRate.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
import type * as SnapshotStore from "../infra/store/SnapshotStore.js"

/** When the credits of a look are expected to run out; `None` where nothing tells. A better forecast can take its place. */
export type ExpectedCrossing = (snapshot: Snapshot.Snapshot) => Effect.Effect<Option.Option<Timestamp.Timestamp>>

/** Nothing is expected. */
export const unknown: ExpectedCrossing = () => Effect.succeedNone

const DAY = 86_400_000

/**
 * The crossing at the rate of the 24 hours before the look: the least that the ledger knows to have been used, over all of them. A history
 * that cannot be read tells nothing.
 */
export const crossing =
  (store: SnapshotStore.Service): ExpectedCrossing =>
  ({ account, balance, observedAt }) =>
    store.usage(account, { from: DateTime.subtract(observedAt, { millis: DAY }), to: observedAt }).pipe(
      Effect.map(({ credits }) => Crossing.fromRate(balance, UsdRate.make(credits.lower, DAY), observedAt)),
      Effect.orElseSucceed(Option.none<Timestamp.Timestamp>),
    )
