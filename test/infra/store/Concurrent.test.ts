import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import { FileCare } from "../../../src/infra/store/FileCare.js"
import * as Histories from "./Histories.js"
import * as Model from "./Model.js"
import * as Samples from "./Samples.js"
import { append, exec, on, temp } from "./SqliteFile.js"
import * as StoredUsage from "./StoredUsage.js"

const { snapshot, texts, user } = Samples
const store = SnapshotStore.SnapshotStore

const reading = Effect.flatMap(store, (port) => Stream.runCollect(port.stream(user))).pipe(
  Effect.map((all) => [...all]),
)
const damage = Effect.gen(function* () {
  const port = yield* store
  const care = yield* FileCare
  return [...(yield* care.check), ...(yield* port.check(user)).damage]
})

describe("a history that several connections write to", () => {
  it.scoped.prop(
    "has the snapshots of all of them, in whatever order they write",
    [Histories.of(user), FastCheck.infiniteStream(FastCheck.nat({ max: 1000 }))],
    ([given, numbers]) =>
      Effect.gen(function* () {
        const { path } = yield* temp
        const layer = SnapshotStore.layerSqlite({ path, synchronous: "NORMAL" })
        const next = (below: number): number => (numbers.next().value as number) % below
        const connections = yield* Effect.forEach([0, 1, 2], () => Layer.build(layer))
        const rest = [...given]
        while (rest.length > 0) {
          const some = rest.splice(0, 1 + next(6))
          const writer = connections[next(3)]
          if (writer !== undefined) yield* Effect.provide(append(...some), writer)
        }
        const wanted = Model.history(given)
        for (const connection of connections) {
          expect(texts(yield* Effect.provide(reading, connection))).toEqual(texts(wanted))
        }
        expect(yield* on(SnapshotStore.layerReadOnly({ path }), damage)).toEqual([])
      }),
    { fastCheck: { numRuns: 25 } },
  )

  const twoConnections = Effect.gen(function* () {
    const { path } = yield* temp
    const layer = SnapshotStore.layerSqlite({ path })
    return { path, one: yield* Layer.build(layer), two: yield* Layer.build(layer) }
  })

  it.scoped("treats a snapshot before one that the other connection stored as late", () =>
    Effect.gen(function* () {
      const { one, two } = yield* twoConnections
      yield* Effect.provide(append(snapshot(0, "3")), one)
      yield* Effect.provide(append(snapshot(5, "2")), two)
      expect(yield* Effect.provide(append(snapshot(3, "2.5")), one)).toEqual([{ _tag: "Late" }])
      expect(yield* Effect.provide(append(snapshot(5, "2")), one)).toEqual([{ _tag: "Duplicate" }])
      expect(yield* Effect.provide(append(snapshot(6, "2")), one)).toEqual([{ _tag: "Extended" }])
    }),
  )

  it.scoped("removes usage that the other connection filled when a snapshot lies within it", () =>
    Effect.gen(function* () {
      const { one, two } = yield* twoConnections
      yield* Effect.provide(append(snapshot(0, "3"), snapshot(1, "2")), one)
      expect(yield* Effect.provide(StoredUsage.fill(user), two)).toBe(true)
      expect((yield* Effect.provide(StoredUsage.days(user), one)).length).toBe(1)
      yield* Effect.provide(append(snapshot(2, "1")), one)
      expect(yield* Effect.provide(StoredUsage.days(user), two)).toEqual([])
    }),
  )

  it.scoped("refuses what the other connection sealed", () =>
    Effect.gen(function* () {
      const { one, two } = yield* twoConnections
      yield* Effect.provide(append(snapshot(0, "3"), snapshot(1, "2"), snapshot(2000, "1")), one)
      yield* Effect.provide(StoredUsage.fill(user), two)
      const before = Samples.at(1440)
      yield* Effect.provide(
        Effect.flatMap(store, (port) => port.pruneStep({ account: user, before })),
        two,
      )
      expect(yield* Effect.provide(append(snapshot(0, "3"), snapshot(1, "2")), one)).toMatchObject([
        { _tag: "Refused", error: { _tag: "StorePruned" } },
        { _tag: "Duplicate" },
      ])
    }),
  )

  it.scoped("starts anew after the other connection forgot the account or merged it into another one", () =>
    Effect.gen(function* () {
      const { one, two } = yield* twoConnections
      yield* Effect.provide(append(snapshot(0, "3"), snapshot(1, "2")), one)
      yield* Effect.provide(append(snapshot(2, "1")), two)
      yield* Effect.provide(
        Effect.flatMap(store, (port) => port.forget(user)),
        one,
      )
      const again = [snapshot(1, "2"), snapshot(3, "1")]
      yield* Effect.provide(append(...again), two)
      expect(texts(yield* Effect.provide(reading, one))).toEqual(texts(again))
      yield* Effect.provide(
        Effect.flatMap(store, (port) => port.merge(user, Samples.organization)),
        one,
      )
      yield* Effect.provide(append(snapshot(4, "1")), two)
      expect(texts(yield* Effect.provide(reading, one))).toEqual(texts([snapshot(4, "1")]))
      expect(yield* Effect.provide(damage, one)).toEqual([])
    }),
  )

  it.scoped("stores nothing once a newer version of the library has migrated the file", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const port = yield* store
          yield* append(snapshot(0, "2"))
          exec(path, "PRAGMA user_version = 99")
          expect(yield* Effect.flip(port.append(snapshot(1, "1")))).toMatchObject({
            _tag: "StoreNewerVersion",
            found: 99,
          })
          expect(yield* Effect.flip(StoredUsage.fill(user))).toMatchObject({ _tag: "StoreNewerVersion" })
          expect(yield* Effect.flip(port.forget(user))).toMatchObject({ _tag: "StoreNewerVersion" })
          expect(texts(yield* reading)).toEqual(texts([snapshot(0, "2")]))
        }),
      )
    }),
  )

  it.scoped("remembers nothing of a transaction that was rolled back because of damage", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const plan = (id: string) => ({ subscriptionId: Option.some(id) })
      const of = (minute: number, usd: string) => ({ ...snapshot(minute, usd), account: Samples.organization })
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const port = yield* store
          yield* append(of(0, "5"), of(1, "5"))
          yield* append(snapshot(0, "20"))
          exec(path, "UPDATE snapshot SET stable_usd = 7 WHERE account_id = 1")
          const failed = yield* Effect.flip(port.appendAll([snapshot(5, "19", plan("sub-A")), of(9, "4")]))
          expect(failed._tag).toBe("StoreCorrupt")
          const next = snapshot(6, "18", plan("sub-B"))
          expect(yield* port.append(next)).toBe("Appended")
          expect(Option.map(yield* port.latest(user), Samples.text)).toEqual(Option.some(Samples.text(next)))
          expect((yield* port.check(user)).damage).toEqual([])
        }),
      )
    }),
  )
})
