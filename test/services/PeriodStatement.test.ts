import { afterAll, describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Consumption from "../../src/domain/history/Consumption.js"
import type * as Estimate from "../../src/domain/history/Estimate.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import type { Row } from "../../src/domain/history/StatementRows.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Calendar from "../../src/domain/time/Calendar.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as PeriodStatement from "../../src/services/PeriodStatement.js"
import * as Pruning from "../../src/services/Pruning.js"
import * as Statement from "../../src/services/Statement.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import { account, cents } from "../domain/history/simulated.js"
import * as MonthlyAccount from "./statement/MonthlyAccount.js"

const { DAY, FROM, HOUR, TO } = MonthlyAccount

const services = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerMemory)
const storing = (snapshots: ReadonlyArray<Snapshot.Snapshot>) =>
  Layer.provideMerge(
    Layer.effectDiscard(Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(snapshots))),
    services,
  )

const at = Timestamp.fromMillis

const stated = (request: PeriodStatement.Request = {}) =>
  Effect.map(PeriodStatement.of(account, request), Option.getOrThrow)

/** Sums of a row by name; those of corrections last. */
const sumsOf = (row: Row): Readonly<Record<string, Estimate.Estimate>> => ({
  usage: row.usage,
  monthly: row.usageOf.monthly,
  stable: row.usageOf.stable,
  payAsYouGo: row.usageOf.payAsYouGo,
  refreshed: row.refreshed,
  expired: row.expired,
  granted: row.granted,
  renewals: row.renewals,
  charged: row.charged,
  paid: row.paid,
  correctedMonthly: row.corrections.monthly,
  correctedStable: row.corrections.stable,
  correctedDue: row.corrections.due,
})

const closingOf = ({ closing }: Row): Readonly<Record<string, Estimate.Estimate>> => ({
  closingMonthly: closing.monthly,
  closingStable: closing.stable,
  ...Option.match(closing.due, { onNone: () => ({}), onSome: (closingDue) => ({ closingDue }) }),
})

/** The truth of a row under the same names, in cents. */
const truthOf = (row: Row): Readonly<Record<string, number>> => {
  const [from, to] = [row.from.epochMillis, row.to.epochMillis]
  const sums = MonthlyAccount.between(from, to)
  const { due, monthly, stable } = MonthlyAccount.balancesAt(to)
  return {
    ...sums,
    usage: sums.monthly + sums.stable + sums.payAsYouGo,
    charged: sums.payAsYouGo,
    correctedMonthly: 0,
    correctedStable: 0,
    correctedDue: 0,
    closingMonthly: monthly,
    closingStable: stable,
    closingDue: due,
  }
}

const expectedOf = (sums: Readonly<Record<string, Estimate.Estimate>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(sums).map(([name, { expected }]) => [name, Usd.format(expected)]))

/** The sums of rows, added up. */
const added = (rows: ReadonlyArray<Row>): Readonly<Record<string, string>> => {
  const total = new Map<string, Usd.Usd>()
  for (const row of rows) {
    for (const [name, { expected }] of Object.entries(sumsOf(row))) {
      total.set(name, Usd.add(total.get(name) ?? Usd.zero, expected))
    }
  }
  return Object.fromEntries([...total].map(([name, usd]) => [name, Usd.format(usd)]))
}

const text = ({ lower, upper }: Pick<Estimate.Estimate, "lower" | "upper">): string =>
  `${Usd.format(lower)}..${Option.match(upper, { onNone: () => "", onSome: Usd.format })}`

const isWithin = (usd: Usd.Usd, { lower, upper }: Pick<Estimate.Estimate, "lower" | "upper">): boolean =>
  !Usd.lessThan(usd, lower) && !Option.exists(upper, (most) => Usd.lessThan(most, usd))

/** Checks that no estimate but a correction is negative, that estimates lie within their bounds, and that the bounds hold the truth. */
const expectBounds = (rows: ReadonlyArray<Row>, except: ReadonlyArray<string> = []): void => {
  for (const row of rows) {
    const truth = truthOf(row)
    for (const [name, sum] of Object.entries({ ...sumsOf(row), ...closingOf(row) })) {
      const where = `${name} from ${Timestamp.format(row.from)}: ${text(sum)}`
      if (!name.startsWith("corrected")) expect(Usd.isNegative(sum.expected), `${where} is not negative`).toBe(false)
      expect(isWithin(sum.expected, sum), `${where} holds its estimate ${Usd.format(sum.expected)}`).toBe(true)
      if (except.includes(name)) continue
      expect(isWithin(cents(truth[name] ?? 0), sum), `${where} holds the truth ${truth[name]}`).toBe(true)
    }
  }
}

/** Checks that each row closes and that the next one opens with what it closes with. */
const expectClosed = (rows: ReadonlyArray<Row>): void => {
  for (const [index, { closing, opening, ...row }] of rows.entries()) {
    const where = Timestamp.format(row.from)
    const change = (...[from, to]: readonly [Estimate.Estimate, Estimate.Estimate]) =>
      Usd.format(Usd.subtract(to.expected, from.expected))
    const net = (came: ReadonlyArray<Estimate.Estimate>, went: ReadonlyArray<Estimate.Estimate>) => {
      const sum = (of: ReadonlyArray<Estimate.Estimate>) => Usd.sum(of.map(({ expected }) => expected))
      return Usd.format(Usd.subtract(sum(came), sum(went)))
    }
    const { charged, corrections, expired, granted, paid, refreshed, renewals, usageOf } = row
    const monthly = net([refreshed, corrections.monthly], [expired, usageOf.monthly])
    expect(change(opening.monthly, closing.monthly), where).toBe(monthly)
    expect(change(opening.stable, closing.stable), where).toBe(net([granted, corrections.stable], [usageOf.stable]))
    const due = net([renewals, charged, corrections.due], [paid])
    expect(Option.getOrThrow(Option.zipWith(opening.due, closing.due, change)), where).toBe(due)
    const next = rows[index + 1]
    if (next === undefined) continue
    expect(next.opening, where).toEqual(closing)
    expect(next.from, where).toEqual(row.to)
  }
}

/** The series of usage, cut where rows meet. */
const seriesOf = (rows: ReadonlyArray<Row>) =>
  Effect.flatMap(UsageSeries.UsageSeries, (usage) =>
    usage.series({ account, cuts: rows.map(({ from }) => from.epochMillis) }),
  )

const plain = MonthlyAccount.snapshots()

const PERIODS = ["day", "week", "month", "cycle"] as const
const MONTHS = [FROM, Date.UTC(2026, 8, 1), Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)]
const KATHMANDU = "Asia/Kathmandu"

describe("PeriodStatement of an account polled every 15 minutes", () => {
  // Stored once. `layer` of @effect/vitest would replace the `it` of every file that runs after this one in the same process.
  const runtime = ManagedRuntime.make(storing(plain))
  const whenStored = Effect.provide(runtime)
  afterAll(() => runtime.dispose())

  it.effect.each(["UTC", KATHMANDU, "America/New_York"])("estimates each month of %s to the cent", (zone) =>
    whenStored(
      Effect.gen(function* () {
        const { rows, totals } = yield* stated({ zone })
        for (const row of [...rows, totals]) {
          const truth = Object.entries(truthOf(row)).map(([name, count]) => [name, Usd.format(cents(count))])
          expect({ ...expectedOf(sumsOf(row)), ...expectedOf(closingOf(row)) }).toEqual(Object.fromEntries(truth))
        }
        expectBounds([...rows, totals])
      }),
    ),
  )

  it.effect("begins months where no period is named, with the refresh and the renewal that come at the border", () =>
    whenStored(
      Effect.gen(function* () {
        const { by, rows, zone } = yield* stated()
        expect([by, zone]).toEqual(["month", "UTC"])
        expect(rows.map(({ from }) => from.epochMillis)).toEqual(MONTHS)
        const came = rows.map(({ refreshed, renewals }) =>
          [refreshed, renewals].map(({ expected }) => Usd.format(expected)),
        )
        expect(came).toEqual([
          ["0.00", "0.00"],
          ["10.00", "10.00"],
          ["10.00", "10.00"],
          ["10.00", "10.00"],
        ])
      }),
    ),
  )

  it.effect.each(PERIODS)("closes each row, and the rows of a %s add up to the whole", (by) =>
    whenStored(
      Effect.gen(function* () {
        const { rows, totals } = yield* stated({ by })
        expectClosed(rows)
        expectBounds(rows)
        expect(added(rows)).toEqual(expectedOf(sumsOf(totals)))
        const { totals: ofMonths } = yield* stated({ by: "month" })
        expect(totals).toEqual(ofMonths)
      }),
    ),
  )

  it.effect("has the same rows by cycle as by month where credits refresh on the first", () =>
    whenStored(
      Effect.gen(function* () {
        expect((yield* stated({ by: "cycle" })).rows).toEqual((yield* stated({ by: "month" })).rows)
      }),
    ),
  )

  it.effect.each(["UTC", KATHMANDU, "America/New_York"])("adds the days of %s up to its months", (zone) =>
    whenStored(
      Effect.gen(function* () {
        const [months, days] = [yield* stated({ zone }), yield* stated({ by: "day", zone })]
        expect(months.zone).toBe(Calendar.nameOf(Calendar.zoneOf(zone)))
        for (const month of months.rows) {
          const within = days.rows.filter(
            ({ from, to }) => from.epochMillis >= month.from.epochMillis && to.epochMillis <= month.to.epochMillis,
          )
          expect(within.at(-1)?.to).toEqual(month.to)
          expect(added(within)).toEqual(expectedOf(sumsOf(month)))
        }
        expectClosed(months.rows)
        expectBounds(months.rows)
      }),
    ),
  )

  it.effect("has the usage of each day that the series of usage has", () =>
    whenStored(
      Effect.gen(function* () {
        const { rows } = yield* stated({ by: "day", zone: KATHMANDU })
        const series = yield* seriesOf(rows)
        const days = Consumption.days(series, { zone: KATHMANDU, from: at(FROM), to: at(TO) })
        expect(rows).toHaveLength(days.length)
        for (const [index, row] of rows.entries()) {
          const over = Consumption.over(series, row)
          expect(Usd.format(row.usage.expected)).toBe(Usd.format(over.usage.expected))
          expect(Usd.format(row.usage.expected)).toBe(Usd.format((days[index] as Consumption.Day).usage.expected))
        }
      }),
    ),
  )

  it.effect.each([
    ["the whole history", {}],
    ["a part of it", { from: at(Date.UTC(2026, 8, 17, 5, 15)), to: at(Date.UTC(2026, 9, 22, 11, 30)) }],
  ] as const)("has the totals of the ledger over %s", ([, ends]) =>
    whenStored(
      Effect.gen(function* () {
        const { totals } = yield* stated(ends)
        const statement = Option.getOrThrow(yield* Statement.of(account, ends))
        const sums = new Statement.Sums()
        yield* Stream.runForEach(statement.snapshots, ({ entries }) =>
          Effect.sync(() => {
            for (const entry of entries) sums.add(entry)
          }),
        )
        const ledger = sums.totals(statement)
        expect(Usd.format(totals.usage.expected)).toBe(Usd.format(ledger.usage.expected))
        expect({
          usage: text(totals.usage),
          monthly: text(totals.usageOf.monthly),
          stable: text(totals.usageOf.stable),
          payAsYouGo: text(totals.usageOf.payAsYouGo),
          refresh: text(totals.refreshed),
          expiry: text(totals.expired),
          grant: text(totals.granted),
          payment: text(totals.paid),
        }).toEqual({
          usage: text(ledger.usage),
          monthly: text(ledger.usageOf.monthly),
          stable: text(ledger.usageOf.stable),
          payAsYouGo: text(ledger.usageOf.payAsYouGo),
          refresh: text(ledger.refresh),
          expiry: text(ledger.expiry),
          grant: text(ledger.grant),
          payment: text(ledger.payment),
        })
        expect(isWithin(Usd.add(totals.renewals.expected, totals.charged.expected), ledger.charge)).toBe(true)
      }),
    ),
  )

  it.effect.each([
    "2026-08-10T13:52:30Z",
    "2026-08-31T23:47:00Z",
    "2026-09-01T00:00:00Z",
    "2026-09-01T00:07:01Z",
    "2026-10-05T09:55:00Z",
    "2026-10-14T03:33:33Z",
  ])("adds neighbouring spans up to the whole where they meet at %s", (met) =>
    whenStored(
      Effect.gen(function* () {
        const middle = Timestamp.unsafeFromText(met)
        const whole = yield* stated({ by: "week" })
        const [before, after] = [yield* stated({ by: "week", to: middle }), yield* stated({ by: "week", from: middle })]
        expect(added([before.totals, after.totals])).toEqual(expectedOf(sumsOf(whole.totals)))
        expect(before.rows.at(-1)?.closing).toEqual(after.rows[0]?.opening)
        expectClosed([...before.rows, ...after.rows])
        expectClosed([before.totals, after.totals])
      }),
    ),
  )

  it.effect("leaves out what was observed after a moment", () =>
    whenStored(
      Effect.gen(function* () {
        const now = at(Date.UTC(2026, 8, 20, 12))
        const [then, ended] = [yield* stated({ now }), yield* stated({ to: now })]
        expect(then.rows.map(({ from }) => from.epochMillis)).toEqual(MONTHS.slice(0, 2))
        expect(then.totals.to).toEqual(now)
        expect(added(then.rows)).toEqual(added(ended.rows))
      }),
    ),
  )

  it.effect("is none where the span ends before it begins, or holds less than two snapshots", () =>
    whenStored(
      Effect.gen(function* () {
        const of = (from: number, to: number) => PeriodStatement.of(account, { from: at(from), to: at(to) })
        expect(yield* of(FROM + DAY, FROM + DAY)).toEqual(Option.none())
        expect(yield* of(FROM + 2 * DAY, FROM + DAY)).toEqual(Option.none())
        expect(yield* of(TO, TO + DAY)).toEqual(Option.none())
        expect(yield* of(FROM - DAY, FROM)).toEqual(Option.none())
        expect(yield* PeriodStatement.of(account, { now: at(FROM) })).toEqual(Option.none())
      }),
    ),
  )

  it.effect("fails with InvalidZone where no zone has the name", () =>
    whenStored(
      Effect.gen(function* () {
        const failed = yield* Effect.either(PeriodStatement.of(account, { zone: "Europe/Atlantis" }))
        expect(Either.getLeft(failed)).toEqual(Option.some(new Calendar.InvalidZone({ zone: "Europe/Atlantis" })))
      }),
    ),
  )
})

describe("PeriodStatement of an account that is polled less", () => {
  const HOLE = [Date.UTC(2026, 8, 22, 10), Date.UTC(2026, 9, 9, 10)] as const
  it.effect.each([
    { name: "every six hours", polling: { every: 6 * HOUR }, hidden: [] },
    // The renewal of the first of October and its payment on the fifth both lie in the hole, which begins and ends without debt: no snapshot
    // shows them, nor the amount due between them.
    {
      name: "with a hole of 17 days over a month's end",
      polling: { hole: HOLE },
      hidden: ["renewals", "paid", "closingDue"],
    },
    { name: "with an amount due that is asked for once a week", polling: { dueEvery: 7 * DAY }, hidden: [] },
  ])("holds the truth within its bounds, and expects the usage of each month, $name", ({ hidden, polling }) =>
    Effect.gen(function* () {
      for (const by of PERIODS) {
        const { rows, totals } = yield* stated({ by })
        expectClosed(rows)
        expect(added(rows)).toEqual(expectedOf(sumsOf(totals)))
        expectBounds([...rows, totals], [...hidden])
        const series = yield* seriesOf(rows)
        const used = rows.map((row) => Usd.format(Consumption.over(series, row).usage.expected))
        expect(rows.map(({ usage }) => Usd.format(usage.expected))).toEqual(used)
      }
      for (const row of (yield* stated()).rows) {
        const { usage = 0 } = truthOf(row)
        const error = Usd.toNumberApproximate(row.usage.expected) - usage / 100
        expect(Math.abs(error), Timestamp.format(row.from)).toBeLessThan(0.1 * (usage / 100))
      }
    }).pipe(Effect.provide(storing(MonthlyAccount.snapshots(polling)))),
  )
})

describe("PeriodStatement of a pruned history", () => {
  it.effect("has the rows that it had before, in any zone", () =>
    Effect.gen(function* () {
      const read = Effect.forEach(["UTC", KATHMANDU], (zone) => Effect.forEach(PERIODS, (by) => stated({ by, zone })))
      const before = yield* read
      const { removed } = yield* Pruning.run({ account, before: at(Date.UTC(2026, 10, 10)) })
      expect(removed).toBeGreaterThan(9000)
      expect(yield* read).toEqual(before)
    }).pipe(Effect.provide(storing(plain))),
  )
})

describe("PeriodStatement of almost no history", () => {
  it.effect("is none without a snapshot and with one", () =>
    Effect.gen(function* () {
      expect(yield* PeriodStatement.of(account)).toEqual(Option.none())
      yield* Effect.flatMap(SnapshotStore.SnapshotStore, (store) => store.appendAll(plain.slice(0, 1)))
      expect(yield* PeriodStatement.of(account)).toEqual(Option.none())
    }).pipe(Effect.provide(services)),
  )

  it.effect("has one row of two snapshots", () =>
    Effect.gen(function* () {
      const { rows, totals } = yield* stated({ by: "day" })
      expect(rows).toEqual([totals])
      expectClosed(rows)
      expectBounds(rows)
    }).pipe(Effect.provide(storing(plain.slice(0, 2)))),
  )
})

describe("PeriodStatement up to the last snapshot", () => {
  const MIDNIGHT = Date.UTC(2026, 10, 1)
  const upToRefresh = plain.filter(({ observedAt }) => observedAt.epochMillis <= MIDNIGHT)

  it.effect("ends with the balance that it shows, also where a refresh is due at it", () =>
    Effect.gen(function* () {
      const { rows, totals } = yield* stated()
      for (const row of [rows.at(-1) as Row, totals]) {
        const { credits, monthly } = row.closing
        expect([text(monthly), text(credits)]).toEqual(["10.00..10.00", "10.00..10.00"])
      }
      const statement = Option.getOrThrow(yield* Statement.of(account, {}))
      const sums = new Statement.Sums()
      yield* Stream.runForEach(statement.snapshots, ({ entries }) =>
        Effect.sync(() => {
          for (const entry of entries) sums.add(entry)
        }),
      )
      const ledger = sums.totals(statement)
      expect(text(totals.refreshed)).toBe(text(ledger.refresh))
      expect(text(totals.renewals)).toBe(text(ledger.renewals))
      expectClosed([...rows])
    }).pipe(Effect.provide(storing(upToRefresh))),
  )

  it.effect("names what it takes as true without evidence", () =>
    Effect.gen(function* () {
      expect((yield* stated()).assumes).toEqual(["GrantsShow", "PaymentsShow"])
      expect((yield* stated({ to: at(FROM + DAY) })).assumes).toEqual([])
      expect((yield* stated({ to: at(FROM + 25 * DAY) })).assumes).toEqual(["GrantsShow"])
    }).pipe(Effect.provide(storing(plain))),
  )
})

describe("PeriodStatement of an amount due that is asked for once a week", () => {
  it.effect("has pay as you go in no row that it cannot lie in", () =>
    Effect.gen(function* () {
      const { rows } = yield* stated({ by: "day" })
      const usage = yield* seriesOf(rows)
      const bounded = Consumption.days(usage, { from: at(FROM), to: at(TO) })
      const open = rows.filter((row) => Option.isNone(row.usageOf.payAsYouGo.upper))
      for (const row of open) {
        const day = bounded.find(({ from }) => from.epochMillis === row.from.epochMillis)
        expect(Option.isNone(Option.getOrThrow(Option.fromNullable(day)).usage.upper), Timestamp.format(row.from)).toBe(
          true,
        )
      }
      expect(open.length).toBeGreaterThan(0)
    }).pipe(Effect.provide(storing(MonthlyAccount.snapshots({ every: 6 * HOUR, dueEvery: 7 * DAY })))),
  )
})

describe("PeriodStatement of a hole over a refresh", () => {
  const hole = [Date.UTC(2026, 8, 20, 10), Date.UTC(2026, 9, 6, 10)] as const

  it.effect("draws no monthly credits before they came, and needs no correction", () =>
    Effect.gen(function* () {
      for (const by of PERIODS) {
        const { rows, totals } = yield* stated({ by })
        expectClosed(rows)
        for (const row of [...rows, totals]) {
          for (const correction of Object.values(row.corrections)) expect(Usd.format(correction.expected)).toBe("0.00")
        }
      }
    }).pipe(Effect.provide(storing(MonthlyAccount.snapshots({ hole })))),
  )
})
