import { describe, expect, it } from "@effect/vitest"
import Database from "better-sqlite3"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as SnapshotStore from "../../../src/infra/store/SnapshotStore.js"
import { StoreCare } from "../../../src/infra/store/StoreCare.js"
import * as Histories from "./Histories.js"
import * as Model from "./Model.js"
import * as Samples from "./Samples.js"
import { append, exec, on, temp } from "./SqliteFile.js"

const { snapshot, texts, user } = Samples
const store = SnapshotStore.SnapshotStore
const DAY = 1440

const reading = Effect.flatMap(store, (port) => Stream.runCollect(port.stream(user))).pipe(
  Effect.map((all) => [...all]),
)
const damage = Effect.gen(function* () {
  const care = yield* StoreCare
  return [...(yield* care.checkFile), ...(yield* care.checkAccount(user)).damage]
})
const days = Effect.map(
  Effect.flatMap(store, (port) => port.usageByDay(user)),
  (all) => all.map(({ credits, date }) => [date, Usd.format(credits.lower)]),
)
const wantedDays = (history: ReadonlyArray<Snapshot.Snapshot>) =>
  Model.usageByDay(history).map(({ credits, date }) => [date, Usd.format(credits.lower)])

describe("a history that several write to", () => {
  it.scoped.prop(
    "is what all of them put in, whoever comes when, with every sum explained",
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
          expect(yield* Effect.provide(days, connection)).toEqual(wantedDays(wanted))
        }
        expect(yield* on(SnapshotStore.layerReadOnly({ path }), damage)).toEqual([])
      }),
    { fastCheck: { numRuns: 25 } },
  )

  it.effect("keeps a look that comes late into an account while it is joined to another one", () =>
    Effect.gen(function* () {
      const port = yield* store
      const care = yield* StoreCare
      const of = (minute: number, usd: string) => ({ ...snapshot(minute, usd), account: Samples.organization })
      yield* port.appendAll(Array.from({ length: 1500 }, (_, minute) => of(minute, `${2000 - minute}`)))
      const joining = yield* Effect.fork(care.join(Samples.organization, user))
      yield* Effect.yieldNow()
      expect(yield* port.append(of(0.5, "1999.50"))).toBe("Late")
      expect(yield* Fiber.join(joining)).toBe(1501)
      expect((yield* reading).length).toBe(1501)
      expect((yield* port.accounts).map(({ account }) => account)).toEqual([user])
      expect(yield* damage).toEqual([])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect("prunes with what comes late meanwhile, and sums stay what the ledger explains", () =>
    Effect.gen(function* () {
      const port = yield* store
      const looks = Array.from({ length: 200 }, (_, day) => day)
        .filter((day) => day !== 190)
        .flatMap((day) => [0, 1, 2, 3].map((hour) => snapshot(day * DAY + hour * 60, `${1000 - 4 * day - hour}`)))
      yield* port.appendAll(looks)
      const pruning = yield* Effect.fork(port.prune({ before: Samples.at(199 * DAY) }))
      yield* Effect.yieldNow()
      const late = snapshot(190 * DAY, "239.50")
      const kept = yield* Effect.either(port.append(late))
      yield* Fiber.join(pruning)
      expect(kept._tag).toBe("Right")
      expect(yield* days).toEqual(wantedDays(Model.history([...looks, late])))
      expect(yield* damage).toEqual([])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect("explains a look that comes between what was pruned and the next one from what was known then", () =>
    Effect.gen(function* () {
      const port = yield* store
      const minutes: ReadonlyArray<readonly [number, string]> = [
        [0, "100"],
        [60, "90"],
        [5 * DAY, "50"],
        [6 * DAY, "45"],
      ]
      const looks = minutes.map(([minute, usd]) => snapshot(minute, usd))
      yield* port.appendAll(looks)
      yield* port.prune({ before: Samples.at(2 * DAY) })
      const late = snapshot(3 * DAY, "80")
      expect(yield* port.append(late)).toBe("Late")
      expect(yield* days).toEqual(wantedDays(Model.history([...looks, late])))
      expect(yield* damage).toEqual([])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.scoped("forgets what a transaction made that was not kept", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const plan = (id: string) => ({ subscriptionId: Option.some(id), createdAt: Samples.at(id.length) })
      const of = (minute: number, usd: string) => ({ ...snapshot(minute, usd), account: Samples.organization })
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const port = yield* store
          yield* append(of(0, "5"), of(1, "5"), snapshot(0, "20"))
          const other = new Database(path)
          other.exec("UPDATE look SET sights = x'07' WHERE account_id = 1")
          const failed = yield* Effect.flip(port.appendAll([snapshot(5, "19", plan("sub-A")), of(9, "4")]))
          expect(failed._tag).toBe("StoreCorrupt")
          other.close()
          const next = snapshot(6, "18", plan("sub-BBBBBB"))
          expect(yield* port.append(next)).toBe("Appended")
          expect(Option.map(yield* port.latest(user), Samples.text)).toEqual(Option.some(Samples.text(next)))
          expect((yield* (yield* StoreCare).checkAccount(user)).damage).toEqual([])
        }),
      )
    }),
  )

  it.scoped("is left to a newer version of the library that has taken it over", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      yield* on(
        SnapshotStore.layerSqlite({ path }),
        Effect.gen(function* () {
          const port = yield* store
          yield* append(snapshot(0, "2"))
          exec(path, "UPDATE meta SET value = CAST('99' AS BLOB) WHERE key = 'ledger'")
          const newer = { _tag: "StoreNewerVersion", found: 99 }
          expect(yield* Effect.flip(port.append(snapshot(1, "1")))).toMatchObject({ ...newer, part: "Ledger" })
          exec(path, "PRAGMA user_version = 99")
          expect(yield* Effect.flip(port.append(snapshot(1, "1")))).toMatchObject({ ...newer, part: "Format" })
          expect(texts(yield* reading)).toEqual(texts([snapshot(0, "2")]))
        }),
      )
    }),
  )

  it.scoped("shows what one forgot to the others, who begin anew", () =>
    Effect.gen(function* () {
      const { path } = yield* temp
      const layer = SnapshotStore.layerSqlite({ path })
      const [one, two] = [yield* Layer.build(layer), yield* Layer.build(layer)]
      yield* Effect.provide(append(snapshot(0, "3"), snapshot(1, "2")), one)
      yield* Effect.provide(append(snapshot(2, "1")), two)
      yield* Effect.provide(
        Effect.flatMap(store, (port) => port.forget(user)),
        one,
      )
      const again = [snapshot(1, "2"), snapshot(3, "1")]
      yield* Effect.provide(append(...again), two)
      expect(texts(yield* Effect.provide(reading, one))).toEqual(texts(again))
      expect(yield* Effect.provide(days, one)).toEqual(wantedDays(again))
      expect(yield* Effect.provide(damage, one)).toEqual([])
    }),
  )

  it.effect("takes any limit of a page for one that it can give", () =>
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([0, 1, 2].map((minute) => snapshot(minute, `${9 - minute}`)))
      const sizes = yield* Effect.forEach([Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1.5, 2], (limit) =>
        Effect.map(port.page(user, { limit }), (page) => page.snapshots.length),
      )
      expect(sizes).toEqual([3, 3, 1, 1, 1, 2])
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )
})
