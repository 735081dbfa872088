import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Account from "../../../../src/domain/history/Account.js"
import * as Snapshot from "../../../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../../src/infra/SnapshotStore.js"
import { UsageStore } from "../../../../src/infra/store/UsageStore.js"
import * as Histories from "../Histories.js"
import * as Model from "../Model.js"
import * as Samples from "../Samples.js"
import * as StoredUsage from "../StoredUsage.js"

const { balance, snapshot, texts, user } = Samples
const { DAY, dayOf, stored } = StoredUsage

const time = Timestamp.fromMillis
const store = SnapshotStore.SnapshotStore

const reading = (account: Account.Account) =>
  Effect.flatMap(store, (port) => Stream.runCollect(port.stream(account))).pipe(Effect.map((all) => [...all]))

const damage = Effect.flatMap(store, (port) => Effect.map(port.check(user), (checked) => checked.damage))

/** Prunes until a step is the last one, and returns its tag and the sums. */
const prune = (request: SnapshotStore.PruneRequest) =>
  Effect.gen(function* () {
    const port = yield* store
    const total = { removed: 0, days: 0 }
    for (;;) {
      const step = yield* port.pruneStep(request)
      if (step._tag === "UsageMissing") return { _tag: step._tag, ...total }
      total.removed += step.removed
      total.days += step.days
      if (step._tag === "Done") return { _tag: step._tag, ...total }
    }
  })

const noon = Samples.at(0).epochMillis
const today = dayOf(noon)
/** Two snapshots of different hours, of the day that is `days` later. */
const twice = (days: number): ReadonlyArray<Snapshot.Snapshot> => [
  snapshot(1440 * days, "5.00"),
  snapshot(1440 * days + 61, "4.00"),
]
const until = (days: number): SnapshotStore.PruneRequest => ({ account: user, before: time((today + days) * DAY) })

describe("pruning", () => {
  const before = FastCheck.constantFrom(
    Date.UTC(2026, 4, 9),
    Date.UTC(2026, 4, 9, 0, 5),
    Date.UTC(2026, 5, 1),
    Date.UTC(2026, 5, 1, 7),
    Date.UTC(2026, 6),
    Date.UTC(1970, 0),
  )
  const periods = FastCheck.constantFrom<SnapshotStore.PruneRequest["keepLastOf"]>(undefined, "Hour", "Day")

  it.effect.prop(
    "removes all but the last snapshot of each day or hour before the limit, and seals the days that lost one",
    [Histories.of(user), before, periods],
    ([given, limit, keepLastOf]) =>
      Effect.gen(function* () {
        const port = yield* store
        yield* port.appendAll(given)
        yield* StoredUsage.fill(user)
        const usage = yield* StoredUsage.days(user)
        const history = Model.history(given)
        const request = { account: user, before: time(limit), keepLastOf }
        const planned = yield* port.countPrunable(request)
        expect(texts(yield* reading(user))).toEqual(texts(history))
        const done = yield* prune(request)

        const end = dayOf(limit) * DAY
        const left = Model.pruned(history, end, keepLastOf === "Hour" ? DAY / 24 : DAY)
        expect(texts(yield* reading(user))).toEqual(texts(left))
        const isLeft = new Set(left)
        // At the end of each day, and at any time after the limit, the last snapshot that counts is the same one.
        const [counting, stillCounting] = [Model.current(history), Model.current(left)]
        for (const { observedAt } of history) {
          const moment =
            observedAt.epochMillis < end ? (dayOf(observedAt.epochMillis) + 1) * DAY - 1 : observedAt.epochMillis
          const isSeen = (each: Snapshot.Snapshot) => each.observedAt.epochMillis <= moment
          expect(stillCounting.findLast(isSeen)).toEqual(counting.findLast(isSeen))
        }
        const lost = new Set(
          history.filter((each) => !isLeft.has(each)).map(({ observedAt }) => dayOf(observedAt.epochMillis)),
        )
        const removed = history.length - left.length
        expect(done).toEqual({ _tag: "Done", removed, days: lost.size })
        const kept = left.filter(({ observedAt }) => observedAt.epochMillis < end).length
        const seal = lost.size === 0 ? Option.none() : Option.some(Math.max(...lost) + 1)
        const sealedUntil = Option.map(seal, (day) => time(day * DAY))
        expect(planned).toEqual({ removed, kept, days: lost.size, sealedUntil })
        expect((yield* StoredUsage.standing(user)).sealedBefore).toEqual(seal)
        expect(yield* StoredUsage.days(user)).toEqual(usage)
        const sealed = usage.filter(({ day }) => Option.exists(seal, (sealedBefore) => day < sealedBefore))
        expect(yield* StoredUsage.days(user, 2)).toEqual(sealed)
        expect(yield* port.statistics).toMatchObject({ usageDays: usage.length, sealedDays: sealed.length })
        const [summary] = yield* port.accounts
        expect(summary?.sealedUntil).toEqual(sealedUntil)
        expect(yield* damage).toEqual([])

        const { epoch } = yield* StoredUsage.standing(user)
        expect(yield* prune(request)).toEqual({ _tag: "Done", removed: 0, days: 0 })
        expect((yield* StoredUsage.standing(user)).epoch).toBe(epoch)
        expect(yield* port.countPrunable(request)).toEqual({ removed: 0, kept, days: 0, sealedUntil: Option.none() })

        const isStored = new Set(texts(left))
        for (const [index, { _tag }] of (yield* port.appendAll(given)).entries()) {
          expect(_tag).toBe(isStored.has(Samples.text(given[index] as Snapshot.Snapshot)) ? "Duplicate" : "Refused")
        }
        expect(texts(yield* reading(user))).toEqual(texts(left))
      }).pipe(Effect.provide(SnapshotStore.layerMemory)),
    { fastCheck: { numRuns: 40 } },
  )

  const test = (title: string, body: Effect.Effect<void, unknown, SnapshotStore.Ports>) =>
    it.effect(title, () => Effect.provide(body, SnapshotStore.layerMemory))

  test(
    "stops with UsageMissing before the first day whose usage is not stored, and goes on once it is",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([0, 1, 2].flatMap(twice))
      expect(yield* prune(until(3))).toEqual({ _tag: "UsageMissing", removed: 0, days: 0 })
      expect((yield* StoredUsage.standing(user)).sealedBefore).toEqual(Option.none())
      yield* StoredUsage.fill(user, (day) => day < today + 2)
      expect(yield* prune(until(3))).toEqual({ _tag: "UsageMissing", removed: 2, days: 2 })
      expect((yield* StoredUsage.standing(user)).sealedBefore).toEqual(Option.some(today + 2))
      yield* StoredUsage.fill(user)
      expect(yield* prune(until(3))).toEqual({ _tag: "Done", removed: 1, days: 1 })
      expect((yield* port.count(user)) + 3).toBe(6)
    }),
  )

  test(
    "seals no day without stored usage, also where that day has no snapshot to remove",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([...twice(0), snapshot(1440, "3.00"), ...twice(2)])
      yield* StoredUsage.fill(user, (day) => day !== today + 1)
      expect(yield* prune(until(3))).toEqual({ _tag: "UsageMissing", removed: 1, days: 1 })
      expect((yield* StoredUsage.standing(user)).sealedBefore).toEqual(Option.some(today + 1))
      yield* StoredUsage.fill(user)
      expect(yield* prune(until(3))).toEqual({ _tag: "Done", removed: 1, days: 1 })
      expect((yield* StoredUsage.standing(user)).sealedBefore).toEqual(Option.some(today + 3))
    }),
  )

  test(
    "needs no usage where no day has a snapshot to remove, and then seals nothing",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([snapshot(0, "2.00"), snapshot(1440, "1.00")])
      const before = yield* StoredUsage.standing(user)
      expect(yield* prune(until(9))).toEqual({ _tag: "Done", removed: 0, days: 0 })
      expect(yield* StoredUsage.standing(user)).toEqual(before)
      expect(yield* prune({ ...until(9), account: Samples.organization })).toMatchObject({ _tag: "Done", removed: 0 })
      expect(yield* port.countPrunable({ ...until(9), account: Samples.organization })).toEqual({
        removed: 0,
        kept: 0,
        days: 0,
        sealedUntil: Option.none(),
      })
    }),
  )

  test(
    "can keep the last snapshot of each day after it kept that of each hour",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([0, 1].flatMap((day) => [...twice(day), snapshot(1440 * day + 62, "3.00")]))
      yield* StoredUsage.fill(user)
      expect(yield* prune({ ...until(2), keepLastOf: "Hour" })).toMatchObject({ removed: 2, days: 2 })
      expect(yield* prune(until(2))).toMatchObject({ _tag: "Done", removed: 2, days: 2 })
      expect((yield* reading(user)).length).toBe(2)
    }),
  )

  test(
    "removes nothing of a day that a late snapshot changed until its usage is stored again",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([0, 1].flatMap(twice))
      yield* StoredUsage.fill(user)
      expect(yield* port.append(snapshot(1440 + 30, "4.50"))).toBe("Late")
      expect(yield* prune(until(2))).toMatchObject({ _tag: "UsageMissing", removed: 1 })
      expect((yield* reading(user)).length).toBe(4)
    }),
  )

  test(
    "a snapshot before the seal is refused with the end of the seal, and one after it is stored",
    Effect.gen(function* () {
      const port = yield* store
      yield* port.appendAll([0, 1, 3].flatMap(twice))
      yield* StoredUsage.fill(user)
      yield* prune(until(2))
      const sealed = time((today + 2) * DAY)
      const last = Snapshot.make(user, time(sealed.epochMillis - 1), balance("1.00"))
      const error = yield* Effect.flip(port.append(last))
      expect(error).toMatchObject({ _tag: "StorePruned", operation: "SnapshotStore.append", until: sealed })
      const plan = Snapshot.make(user, time(noon), balance("1.00", { subscriptionId: Option.some("new") }))
      expect(yield* port.appendAll([plan, snapshot(61, "4.00")])).toMatchObject([
        { _tag: "Refused", error: { _tag: "StorePruned", operation: "SnapshotStore.appendAll" } },
        { _tag: "Duplicate" },
      ])
      expect((yield* port.statistics).plans).toBe(1)
      expect(yield* StoredUsage.days(user)).toEqual([0, 1, 3].map((nth) => stored(today + nth)))
      expect(yield* port.append(Snapshot.make(user, sealed, balance("1.00")))).toBe("Late")
      expect(yield* StoredUsage.days(user)).toEqual([0, 1].map((nth) => stored(today + nth)))
      expect(yield* damage).toEqual([])
    }),
  )

  test(
    "a fill changes no sealed day, also of a newer version",
    Effect.gen(function* () {
      const port = yield* store
      const usage = yield* UsageStore
      yield* port.appendAll([0, 1, 2].flatMap(twice))
      yield* StoredUsage.fill(user)
      yield* prune(until(2))
      expect(yield* StoredUsage.fill(user, () => true, 2)).toBe(true)
      expect(yield* StoredUsage.days(user, 2)).toEqual([stored(today), stored(today + 1), stored(today + 2, 2)])
      const read = yield* usage.read(user, { from: today, to: today, before: today + 2, version: 2 })
      expect(Option.flatMap(read, ({ last }) => last)).toEqual(Option.some(stored(today + 1)))
    }),
  )

  test(
    "a fill that was computed before a prune is discarded",
    Effect.gen(function* () {
      const port = yield* store
      const usage = yield* UsageStore
      yield* port.appendAll([0, 1].flatMap(twice))
      yield* StoredUsage.fill(user)
      const { epoch } = yield* StoredUsage.standing(user)
      yield* prune(until(1))
      expect(yield* usage.fill(user, epoch, [stored(today + 1)])).toBe(false)
    }),
  )
})
