import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as Redacted from "effect/Redacted"
import type { Drift, Kind } from "../../src/domain/balance/wire/Drift.js"
import { Subject } from "../../src/index.js"
import * as SnapshotStore from "../../src/infra/SnapshotStore.js"
import * as ZooClient from "../../src/infra/zoo/ZooClient.js"
import * as Balances from "../../src/services/Balances.js"
import * as DriftWatch from "../../src/services/DriftWatch.js"
import * as UsageSeries from "../../src/services/UsageSeries.js"
import * as StubZoo from "../../src/testing/StubZoo.js"

const unknownField = (name: string): Drift => ({
  kind: "UnknownField",
  path: `$.${name}`,
  found: "a number of 1 character",
})
const unknownMember: Drift = { kind: "UnknownMember", path: "$.price.interval", found: "a text of 6 characters" }

interface Logged {
  readonly level: string
  readonly message: string
}

/** What an effect logs through the host's logger. */
const logged = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<ReadonlyArray<Logged>, E, R> =>
  Effect.suspend(() => {
    const lines: Array<Logged> = []
    const host = Logger.make<unknown, void>(({ logLevel, message }) => {
      lines.push({ level: logLevel._tag, message: [message].flat().join(" ") })
    })
    return Effect.as(Effect.provide(effect, Logger.replace(Logger.defaultLogger, host)), lines)
  })

const countOf = (kind: Kind) => Effect.map(Metric.value(DriftWatch.totalOf(kind)), ({ count }) => count)

/** Metrics live as long as the process: each test has a label of its own, as a host may give one. */
const labelled = (name: string) => Effect.tagMetrics("test", name)

describe("DriftWatch", () => {
  it.effect("counts every finding under its kind", () =>
    Effect.gen(function* () {
      const watch = yield* DriftWatch.make
      yield* watch.note([unknownField("a"), unknownMember, unknownField("b")])
      yield* watch.note([unknownField("a")])
      yield* watch.note([])
      expect(yield* countOf("UnknownField")).toBe(3)
      expect(yield* countOf("UnknownMember")).toBe(1)
      expect(yield* countOf("DuplicateKey")).toBe(0)
    }).pipe(labelled("counts"), logged),
  )

  it.effect("is one counter that only grows, under the name that dashboards ask for", () =>
    Effect.gen(function* () {
      yield* Effect.flatMap(DriftWatch.make, (watch) => watch.note([unknownMember]))
      const pairs = yield* Metric.snapshot
      const own = pairs.filter(
        ({ metricKey }) =>
          metricKey.name === "zoo_runway_drift_total" && metricKey.tags.some(({ value }) => value === "name"),
      )
      expect(own.map(({ metricKey, metricState }) => [metricKey.tags, metricState])).toMatchObject([
        [
          [
            { key: "kind", value: "UnknownMember" },
            { key: "test", value: "name" },
          ],
          { count: 1 },
        ],
      ])
      yield* Metric.incrementBy(DriftWatch.totalOf("UnknownMember"), -1)
      expect(yield* countOf("UnknownMember")).toBe(1)
    }).pipe(labelled("name"), logged),
  )

  it.effect("warns of the first finding of each kind, in one line that says what to do", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.gen(function* () {
          const watch = yield* DriftWatch.make
          yield* watch.note([unknownField("first"), unknownField("second"), unknownMember])
          yield* watch.note([unknownField("third"), unknownMember])
        }),
      )
      expect(lines.map(({ level }) => level)).toEqual(["Warning", "Warning"])
      expect(lines[0]?.message).toMatch(/UnknownField at \$\.first: the library may be older than the contract/)
      expect(lines[1]?.message).toMatch(/UnknownMember at \$\.price\.interval: the library may be older/)
      for (const { message } of lines) expect(message).not.toContain("\n")
    }).pipe(labelled("first")),
  )

  it.effect("warns once however many find the same at the same time", () =>
    Effect.gen(function* () {
      const lines = yield* logged(
        Effect.gen(function* () {
          const watch = yield* DriftWatch.make
          const note = Effect.yieldNow().pipe(Effect.zipRight(watch.note([unknownField("a"), unknownMember])))
          yield* Effect.all(
            Array.from({ length: 100 }, () => note),
            { concurrency: "unbounded" },
          )
        }),
      )
      expect(lines).toHaveLength(2)
      expect(yield* countOf("UnknownField")).toBe(100)
    }).pipe(labelled("concurrent")),
  )
})

const driftingBody = StubZoo.exampleBody.replace("{", '{"brand_new":1,"newer":"x",')

const drifting = { ...StubZoo.exampleAccount, bodyAt: () => driftingBody }

const withBalances = <A, E>(use: Effect.Effect<A, E, Balances.Balances>) =>
  Effect.gen(function* () {
    const stub = yield* StubZoo.make({ accounts: [drifting] })
    const token = Redacted.make("example-token")
    return yield* use.pipe(
      Effect.provide(
        Balances.layer({ token }).pipe(
          Layer.provide(UsageSeries.layer),
          Layer.provide(SnapshotStore.layerMemory),
          Layer.provide(ZooClient.layer({ baseUrl: stub.baseUrl, callsPerSecond: Number.POSITIVE_INFINITY })),
          Layer.provide(FetchHttpClient.layer),
        ),
      ),
    )
  }).pipe(Effect.scoped)

const refresh = Effect.flatMap(Balances.Balances, (balances) => balances.refresh(Subject.me))

describe("Balances", () => {
  it.effect("counts and tells of the drift that it fetches, once a layer, and hands it out with every reading", () =>
    Effect.gen(function* () {
      const use = Effect.gen(function* () {
        const readings = yield* Effect.all(Array.from({ length: 5 }, () => refresh))
        for (const { warnings } of readings) {
          expect(warnings).toMatchObject([{ _tag: "Drifted", drift: [{ path: "$.brand_new" }, { path: "$.newer" }] }])
        }
      })
      const first = yield* logged(withBalances(use))
      expect(first.map(({ message }) => message)).toEqual([expect.stringContaining("UnknownField at $.brand_new")])
      expect(yield* countOf("UnknownField")).toBe(10)
      expect(yield* logged(withBalances(use))).toEqual(first)
      expect(yield* countOf("UnknownField")).toBe(20)
    }).pipe(labelled("balances")),
  )

  it.effect("counts nothing where nothing is fetched", () =>
    Effect.gen(function* () {
      yield* withBalances(
        Effect.gen(function* () {
          yield* refresh
          const { warnings } = yield* Effect.flatMap(Balances.Balances, (balances) => balances.get(Subject.me))
          expect(warnings).toEqual([])
        }),
      )
      expect(yield* countOf("UnknownField")).toBe(2)
    }).pipe(labelled("kept"), logged),
  )
})
