/** When an account's credits are expected to run out at the rate of its last day, which polls are paced by. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Snapshot from "../domain/history/Snapshot.js"
import * as Usd from "../domain/money/Usd.js"
import * as UsdRate from "../domain/money/UsdRate.js"
import * as Crossing from "../domain/polling/Crossing.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
import type * as UsageSeries from "./UsageSeries.js"

/** When the credits of a snapshot are expected to run out; `None` where nothing tells. A better forecast can take its place. */
export type ExpectedCrossing = (snapshot: Snapshot.Snapshot) => Effect.Effect<Option.Option<Timestamp.Timestamp>>

/** Expects nothing. */
export const unknown: ExpectedCrossing = () => Effect.succeedNone

const DAY = 86_400_000

/**
 * The crossing at the rate of the 24 hours before the snapshot: the least usage of credits that closed in them, over all of them. A history
 * that cannot be read tells nothing.
 */
export const crossing =
  (usage: UsageSeries.Service): ExpectedCrossing =>
  ({ account, balance, observedAt }) => {
    const from = DateTime.subtract(observedAt, { millis: DAY })
    return usage.series({ account, from, until: observedAt }).pipe(
      Effect.map(({ credits }) => {
        const used = credits.flatMap(({ lower, to }) => (DateTime.greaterThan(to, from) ? [lower] : []))
        return Crossing.fromRate(balance, UsdRate.make(Usd.sum(used), DAY), observedAt)
      }),
      Effect.orElseSucceed(Option.none<Timestamp.Timestamp>),
    )
  }
