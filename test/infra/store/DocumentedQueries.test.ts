/** The SQL queries of docs/history.md, run against a file that the store made: they tell what the library tells. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Consumption from "../../../src/domain/history/Consumption.js"
import * as LedgerDay from "../../../src/domain/history/LedgerDay.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as SnapshotStore from "../../../src/infra/SnapshotStore.js"
import * as Driver from "../../../src/infra/store/sqlite/Driver.js"
import * as Pruning from "../../../src/services/Pruning.js"
import * as UsageSeries from "../../../src/services/UsageSeries.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { account, poll } from "../../domain/history/simulated.js"
import * as TempFolder from "./TempFolder.js"

const queries = [...readFileSync("docs/history.md", "utf8").matchAll(/```sql\n([\s\S]*?)```/g)].map(
  ([, sql]) => sql ?? "",
)

const DAY = 86_400_000
const QUARTER = 900_000
const FROM = Date.UTC(2026, 8, 20)
const TO = FROM + 40 * DAY
const iso = (millis: number): string => new Date(millis).toISOString()
const dateOf = (millis: number): string => iso(millis).slice(0, 10)

const simulated = AccountSimulator.simulate({
  seed: 11,
  from: FROM,
  to: TO,
  openingStableCents: 1200,
  dailyCents: 500,
  payAsYouGo: true,
})
const snapshots = [...poll(simulated, FROM, TO, QUARTER, (index) => index % 4 === 0)]
const acme = { ...account, owner: { _tag: "Organization" as const, id: "acme" } }
const others = snapshots.slice(0, 10).map(({ balance, observedAt }) => Snapshot.make(acme, observedAt, balance))
const owner = `user:${account.owner._tag === "User" ? account.owner.id : ""}`
const pruneBefore = FROM + 3 * DAY

type Row = Readonly<Record<string, string | number | null>>

/** The rows of every query, on a history with stored usage of which three days are pruned; and the series of usage of it. */
const answers = Effect.gen(function* () {
  const path = join(yield* TempFolder.make, "history.db")
  const layer = Layer.provideMerge(UsageSeries.layer, SnapshotStore.layerSqlite({ path }))
  const series = yield* Effect.gen(function* () {
    const store = yield* SnapshotStore.SnapshotStore
    yield* store.appendAll([...snapshots, ...others])
    yield* Pruning.run({ account, before: Timestamp.fromMillis(pruneBefore) })
    return yield* Effect.flatMap(UsageSeries.UsageSeries, (usage) => usage.series({ account }))
  }).pipe(Effect.provide(layer))
  const database = yield* Effect.acquireRelease(
    Effect.sync(() => Driver.open(path, { readonly: true })),
    (open) => Effect.sync(() => open.close()),
  )
  return { series, rows: queries.map((sql) => database.prepare<[], Row>(sql).all()) }
})

const money = (usd: Usd.Usd): string => Usd.formatCents(usd)

describe("docs/history.md", () => {
  it("has five queries", () => {
    expect(queries).toHaveLength(5)
  })

  it.scoped("sums up usage by UTC day as the library does", () =>
    Effect.gen(function* () {
      const { rows, series } = yield* answers
      const mine = (rows[0] ?? []).filter((row) => row["owner"] === owner)
      const pools = new Set(mine.map((row) => row["pool"]))
      expect(pools).toEqual(new Set(["monthly", "stable", "pay as you go"]))
      // The last snapshot, of a midnight, belongs to the running day, which is not stored.
      for (let from = FROM; from < TO - DAY; from += DAY) {
        const window = { from: Timestamp.fromMillis(from), to: Timestamp.fromMillis(from + DAY) }
        const { usage } = Consumption.over(series, window)
        const of = mine.filter((row) => row["day"] === dateOf(from))
        const sum = (column: string) => of.reduce((total, row) => total + Math.round(100 * Number(row[column])), 0)
        expect((sum("at_least_usd") / 100).toFixed(2), dateOf(from)).toBe(money(usage.lower))
        const isBounded = of.every((row) => row["at_most_usd"] !== null)
        expect(isBounded ? (sum("at_most_usd") / 100).toFixed(2) : null, dateOf(from)).toBe(
          Option.getOrNull(Option.map(usage.upper, money)),
        )
      }
    }),
  )

  it.scoped("has the balance at the end of each UTC day", () =>
    Effect.gen(function* () {
      const { rows } = yield* answers
      const lastOfDay = new Map<string, Snapshot.Snapshot>()
      for (const each of snapshots) lastOfDay.set(dateOf(each.observedAt.epochMillis), each)
      expect((rows[1] ?? []).filter((row) => row["owner"] === owner)).toEqual(
        [...lastOfDay.values()].map((each) => ({
          owner,
          observed_at: Timestamp.format(each.observedAt),
          monthly_usd: Usd.format(Snapshot.monthly(each)),
          stable_usd: Usd.format(Snapshot.stable(each)),
        })),
      )
    }),
  )

  it.scoped("counts the snapshots of each UTC day, and tells the pruned ones", () =>
    Effect.gen(function* () {
      const { rows } = yield* answers
      expect((rows[2] ?? []).filter((row) => row["owner"] === "org:acme")).toEqual([
        { owner: "org:acme", day: dateOf(FROM), snapshots: 10, is_pruned: 0 },
      ])
      expect((rows[2] ?? []).filter((row) => row["owner"] === owner)).toEqual(
        Array.from({ length: 41 }, (_, index) => ({
          owner,
          day: dateOf(FROM + index * DAY),
          snapshots: index < 3 || index === 40 ? 1 : 96,
          is_pruned: LedgerDay.dayOf(FROM) + index < LedgerDay.dayOf(pruneBefore) ? 1 : 0,
        })),
      )
    }),
  )

  it.scoped("has the latest balance of each account", () =>
    Effect.gen(function* () {
      const { rows } = yield* answers
      const row = (of: string, { balance, observedAt, ...snapshot }: Snapshot.Snapshot) => ({
        base_url: account.baseUrl,
        owner: of,
        observed_at: Timestamp.format(observedAt),
        monthly_usd: Usd.format(Snapshot.monthly({ balance, observedAt, ...snapshot })),
        stable_usd: Usd.format(Snapshot.stable({ balance, observedAt, ...snapshot })),
        due_usd: balance.due._tag === "Due" ? Usd.format(balance.due.usd) : null,
        plan: Option.getOrNull(Option.map(balance.subscription, ({ name }) => name)),
      })
      expect(rows[3]).toEqual([
        row("org:acme", others.at(-1) as Snapshot.Snapshot),
        row(owner, snapshots.at(-1) as Snapshot.Snapshot),
      ])
    }),
  )

  it.scoped("has the announced refresh dates", () =>
    Effect.gen(function* () {
      const { rows } = yield* answers
      const announced = new Map<string, number>()
      const stored = snapshots.filter(
        ({ observedAt: { epochMillis } }) => epochMillis >= pruneBefore || (epochMillis + QUARTER) % DAY === 0,
      )
      for (const { balance, observedAt } of stored) {
        if (balance.refresh._tag !== "RefreshAt") continue
        const at = Timestamp.format(balance.refresh.at)
        if (!announced.has(at)) announced.set(at, observedAt.epochMillis)
      }
      expect(announced.size).toBeGreaterThan(1)
      const mine = (rows[4] ?? []).filter((row) => row["owner"] === owner)
      expect(mine.map((row) => [row["refresh_at"], row["announced_since"]])).toEqual(
        [...announced].map(([at, since]) => [at, iso(since)]),
      )
      expect(mine.reduce((total, row) => total + Number(row["snapshots"]), 0)).toBe(stored.length)
    }),
  )
})
