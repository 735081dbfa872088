/** Usage at rest for the tests of stores, which do not interpret it. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Account from "../../../src/domain/history/Account.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { type StoredDay, UsageStore } from "../../../src/infra/store/UsageStore.js"

export const DAY = 86_400_000

export const dayOf = (millis: number): number => Math.floor(millis / DAY)

/** A stored day. */
export const stored = (day: number, version = 1): StoredDay => ({
  day,
  version,
  entries: `entries of ${day}, version ${version}: \u{1f9a5}`,
  checkpoint: `checkpoint of ${day}`,
})

/** The stored days of an account that count for a version. */
export const days = (account: Account.Account, version = 1) =>
  Effect.flatMap(UsageStore, (usage) => usage.days(account, { from: -1_000_000, to: 1_000_000, version }))

/** The state of an account's usage. */
export const standing = (account: Account.Account) =>
  Effect.flatMap(UsageStore, (usage) => Effect.map(usage.standing(account), Option.getOrThrow))

/** Stores usage of every UTC day with snapshots that `isMeant`. */
export const fill = (account: Account.Account, isMeant: (day: number) => boolean = () => true, version = 1) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    const usage = yield* UsageStore
    const all = yield* Stream.runCollect(store.stream(account))
    const numbers = new Set(Array.from(all, ({ observedAt }) => dayOf(observedAt.epochMillis)))
    const filled = [...numbers].filter(isMeant).map((day) => stored(day, version))
    return yield* usage.fill(account, (yield* standing(account)).epoch, filled)
  })
