import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../src/infra/store/SnapshotStore.js"
import { StoreCare } from "../../../src/infra/store/StoreCare.js"
import * as Histories from "./Histories.js"
import * as Model from "./Model.js"
import * as Samples from "./Samples.js"

const { texts, user } = Samples

const sum = ({ lower, unbounded, upper }: SnapshotStore.UsageSum) => [
  Usd.format(lower),
  Option.getOrNull(Option.map(upper, Usd.format)),
  unbounded,
]

type Sums = Omit<SnapshotStore.Usage, "assumes">
const sums = ({ credits, isOpen, payAsYouGo }: Sums) => ({ credits: sum(credits), payAsYouGo: sum(payAsYouGo), isOpen })

const days = (all: ReadonlyArray<Sums & { readonly date: string; readonly looks: number }>) =>
  all.map((day) => ({ date: day.date, looks: day.looks, ...sums(day) }))

const time = Timestamp.fromMillis

/** Everything that a store tells of the account. */
const told = Effect.gen(function* () {
  const store = yield* SnapshotStore.SnapshotStore
  const care = yield* StoreCare
  const all = yield* Stream.runCollect(store.stream(user))
  const { rows, snapshots } = yield* store.statistics
  const { damage } = yield* care.checkAccount(user)
  return {
    history: texts(all),
    days: days(yield* store.usageByDay(user)),
    rows,
    snapshots,
    damage: [...damage, ...(yield* care.checkFile)],
  }
})

/** Given one by one, in batches of some, or all at once. */
const give = (given: ReadonlyArray<Snapshot.Snapshot>, batch: number) =>
  Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    for (let from = 0; from < given.length; from += batch) {
      const some = given.slice(from, from + batch)
      if (batch === 1) yield* store.append(some[0] as Snapshot.Snapshot)
      else yield* store.appendAll(some)
    }
  })

describe("a history", () => {
  it.effect.prop(
    "is what its snapshots make, with the sums that the ledger explains, in whatever order and batches they arrive",
    [Histories.of(user), FastCheck.constantFrom(1, 3, 1000)],
    ([given, batch]) =>
      Effect.gen(function* () {
        const wanted = Model.history(given)
        const inOrder = yield* Effect.zipRight(give(wanted, 1), told).pipe(Effect.provide(SnapshotStore.layerMemory))
        expect(inOrder.history).toEqual(texts(wanted))
        expect(inOrder.days).toEqual(days(Model.usageByDay(wanted)))
        expect(inOrder.damage).toEqual([])
        expect(inOrder.snapshots).toBe(wanted.length)
        const shuffled = yield* Effect.zipRight(give(given, batch), told).pipe(
          Effect.provide(SnapshotStore.layerMemory),
        )
        expect(shuffled).toEqual(inOrder)
      }),
    { fastCheck: { numRuns: 40 } },
  )

  it.effect.prop(
    "has the usage of any window, which add up where they meet",
    [Histories.of(user), FastCheck.infiniteStream(FastCheck.integer({ min: 0, max: 1_000_000 }))],
    ([given, numbers]) =>
      Effect.gen(function* () {
        yield* give(given, 1000)
        const store = yield* SnapshotStore.SnapshotStore
        const wanted = Model.history(given)
        const edges = wanted.flatMap(({ observedAt: { epochMillis } }) => [
          epochMillis - 1,
          epochMillis,
          epochMillis + 1,
        ])
        const edge = (): number => edges[(numbers.next().value as number) % edges.length] as number
        for (let count = 0; count < 12; count++) {
          const [from, to] = [edge(), edge()].sort((a, b) => a - b) as [number, number]
          const found = yield* store.usage(user, { from: time(from), to: time(to) })
          expect(sums(found)).toEqual(
            sums({ ...Model.usage(wanted, from, to), ...(from === to ? { isOpen: false } : {}) }),
          )
        }
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
    { fastCheck: { numRuns: 40 } },
  )

  it.effect.prop(
    "is read in pages of any size, forward and backward, to the same whole",
    [Histories.of(user), FastCheck.integer({ min: 1, max: 20 })],
    ([given, limit]) =>
      Effect.gen(function* () {
        yield* give(given, 1000)
        const store = yield* SnapshotStore.SnapshotStore
        const wanted = texts(Model.history(given))
        for (const direction of ["Forward", "Backward"] as const) {
          const found: Array<string> = []
          let rest: SnapshotStore.Range | undefined = {}
          while (rest !== undefined) {
            const page: SnapshotStore.Page = yield* store.page(user, { ...rest, direction, limit })
            found.push(...texts(page.snapshots))
            rest = Option.getOrUndefined(page.next)
          }
          expect(direction === "Forward" ? found : found.reverse()).toEqual(wanted)
        }
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
    { fastCheck: { numRuns: 40 } },
  )
})
