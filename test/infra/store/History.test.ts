import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as Histories from "./Histories.js"
import * as Model from "./Model.js"
import * as Samples from "./Samples.js"
import * as StoredUsage from "./StoredUsage.js"

const { snapshot, texts, user } = Samples

const store = SnapshotStore.SnapshotStore

/** Everything that a store returns for the account. */
const everything = Effect.gen(function* () {
  const port = yield* store
  const all = yield* Stream.runCollect(port.stream(user))
  return {
    history: texts(all),
    latest: Option.map(yield* port.latest(user), Samples.text),
    accounts: yield* port.accounts,
    count: yield* port.count(user),
    statistics: yield* port.statistics,
    checked: yield* port.check(user),
  }
})

/** Stores snapshots one by one, in batches of some, or all at once. */
const give = (given: ReadonlyArray<Snapshot.Snapshot>, batch: number) =>
  Effect.gen(function* () {
    const port = yield* store
    for (let from = 0; from < given.length; from += batch) {
      const some = given.slice(from, from + batch)
      if (batch === 1) yield* port.append(some[0] as Snapshot.Snapshot)
      else yield* port.appendAll(some)
    }
  })

describe("a history", () => {
  it.effect.prop(
    "is the same for every order and every batch size in which its snapshots arrive",
    [Histories.of(user), FastCheck.constantFrom(1, 3, 1000)],
    ([given, batch]) =>
      Effect.gen(function* () {
        const wanted = Model.history(given)
        const inOrder = yield* Effect.zipRight(give(wanted, 1), everything).pipe(
          Effect.provide(SnapshotStore.layerMemory),
        )
        expect(inOrder.history).toEqual(texts(wanted))
        expect(inOrder.latest).toEqual(Option.map(Option.fromNullable(Model.current(wanted).at(-1)), Samples.text))
        expect(inOrder.count).toBe(wanted.length)
        expect(inOrder.checked).toEqual({ snapshots: wanted.length, damage: [] })
        const shuffled = yield* Effect.zipRight(give(given, batch), everything).pipe(
          Effect.provide(SnapshotStore.layerMemory),
        )
        expect(shuffled).toEqual(inOrder)
      }),
    { fastCheck: { numRuns: 40 } },
  )

  it.effect.prop(
    "has stored usage of exactly the days that no snapshot changed since they were filled",
    [Histories.of(user), FastCheck.nat({ max: 100 })],
    ([given, cut]) =>
      Effect.gen(function* () {
        const first = Model.history(given.slice(0, 1 + (cut % given.length)))
        yield* give(first, 1000)
        yield* StoredUsage.fill(user)
        const filled = yield* StoredUsage.days(user)
        const { epoch } = yield* StoredUsage.standing(user)
        const isOld = new Set(texts(first))
        const news = given.filter((each) => !isOld.has(Samples.text(each)))
        yield* give(news, 3)
        const newest = first.at(-1)?.observedAt.epochMillis ?? 0
        const filledUntil = filled.at(-1)?.day ?? 0
        const times = news.map(({ observedAt }) => observedAt.epochMillis)
        const changed = times.filter((at) => at <= newest || StoredUsage.dayOf(at) <= filledUntil)
        const from = Math.min(...changed.map(StoredUsage.dayOf))
        expect(yield* StoredUsage.days(user)).toEqual(filled.filter(({ day }) => day < from))
        if (changed.length > 0) expect((yield* StoredUsage.standing(user)).epoch).not.toBe(epoch)
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
    { fastCheck: { numRuns: 40 } },
  )

  it.effect.prop(
    "is read in pages of any size, forward and backward, to the same whole",
    [Histories.of(user), FastCheck.integer({ min: 1, max: 20 })],
    ([given, limit]) =>
      Effect.gen(function* () {
        yield* give(given, 1000)
        const port = yield* store
        const wanted = texts(Model.history(given))
        for (const direction of ["Forward", "Backward"] as const) {
          const found: Array<string> = []
          let rest: SnapshotStore.Range | undefined = {}
          while (rest !== undefined) {
            const page: SnapshotStore.Page = yield* port.page(user, { ...rest, direction, limit })
            found.push(...texts(page.snapshots))
            rest = Option.getOrUndefined(page.next)
          }
          expect(direction === "Forward" ? found : found.reverse()).toEqual(wanted)
        }
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
    { fastCheck: { numRuns: 40 } },
  )

  it.effect("gives a page of any limit, from 1 to 10,000 snapshots", () =>
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll(Array.from({ length: 10_050 }, (_, minute) => snapshot(minute, "1.00")))
      const sizes = yield* Effect.forEach(
        [undefined, Number.NaN, Number.POSITIVE_INFINITY, 0, -1, 1.5, 2, 3000, 20_000],
        (limit) => Effect.map(port.page(user, { limit }), (page) => page.snapshots.length),
      )
      expect(sizes).toEqual([512, 512, 10_000, 1, 1, 1, 2, 3000, 10_000])
      const last = yield* port.page(user, { limit: 10_000, direction: "Backward" })
      expect(last.snapshots.at(-1)?.observedAt).toEqual(Samples.at(50))
      expect(Option.getOrThrow(last.next).to).toEqual(Samples.at(50))
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  it.effect("is counted to the last snapshot where it is longer than one slice", () =>
    Effect.gen(function* () {
      const port = yield* store
      const total = 50_001
      const all = Array.from({ length: total }, (_, minute) => snapshot(minute, "1.00"))
      for (let from = 0; from < total; from += 5000) yield* port.appendAll(all.slice(from, from + 5000))
      expect(yield* port.count(user)).toBe(total)
      expect(yield* port.count(user, { to: Samples.at(total - 1) })).toBe(total - 1)
      expect((yield* port.accounts)[0]?.snapshots).toBe(total)
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )

  const due = (minutes: number, usd: string) => snapshot(minutes, "1.00", { due: Samples.due(usd) })

  it.effect("remembers nothing of a transaction that was rolled back", () =>
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([due(0, "1"), due(1, "2")])
      const failing: Iterable<Snapshot.Snapshot> = {
        *[Symbol.iterator]() {
          yield snapshot(2, "0.50", { subscriptionId: Option.some("sub") })
          yield { ...snapshot(3, "0.50"), balance: undefined } as unknown as Snapshot.Snapshot
        },
      }
      const exit = yield* Effect.exit(port.appendAll(failing))
      expect(exit._tag).toBe("Failure")
      const next = snapshot(2, "0.25", { subscriptionId: Option.some("other") })
      expect(yield* port.append(next)).toBe("Appended")
      expect(Option.map(yield* port.latest(user), Samples.text)).toEqual(Option.some(Samples.text(next)))
      expect(yield* port.check(user)).toEqual({ snapshots: 3, damage: [] })
      expect((yield* port.statistics).plans).toBe(2)
    }).pipe(Effect.provide(SnapshotStore.layerMemory)),
  )
})
