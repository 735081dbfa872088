import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Credits from "../../src/domain/money/Credits.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as Store from "../../src/infra/SnapshotStore.js"
import * as Pruning from "../../src/services/Pruning.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import * as Samples from "../infra/store/Samples.js"

const usd = Usd.unsafeFromText
const count = Credits.unsafeFromBigInt
const at = Timestamp.unsafeFromText

/** A snapshot of dollars, with as many credits of its time's unit as the API would tell. */
const snapshot = (time: string, monthly: string, stable: string): Snapshot.Snapshot => {
  const observed = at(time)
  const credits = (text: string) =>
    Option.getOrThrow(Credits.fromUsd(usd(text), Credits.publishedPrice(Credits.unitAt(observed)), "HalfUp"))
  return Snapshot.make(
    Samples.user,
    observed,
    Samples.balance("0", {
      monthly: { value: usd(monthly), credits: Option.some(credits(monthly)) },
      stable: { _tag: "Granted", value: usd(stable), credits: credits(stable) },
      updatedAt: observed,
    }),
  )
}

const history = [
  snapshot("2025-09-28T12:00:00Z", "50.00", "10.00"),
  snapshot("2025-09-28T23:00:00Z", "50.00", "10.00"),
  snapshot("2025-09-29T12:00:00Z", "50.00", "10.00"),
  snapshot("2025-09-29T23:00:00Z", "40.00", "10.00"),
  snapshot("2025-09-30T02:00:00Z", "40.00", "10.00"),
  snapshot("2025-09-30T12:00:00Z", "30.00", "10.00"),
  snapshot("2025-09-30T18:00:00Z", "20.00", "10.00"),
  snapshot("2025-10-02T12:00:00Z", "10.00", "10.00"),
]

describe("a balance within a pruned span", () => {
  it.effect.each([
    // Before the change: minutes of 0.50 USD, as the snapshot before it told them.
    ["2025-09-29T12:00:00Z", "50.00", Option.some(100n), 20n],
    ["2025-09-29T23:00:00Z", "40.00", Option.some(80n), 20n],
    // After it: no count of minutes is taken for seconds.
    ["2025-09-30T02:00:00Z", "40.00", Option.none(), 1205n],
    ["2025-09-30T12:00:00Z", "30.00", Option.none(), 1205n],
    ["2025-09-30T18:00:00Z", "20.00", Option.some(2410n), 1205n],
  ] as const)("has credits of the unit of its time at %s", ([time, monthly, monthlyCredits, stableCredits]) =>
    Effect.gen(function* () {
      const [store, usage] = [yield* Store.SnapshotStore, yield* UsageSeries.UsageSeries]
      yield* store.appendAll(history)
      yield* Pruning.run({ account: Samples.user, before: at("2025-10-01T00:00:00Z") })
      const { balance } = Option.getOrThrow(yield* usage.balanceAt(Samples.user, at(time)))
      expect(Usd.format(balance.monthly.value)).toBe(monthly)
      expect(balance.monthly.credits).toEqual(Option.map(monthlyCredits, count))
      expect(balance.stable).toEqual({ _tag: "Granted", value: usd("10.00"), credits: count(stableCredits) })
    }).pipe(Effect.provide(Layer.provideMerge(UsageSeries.layer, Store.layerMemory))),
  )
})
