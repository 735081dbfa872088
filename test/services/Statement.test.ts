import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as LedgerEvent from "../../src/domain/history/LedgerEvent.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as Statement from "../../src/services/Statement.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { look } from "../domain/history/looks.js"
import { account, cents, poll } from "../domain/history/simulated.js"

const layer = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerMemory)

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FROM = Date.UTC(2026, 5, 20)
const TO = FROM + 30 * DAY
const simulated = AccountSimulator.simulate({ seed: 5, from: FROM, to: TO, openingStableCents: 3000 })
const looks = [...poll(simulated, FROM, TO, 6 * HOUR)]

const kept = Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(looks))
const at = Timestamp.fromMillis

const read = (span: Statement.Span) =>
  Effect.gen(function* () {
    const statement = Option.getOrThrow(yield* Statement.of(account, span))
    const sums = new Statement.Sums()
    const events: Array<LedgerEvent.LedgerEvent> = []
    const seen: Array<number> = []
    yield* Stream.runForEach(statement.snapshots, ({ entries, snapshot }) =>
      Effect.sync(() => {
        seen.push(snapshot.observedAt.epochMillis)
        for (const entry of entries) {
          sums.add(entry)
          events.push(...entry.events)
        }
      }),
    )
    return {
      ...statement,
      events,
      seen,
      totals: sums.totals(statement),
    }
  })

const expectClosed = ({
  closing,
  events,
  opening,
}: {
  closing: Snapshot.Snapshot
  opening: Snapshot.Snapshot
  events: ReadonlyArray<LedgerEvent.LedgerEvent>
}) => {
  for (const [book, level] of [
    ["Monthly", Snapshot.monthly],
    ["Stable", Snapshot.stable],
  ] as const) {
    const effect = Option.getOrThrow(LedgerEvent.effectOn(book, events))
    expect(Usd.format(Usd.add(level(opening), effect))).toBe(Usd.format(level(closing)))
  }
}

describe("Statement", () => {
  it.effect("runs from the first look to the last one, closes its books, and holds the true usage", () =>
    Effect.gen(function* () {
      yield* kept
      const statement = yield* read({})
      expect(statement.opening.observedAt.epochMillis).toBe(FROM)
      expect(statement.closing.observedAt.epochMillis).toBe(TO)
      expect(statement.seen).toEqual(looks.slice(1).map(({ observedAt }) => observedAt.epochMillis))
      expectClosed(statement)
      const truth = simulated.usageBetween(FROM, TO)
      const { usage, usageOf } = statement.totals
      expect(Usd.lessThan(cents(truth.totalCents), usage.lower)).toBe(false)
      expect(Option.exists(usage.upper, (upper) => Usd.lessThan(upper, cents(truth.totalCents)))).toBe(false)
      expect(Usd.lessThan(cents(truth.stableCents), usageOf.stable.lower)).toBe(false)
      expect(Usd.isPositive(usage.lower)).toBe(true)
      expect(Usd.lessThan(usage.expected, usage.lower)).toBe(false)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("opens and closes with the newest looks at or before its ends", () =>
    Effect.gen(function* () {
      yield* kept
      const between = yield* read({ from: at(FROM + 7 * HOUR), to: at(FROM + 29 * HOUR) })
      expect(
        [between.opening, between.closing].map(({ observedAt }) => (observedAt.epochMillis - FROM) / HOUR),
      ).toEqual([6, 24])
      expect(between.seen.map((time) => (time - FROM) / HOUR)).toEqual([12, 18, 24])
      const onLooks = yield* read({ from: at(FROM + 6 * HOUR), to: at(FROM + 12 * HOUR) })
      expect(onLooks.seen.map((time) => (time - FROM) / HOUR)).toEqual([12])
      const sooner = yield* read({ from: at(FROM - DAY), to: at(FROM) })
      expect([sooner.opening, sooner.closing]).toEqual([looks[0], looks[0]])
      const later = yield* read({ from: at(TO + DAY) })
      expect([later.opening, later.closing, later.events]).toEqual([looks.at(-1), looks.at(-1), []])
      const turned = yield* read({ from: at(TO), to: at(FROM) })
      expect([turned.opening, turned.closing, turned.events]).toEqual([looks[0], looks[0], []])
    }).pipe(Effect.provide(layer)),
  )

  it.effect("is none where nothing is kept, or nothing from the end or before", () =>
    Effect.gen(function* () {
      expect(yield* Statement.of(account, {})).toEqual(Option.none())
      yield* kept
      expect(yield* Statement.of(account, { to: at(FROM - 1) })).toEqual(Option.none())
    }).pipe(Effect.provide(layer)),
  )

  it.effect.prop(
    "follows on from the statement before: the events of neighbouring spans move the books as those of the whole",
    [FastCheck.integer({ min: FROM - DAY, max: TO + DAY })],
    ([middle]) =>
      Effect.gen(function* () {
        yield* kept
        const [before, after] = [yield* Statement.of(account, { to: at(middle) }), yield* read({ from: at(middle) })]
        expectClosed(after)
        if (Option.isNone(before)) return
        const first = yield* read({ to: at(middle) })
        expectClosed(first)
        expect(first.closing).toEqual(after.opening)
        expect([...first.seen, ...after.seen]).toEqual((yield* read({})).seen)
      }).pipe(Effect.provide(layer)),
    { fastCheck: { numRuns: 15 } },
  )

  it.effect("takes the newest of looks at one time for its opening", () =>
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      const [first, second] = looks as [Snapshot.Snapshot, Snapshot.Snapshot, ...ReadonlyArray<Snapshot.Snapshot>]
      const next = { ...second, balance: { ...second.balance, updatedAt: second.observedAt } }
      const corrected = {
        ...first,
        balance: {
          ...first.balance,
          updatedAt: at(first.balance.updatedAt.epochMillis + 1),
          monthly: { ...first.balance.monthly, value: cents(5000) },
        },
      }
      yield* store.appendAll([first, corrected, next])
      const statement = yield* read({ from: at(FROM) })
      expect(statement.opening).toEqual(corrected)
      expect(statement.seen).toEqual([second.observedAt.epochMillis])
      const whole = yield* read({})
      expect(whole.opening).toEqual(first)
      expect(whole.seen).toEqual([FROM, second.observedAt.epochMillis])
      expectClosed(whole)
    }).pipe(Effect.provide(layer)),
  )

  it.effect("explains what follows an opening look as a statement of the whole does", () =>
    Effect.gen(function* () {
      const store = yield* SnapshotStore.SnapshotStore
      // The first of June passes unannounced and without a rise: its refresh is still awaited after the second look.
      const times = ["2026-05-31T23:50:00Z", "2026-06-01T00:10:00Z", "2026-06-20T00:10:00Z"]
      yield* store.appendAll(times.map((time) => look({ at: time, monthly: "0.00", stable: "50.00" })))
      const usage = (span: Statement.Span) =>
        Effect.map(read(span), ({ totals }) =>
          [totals.usage.lower, Option.getOrThrow(totals.usage.upper)].map(Usd.format),
        )
      expect(yield* usage({})).toEqual(["0.00", "40.00"])
      expect(yield* usage({ from: Timestamp.unsafeFromText(times[1] ?? "") })).toEqual(["0.00", "20.00"])
    }).pipe(Effect.provide(layer)),
  )
})

describe("Statement of a span whose amounts due were not asked for", () => {
  const START = Date.UTC(2026, 4, 2)
  /** Credits are gone after 5 hours, then 2.00 an hour; the amount due is asked for at some hours. */
  const history = (asked: ReadonlyArray<number>) =>
    Array.from({ length: 13 }, (_, hour) =>
      look({
        at: new Date(START + hour * HOUR).toISOString(),
        monthly: Math.max(0, 20 - 4 * hour).toFixed(2),
        stable: "0.00",
        refreshAt: "2026-06-01T00:00:00Z",
        ...(asked.includes(hour) ? { due: (2 * Math.max(0, hour - 5)).toFixed(2) } : {}),
      }),
    )
  const span = (asked: ReadonlyArray<number>, from: number | undefined, to: number) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(history(asked)))
      const hour = (count: number) => at(START + count * HOUR)
      const found = yield* read(from === undefined ? { to: hour(to) } : { from: hour(from), to: hour(to) })
      const text = ({ lower, upper }: Statement.Totals["charge"]) =>
        `${Usd.format(lower)}..${Option.match(upper, { onNone: () => "", onSome: Usd.format })}`
      return {
        used: text(found.totals.usageOf.payAsYouGo),
        charged: text(found.totals.charge),
        openingDue: Option.map(found.openingDue, ({ at: time, usd }) => [
          Usd.format(usd),
          (time.epochMillis - START) / HOUR,
        ]),
      }
    }).pipe(Effect.provide(layer))

  it.effect.each([
    { asked: [0, 12], from: undefined, to: 12, used: "14.00..14.00", charged: "14.00..14.00", due: ["0.00", 0] },
    { asked: [0, 12], from: 8, to: 12, used: "0.00..14.00", charged: "0.00..14.00", due: ["0.00", 0] },
    { asked: [0, 7, 12], from: 8, to: 12, used: "0.00..10.00", charged: "0.00..10.00", due: ["4.00", 7] },
    { asked: [0, 8, 12], from: 8, to: 12, used: "8.00..8.00", charged: "8.00..8.00", due: ["6.00", 8] },
    { asked: [0, 12], from: 0, to: 8, used: "0.00..", charged: "0.00..", due: ["0.00", 0] },
    { asked: [0, 12], from: 0, to: 3, used: "0.00..0.00", charged: "0.00..", due: ["0.00", 0] },
    { asked: [7, 12], from: 3, to: 7, used: "0.00..", charged: "0.00..", due: undefined },
  ])("has $used of pay as you go from $from to $to where it was asked for at $asked", ({ due, ...given }) =>
    Effect.gen(function* () {
      const { openingDue, ...found } = yield* span(given.asked, given.from, given.to)
      expect(found).toEqual({ used: given.used, charged: given.charged })
      expect(Option.getOrUndefined(openingDue)).toEqual(due)
    }),
  )

  it.effect.prop(
    "holds, with its neighbour, what was used and charged in both",
    [FastCheck.uniqueArray(FastCheck.nat({ max: 12 })), FastCheck.integer({ min: 1, max: 11 })],
    ([asked, middle]) =>
      Effect.gen(function* () {
        const parse = (text: string) => text.split("..").map((part) => (part === "" ? Number.POSITIVE_INFINITY : +part))
        for (const sum of ["used", "charged"] as const) {
          const [[a = 0, b = 0], [c = 0, d = 0]] = [
            parse((yield* span(asked, 0, middle))[sum]),
            parse((yield* span(asked, middle, 12))[sum]),
          ]
          const truth = (hour: number) => 2 * Math.max(0, hour - 5)
          expect(a).toBeLessThanOrEqual(truth(middle))
          expect(b).toBeGreaterThanOrEqual(truth(middle))
          expect(c).toBeLessThanOrEqual(truth(12) - truth(middle))
          expect(d).toBeGreaterThanOrEqual(truth(12) - truth(middle))
        }
      }),
    { fastCheck: { numRuns: 40 } },
  )
})
