import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Consumption from "../../src/domain/history/Consumption.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import * as LedgerDay from "../../src/domain/history/LedgerDay.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as Store from "../../src/infra/SnapshotStore.js"
import { SnapshotStore } from "../../src/infra/store/SnapshotStore.js"
import { StoreFull } from "../../src/infra/store/StoreError.js"
import { type StoredDay, UsageStore } from "../../src/infra/store/UsageStore.js"
import * as Pruning from "../../src/services/Pruning.js"
import * as Statement from "../../src/services/Statement.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { account, poll } from "../domain/history/simulated.js"
import * as TempFolder from "../infra/store/TempFolder.js"

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.UTC(2026, 5, 20, 7)
const TO = FROM + 20 * DAY
const at = Timestamp.fromMillis

const simulated = AccountSimulator.simulate({
  seed: 5,
  from: FROM,
  to: TO,
  openingStableCents: 1500,
  dailyCents: 400,
  payAsYouGo: true,
})
const snapshots = [...poll(simulated, FROM, TO, 30 * 60_000, (index) => index % 3 !== 0)]
const [first, last] = [snapshots[0], snapshots.at(-1)] as [Snapshot.Snapshot, Snapshot.Snapshot]

const layer = Layer.provideMerge(UsageSeries.layer, Store.layerMemory)

const stored = (all: ReadonlyArray<Snapshot.Snapshot> = snapshots) =>
  Effect.flatMap(SnapshotStore, (store) => store.appendAll(all))

const rows = Effect.flatMap(UsageStore, (usage) =>
  usage.days(account, { from: -1e9, to: 1e9, version: Ledger.VERSION }),
)

/** Usage over windows, by the plain rule: the ledger over every snapshot. */
const plain = (all: ReadonlyArray<Snapshot.Snapshot>) => Consumption.fromLedger(Ledger.fromHistory(all))

const told = (series: Consumption.Consumption, from: number, to: number): string => {
  const { coveredMillis, usage } = Consumption.over(series, { from: at(from), to: at(to) })
  const upper = Option.match(usage.upper, { onNone: () => "unbounded", onSome: Usd.format })
  return `${Usd.format(usage.lower)} ${Usd.format(usage.expected)} ${upper} ${coveredMillis}`
}

const START = Math.floor(FROM / DAY) * DAY
const byDay = (series: Consumption.Consumption): ReadonlyArray<string> =>
  Array.from({ length: 22 }, (_, day) => told(series, START + day * DAY, START + (day + 1) * DAY))

const totals = (span: Statement.Span) =>
  Effect.gen(function* () {
    const statement = Option.getOrThrow(yield* Statement.of(account, span))
    const sums = new Statement.Sums()
    yield* Stream.runForEach(statement.snapshots, ({ entries }) =>
      Effect.sync(() => {
        for (const entry of entries) sums.add(entry)
      }),
    )
    const levels = [statement.opening, statement.closing].map((snapshot) => [
      Usd.format(Snapshot.monthly(snapshot)),
      Usd.format(Snapshot.stable(snapshot)),
    ])
    return { levels, totals: sums.totals() }
  })

describe("UsageSeries", () => {
  it.effect("tells of every UTC day what the ledger over all snapshots tells, before and after it is stored", () =>
    Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      const expected = byDay(plain(snapshots))
      expect(byDay(yield* usage.series({ account }))).toEqual(expected)
      expect((yield* rows).length).toBe(20)
      expect(byDay(yield* usage.series({ account }))).toEqual(expected)
      const midnights = Array.from({ length: 22 }, (_, day) => START + day * DAY)
      const short = yield* usage.series({ account, cuts: midnights })
      expect(byDay(short)).toEqual(expected)
      expect(short.credits.length).toBeLessThan(100)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("stores the days before that of the newest snapshot, and nothing of the running day", () =>
    Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      expect(yield* usage.fill(account)).toBe(20)
      expect(yield* usage.fill(account)).toBe(0)
      const days = (yield* rows).map(({ day }) => day)
      expect(days).toEqual(Array.from({ length: 20 }, (_, index) => LedgerDay.dayOf(FROM) + index))
      expect(LedgerDay.dayOf(TO)).toBe((days.at(-1) ?? 0) + 1)
    }).pipe(Effect.provide(layer)),
  )

  it.effect.prop(
    "tells as of any time what the ledger over the snapshots observed by then tells",
    [FastCheck.integer({ min: FROM, max: TO + DAY }), FastCheck.boolean()],
    ([until, isFilled]) =>
      Effect.gen(function* () {
        yield* stored()
        const usage = yield* UsageSeries.UsageSeries
        if (isFilled) yield* usage.fill(account)
        const series = yield* usage.series({ account, until: at(until) })
        const seen = snapshots.filter(({ observedAt }) => observedAt.epochMillis <= until)
        expect(byDay(series)).toEqual(byDay(plain(seen)))
      }).pipe(Effect.provide(layer)),
    { fastCheck: { numRuns: 4 } },
  )

  it.effect.prop(
    "leaves no trace of the order in which snapshots arrived, however usage was stored between them",
    [
      FastCheck.array(FastCheck.nat(snapshots.length - 1), { minLength: 1, maxLength: 12 }),
      FastCheck.nat(snapshots.length),
    ],
    ([late, half]) =>
      Effect.gen(function* () {
        const store = yield* SnapshotStore
        const usage = yield* UsageSeries.UsageSeries
        const isLate = new Set(late)
        const early = snapshots.filter((_, index) => !isLate.has(index))
        yield* store.appendAll(early.slice(0, half))
        yield* usage.fill(account)
        yield* store.appendAll(early.slice(half))
        yield* usage.fill(account)
        for (const index of isLate) {
          yield* store.append(snapshots[index] as Snapshot.Snapshot)
          yield* usage.series({ account })
        }
        expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain(snapshots)))
        yield* usage.fill(account)
        const texts = (yield* rows).map(({ checkpoint, day, entries }) => [day, entries, checkpoint])
        expect(texts).toEqual(yield* Effect.provide(freshTexts, Layer.fresh(layer)))
      }).pipe(Effect.provide(layer)),
    { fastCheck: { numRuns: 4 } },
  )

  const freshTexts = Effect.gen(function* () {
    yield* stored()
    yield* Effect.flatMap(UsageSeries.UsageSeries, (usage) => usage.fill(account))
    return (yield* rows).map(({ checkpoint, day, entries }) => [day, entries, checkpoint])
  })

  it.effect("discards what it computed where a late snapshot came in between, and computes it anew", () => {
    let meddled = 0
    const meddling = Layer.effect(
      UsageStore,
      Effect.gen(function* () {
        const [store, usage] = [yield* SnapshotStore, yield* UsageStore]
        return {
          ...usage,
          fill: (...args: Parameters<typeof usage.fill>) =>
            Effect.zipRight(
              meddled++ === 0 ? store.append(snapshots[100] as Snapshot.Snapshot) : Effect.void,
              usage.fill(...args),
            ),
        }
      }),
    ).pipe(Layer.provideMerge(Store.layerMemory))
    return Effect.gen(function* () {
      yield* stored(snapshots.filter((_, index) => index !== 100))
      const usage = yield* UsageSeries.UsageSeries
      expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain(snapshots)))
      expect(meddled).toBeGreaterThan(1)
    }).pipe(Effect.provide(Layer.provideMerge(UsageSeries.layer, meddling)))
  })

  /** A store in which something else happens the first time that usage is read or stored. */
  const meddled = (
    method: "read" | "fill",
    meddle: Effect.Effect<unknown, unknown, SnapshotStore | UsageStore>,
    isAfter = false,
  ) => {
    let times = 0
    const meddling = Layer.effect(
      UsageStore,
      Effect.gen(function* () {
        const usage = yield* UsageStore
        const context = yield* Effect.context<SnapshotStore | UsageStore>()
        const once = Effect.suspend(() =>
          times++ === 0 ? Effect.ignore(Effect.provide(meddle, context)) : Effect.void,
        )
        const around = <A, E>(work: Effect.Effect<A, E>) =>
          isAfter ? Effect.zipLeft(work, once) : Effect.zipRight(once, work)
        return {
          ...usage,
          ...(method === "read"
            ? { read: (...args: Parameters<typeof usage.read>) => around(usage.read(...args)) }
            : { fill: (...args: Parameters<typeof usage.fill>) => around(usage.fill(...args)) }),
        }
      }),
    ).pipe(Layer.provideMerge(Store.layerMemory))
    return Layer.provideMerge(UsageSeries.layer, meddling)
  }
  const filling = Effect.provide(
    Effect.flatMap(UsageSeries.UsageSeries, (usage) => usage.fill(account)),
    UsageSeries.layer,
  )

  it.effect("counts nothing twice where another process stores usage after it was read", () =>
    Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain(snapshots)))
    }).pipe(Effect.provide(meddled("read", filling, true))),
  )

  it.effect("stores nothing of an account that was forgotten and added again meanwhile", () =>
    Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      yield* Effect.ignore(usage.series({ account }))
      expect(yield* rows).toEqual([])
      expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain([last])))
    }).pipe(
      Effect.provide(
        meddled(
          "fill",
          Effect.flatMap(SnapshotStore, (store) => Effect.zipRight(store.forget(account), store.append(last))),
        ),
      ),
    ),
  )

  it.effect(
    "stores no newest day to which a snapshot was appended meanwhile, so that pruning removes nothing of it",
    () => {
      const [before, appended] = [snapshots.slice(0, 100), snapshots[100] as Snapshot.Snapshot]
      const until = at((LedgerDay.dayOf(appended.observedAt.epochMillis) + 1) * DAY)
      return Effect.gen(function* () {
        yield* stored(before)
        const usage = yield* UsageSeries.UsageSeries
        yield* Pruning.run({ account, before: until })
        expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain([...before, appended])))
      }).pipe(
        Effect.provide(
          meddled(
            "fill",
            Effect.flatMap(SnapshotStore, (store) => store.append(appended)),
          ),
        ),
      )
    },
  )

  it.effect("tells the same where usage cannot be stored, and fails to fill by name", () => {
    const failing = Layer.effect(
      UsageStore,
      Effect.map(UsageStore, (usage) => ({
        ...usage,
        fill: () => Effect.fail(new StoreFull({ operation: "UsageStore.fill" })),
      })),
    ).pipe(Layer.provideMerge(Store.layerMemory))
    return Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain(snapshots)))
      expect(yield* Effect.flip(usage.fill(account))).toMatchObject({ _tag: "StoreFull" })
    }).pipe(Effect.provide(Layer.provideMerge(UsageSeries.layer, failing)))
  })

  it.scoped("answers from a file that cannot be written, from what is stored and what is not", () =>
    Effect.gen(function* () {
      const path = join(yield* TempFolder.make, "history.db")
      const writing = Layer.provideMerge(UsageSeries.layer, Store.layerSqlite({ path }))
      const reading = Layer.provideMerge(UsageSeries.layer, Store.layerReadOnly({ path }))
      const series = Effect.flatMap(UsageSeries.UsageSeries, (usage) => usage.series({ account }))
      yield* Effect.provide(stored(snapshots.slice(0, 400)), writing)
      expect(byDay(yield* Effect.provide(series, reading))).toEqual(byDay(plain(snapshots.slice(0, 400))))
      yield* Effect.provide(series, writing)
      yield* Effect.provide(stored(), writing)
      expect(byDay(yield* Effect.provide(series, reading))).toEqual(byDay(plain(snapshots)))
      const filled = Effect.flatMap(UsageSeries.UsageSeries, (usage) => usage.fill(account))
      expect(yield* Effect.provide(filled, reading)).toBe(0)
    }),
  )

  it.effect("computes days again that an older version stored, and leaves those of a newer version alone", () => {
    const rewritten = (version: number, days: ReadonlyArray<StoredDay>) =>
      days.map((day) => ({ ...day, version, entries: '{"pools":[],"due":[]}' }))
    return Effect.gen(function* () {
      yield* stored()
      const [usage, series] = [yield* UsageStore, yield* UsageSeries.UsageSeries]
      yield* series.fill(account)
      const sound = yield* rows
      const { epoch } = Option.getOrThrow(yield* usage.standing(account))
      // Usage of a newer version replaces that of this one, which then folds in memory.
      yield* usage.fill(account, epoch, rewritten(Ledger.VERSION + 1, sound.slice(0, 9)))
      const newer = yield* usage.days(account, { from: -1e9, to: 1e9, version: Ledger.VERSION + 1 })
      expect(newer.length).toBe(9)
      expect(byDay(yield* series.series({ account }))).toEqual(byDay(plain(snapshots)))
      expect(yield* usage.days(account, { from: -1e9, to: 1e9, version: Ledger.VERSION + 1 })).toEqual(newer)
      expect(byDay(yield* series.series({ account }))).toEqual(byDay(plain(snapshots)))
    }).pipe(Effect.provide(layer))
  })

  it.effect("knows nothing of an account without a history", () =>
    Effect.gen(function* () {
      const usage = yield* UsageSeries.UsageSeries
      expect((yield* usage.series({ account })).credits).toEqual([])
      expect(yield* usage.fill(account)).toBe(0)
      expect(yield* usage.balanceAt(account, at(TO))).toEqual(Option.none())
    }).pipe(Effect.provide(layer)),
  )
})

describe("a pruned account", () => {
  const before = at(Math.floor(FROM / DAY) * DAY + 12 * DAY)
  const pruned = (keepLastOf: "Day" | "Hour" = "Day") => Pruning.run({ account, before, keepLastOf })

  it.effect.prop(
    "has the bounds that it had before, in every statement that begins and ends on a quarter of an hour",
    [FastCheck.integer({ min: 0, max: 21 * 96 }), FastCheck.integer({ min: 0, max: 21 * 96 }), FastCheck.boolean()],
    ([one, other, byHour]) =>
      Effect.gen(function* () {
        yield* stored()
        const [from, to] = [Math.min(one, other), Math.max(one, other)].map((quarter) => START + quarter * 900_000)
        const span = { from: at(from ?? 0), to: at(Math.max(FROM, to ?? 0)) }
        const spans = [span, { to: span.to }, { from: span.from }]
        // The estimate rests on the time without usage as well, of which a part of a pruned day is known to a poll only.
        const bounds = ({ levels, totals: { usage, ...sums } }: Effect.Effect.Success<ReturnType<typeof totals>>) => ({
          levels,
          sums,
          usage: { ...usage, expected: Math.round(Number(usage.expected.value) / 1e8) },
        })
        const old = yield* Effect.forEach(spans, totals)
        const { removed } = yield* pruned(byHour ? "Hour" : "Day")
        expect(removed).toBeGreaterThan(100)
        expect((yield* Effect.forEach(spans, totals)).map(bounds)).toEqual(old.map(bounds))
      }).pipe(Effect.provide(layer)),
    { fastCheck: { numRuns: 4 } },
  )

  it.effect("has the totals that it had before to the last digit, as a whole and between midnights", () =>
    Effect.gen(function* () {
      yield* stored()
      const midnight = (day: number) => at(START + day * DAY)
      const spans = [{}, { from: midnight(3), to: midnight(9) }, { from: midnight(5) }, { to: midnight(15) }]
      const old = yield* Effect.forEach(spans, totals)
      yield* pruned()
      expect(yield* Effect.forEach(spans, totals)).toEqual(old)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("has the usage of every day that it had before, as of any time", () =>
    Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      yield* pruned()
      expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain(snapshots)))
      for (const days of [0.5, 3, 7.25, 11.75, 12, 15]) {
        const until = START + days * DAY
        const seen = snapshots.filter(({ observedAt }) => observedAt.epochMillis <= until)
        expect(byDay(yield* usage.series({ account, until: at(until) }))).toEqual(byDay(plain(seen)))
      }
    }).pipe(Effect.provide(layer)),
  )

  it.effect("has the estimates that it had before, where the amount due is known in some polls only", () => {
    const other = AccountSimulator.simulate({
      seed: 9,
      from: FROM,
      to: FROM + 45 * DAY,
      payAsYouGo: true,
      dailyCents: 900,
    })
    const all = [...poll(other, FROM, FROM + 45 * DAY, HOUR, (index) => index % 3 !== 1)]
    return Effect.gen(function* () {
      yield* stored(all)
      const old = yield* totals({})
      yield* Pruning.run({ account, before: at(START + 41 * DAY) })
      expect(yield* totals({})).toEqual(old)
    }).pipe(Effect.provide(layer))
  })

  it.effect("keeps pay as you go open that no amount due was asked for since", () => {
    const empty = snapshots.slice(0, 200).map((snapshot) => ({
      ...snapshot,
      balance: { ...snapshot.balance, due: { _tag: "NotRequested" as const } },
    }))
    return Effect.gen(function* () {
      const dry = empty.map((snapshot) => ({
        ...snapshot,
        balance: {
          ...snapshot.balance,
          monthly: { ...snapshot.balance.monthly, value: Usd.zero },
          stable: { _tag: "PrePaid" as const, cash: Usd.zero, credits: Usd.zero },
        },
      }))
      yield* stored(dry)
      const usage = yield* UsageSeries.UsageSeries
      const open = (series: Consumption.Consumption) => series.payAsYouGo.map(({ upper }) => Option.isNone(upper))
      const old = open(yield* usage.series({ account }))
      yield* Pruning.run({ account, before: at(TO) })
      expect(open(yield* usage.series({ account }))).toEqual(old)
      expect(old).toEqual([true])
    }).pipe(Effect.provide(layer))
  })

  it.effect("does not take a single gap for idle time that was observed", () => {
    const sparse = [snapshots[0], snapshots[26], snapshots[60], snapshots[62]] as ReadonlyArray<Snapshot.Snapshot>
    return Effect.gen(function* () {
      const quiet = sparse.map((snapshot) => ({
        ...snapshot,
        balance: { ...first.balance, updatedAt: snapshot.observedAt },
      }))
      yield* stored([...quiet, { ...first, observedAt: at(TO) }])
      const usage = yield* UsageSeries.UsageSeries
      const within = at((snapshots[40] as Snapshot.Snapshot).observedAt.epochMillis)
      const old = Option.getOrThrow(yield* usage.balanceAt(account, within))
      yield* Pruning.run({ account, before: at(TO) })
      expect(Option.getOrThrow(yield* usage.balanceAt(account, within)).observedAt).toEqual(old.observedAt)
    }).pipe(Effect.provide(layer))
  })

  it.effect("has the balances of quarters of an hour that it had before", () =>
    Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      const times = Array.from({ length: 60 }, (_, index) => at(START + index * 5.25 * HOUR))
      const told = (time: Timestamp.Timestamp) =>
        Effect.map(
          usage.balanceAt(account, time),
          Option.map(
            (snapshot) => `${Usd.format(Snapshot.monthly(snapshot))} ${Usd.format(Snapshot.stable(snapshot))}`,
          ),
        )
      const old = yield* Effect.forEach(times, told)
      yield* pruned()
      expect(yield* Effect.forEach(times, told)).toEqual(old)
      expect(old.some(Option.isNone)).toBe(true)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("is sealed up to the last day that lost a snapshot, and refuses what was observed before", () =>
    Effect.gen(function* () {
      const store = yield* SnapshotStore
      yield* stored(snapshots.filter((_, index) => index !== 20))
      yield* pruned()
      const refused = yield* Effect.flip(store.append(snapshots[20] as Snapshot.Snapshot))
      expect(refused).toMatchObject({ _tag: "StorePruned", until: before })
      expect(yield* store.append(last)).toBe("Duplicate")
      const later = { ...last, observedAt: DateTime.add(last.observedAt, { hours: 1 }) }
      expect(yield* store.append(later)).not.toBe("Duplicate")
      expect(first.observedAt.epochMillis).toBe(FROM)
    }).pipe(Effect.provide(layer)),
  )

  it.effect(
    "has its usage of an older version of the ledger in the sealed span, and only computes what follows again",
    () =>
      Effect.gen(function* () {
        yield* stored()
        const usage = yield* UsageStore
        yield* pruned()
        const sealed = yield* usage.days(account, { from: -1e9, to: 1e9, version: Ledger.VERSION + 1 })
        expect(sealed.map(({ day }) => day)).toEqual(
          Array.from({ length: 12 }, (_, index) => LedgerDay.dayOf(FROM) + index),
        )
      }).pipe(Effect.provide(layer)),
  )

  it.effect("can be pruned again, more coarsely and further", () =>
    Effect.gen(function* () {
      yield* stored()
      const usage = yield* UsageSeries.UsageSeries
      const old = yield* totals({})
      const hourly = yield* pruned("Hour")
      const daily = yield* pruned("Day")
      expect(hourly.removed).toBeGreaterThan(0)
      expect(daily.removed).toBeGreaterThan(0)
      expect(yield* pruned("Day")).toMatchObject({ removed: 0 })
      const all = yield* Pruning.run({ account, before: at(TO + 2 * DAY) })
      expect(all.removed).toBeGreaterThan(0)
      expect(yield* totals({})).toEqual(old)
      expect(byDay(yield* usage.series({ account }))).toEqual(byDay(plain(snapshots)))
    }).pipe(Effect.provide(layer)),
  )
})
