import { describe, expect, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Subject from "../../../src/domain/balance/Subject.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { StoreFull } from "../../../src/infra/store/StoreError.js"
import * as FetchPolicy from "../../../src/services/FetchPolicy.js"
import * as MarkedHistory from "../../../src/services/MarkedHistory.js"
import { alice, as, asked, get, NOW, withServices } from "./World.js"

const MINUTE = 60_000

const refresh = get(Subject.me, { ...as("alice-token"), policy: FetchPolicy.refresh })
const cached = get(Subject.me, as("alice-token"))

const full = Layer.map(SnapshotStore.layerMemory, (context) => {
  const store = Context.get(context, SnapshotStore.SnapshotStore)
  const append = () => new StoreFull({ operation: "SnapshotStore.append" })
  return Context.add(context, SnapshotStore.SnapshotStore, { ...store, append })
})

describe("An answer that is older than the one before it", () => {
  for (const [name, store] of [
    ["is stored, and", SnapshotStore.layerMemory],
    ["where nothing can be stored,", full],
  ] as const) {
    it.effect(`${name} is never returned after the newer one`, () =>
      withServices(
        (stub) =>
          Effect.gen(function* () {
            const newest = yield* refresh
            for (const behind of [24 * 60, 48 * 60, 9 * 24 * 60]) {
              stub.setNow(NOW - behind * MINUTE)
              yield* TestClock.adjust("1 minute")
              expect((yield* refresh).snapshot).toEqual(newest.snapshot)
              expect((yield* cached).snapshot).toEqual(newest.snapshot)
            }
            stub.setNow(undefined)
            yield* TestClock.adjust("1 minute")
            const next = yield* refresh
            expect(DateTime.greaterThan(next.snapshot.observedAt, newest.snapshot.observedAt)).toBe(true)
            expect((yield* cached).snapshot).toEqual(next.snapshot)
          }),
        { store },
      ),
    )
  }

  it.effect("is marked in the history, and believed after more than an hour", () =>
    withServices((stub) =>
      Effect.gen(function* () {
        const account = Account.user(stub.baseUrl, alice.id)
        const store = yield* SnapshotStore.SnapshotStore
        const standings = Effect.map(Stream.runCollect(MarkedHistory.stream(account)), (all) =>
          [...all].map(({ standing }) => standing),
        )
        yield* refresh
        stub.setNow(NOW - 24 * 60 * MINUTE)
        yield* TestClock.adjust("30 minutes")
        yield* refresh
        expect(yield* standings).toEqual(["Current", "Outdated"])
        yield* TestClock.adjust("31 minutes")
        const believed = yield* refresh
        expect(yield* standings).toEqual(["Current", "Outdated", "Current"])
        expect(yield* store.latest(account)).toEqual(Option.some(believed.snapshot))
        expect(asked(stub)).toBe(3)
      }),
    ),
  )
})
