import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as Redacted from "effect/Redacted"
import { Balances, Subject, Zoo } from "zoo-runway"
import { StubZoo } from "zoo-runway/testing"
import { render, serve } from "../../examples/prometheus.js"
import { asking } from "./host.js"

interface Family {
  readonly help: string | undefined
  readonly type: string
  /** Value by series as it is written. */
  readonly samples: Map<string, string>
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"'
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (NaN|[+-]Inf|-?[0-9.]+(?:e[+-]?[0-9]+)?)$`)
const SUFFIXES: Readonly<Record<string, ReadonlyArray<string>>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
}

/** Reads the exposition format 0.0.4 as strictly as it is described; throws where a line is none of it. */
const parse = (text: string): ReadonlyMap<string, Family> => {
  expect(text === "" || text.endsWith("\n")).toBe(true)
  const families = new Map<string, Family>()
  let help: readonly [string, string] | undefined
  let current: readonly [string, Family] | undefined
  for (const line of text.split("\n").slice(0, -1)) {
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? []
    if (kind === "HELP") {
      help = [name, rest]
    } else if (kind === "TYPE") {
      if (families.has(name)) throw new Error(`${name} is there twice`)
      if (help !== undefined && help[0] !== name) throw new Error(`the help before ${name} is another's`)
      current = [name, { help: help?.[1], type: rest, samples: new Map() }]
      families.set(...current)
      help = undefined
    } else {
      const [, series = "", labels = "", value = ""] = SAMPLE.exec(line) ?? []
      const [family, { samples, type }] = current ?? ["", { samples: new Map<string, string>(), type: "" }]
      if (!SUFFIXES[type]?.some((suffix) => series === family + suffix))
        throw new Error(`no sample of ${family}: ${line}`)
      if (samples.has(series + labels)) throw new Error(`there twice: ${line}`)
      samples.set(series + labels, value)
    }
  }
  return families
}

/** The metrics of an effect alone, by a tag of their own: metrics live as long as the process. */
const exported = (test: string, work: Effect.Effect<unknown>) =>
  Effect.gen(function* () {
    yield* Effect.tagMetrics(work, "test", test)
    const pairs = yield* Metric.snapshot
    return parse(render(pairs.filter(({ metricKey }) => metricKey.tags.some(({ value }) => value === test))))
  })

const only = (families: ReadonlyMap<string, Family>, name: string) => {
  const family = families.get(name)
  return family && { ...family, samples: Object.fromEntries(family.samples) }
}

describe("The text of examples/prometheus", () => {
  it.effect("has counters that only grow, and calls those that may shrink gauges", () =>
    Effect.gen(function* () {
      const grows = Metric.counter("grows_total", { description: "only up", incremental: true })
      const shrinks = Metric.counter("shrinks")
      const large = Metric.counter("large_total", { bigint: true, incremental: true })
      const families = yield* exported(
        "counters",
        Effect.all([
          Metric.incrementBy(grows, 3),
          Metric.incrementBy(shrinks, -2),
          Metric.incrementBy(large, 2n ** 70n),
        ]),
      )
      expect(only(families, "grows_total")).toEqual({
        help: "only up",
        type: "counter",
        samples: { 'grows_total{test="counters"}': "3" },
      })
      expect(only(families, "shrinks")).toMatchObject({
        help: undefined,
        type: "gauge",
        samples: { 'shrinks{test="counters"}': "-2" },
      })
      expect(only(families, "large_total")?.samples).toEqual({ 'large_total{test="counters"}': `${2n ** 70n}` })
    }),
  )

  it.effect("has gauges, those that are no number or endless among them", () =>
    Effect.gen(function* () {
      const set = (name: string, value: number) => Metric.set(Metric.gauge(name), value)
      const families = yield* exported(
        "gauges",
        Effect.all([
          set("half", 0.5),
          set("tiny", 1e-7),
          set("nan", Number.NaN),
          set("up", 1 / 0),
          set("down", -1 / 0),
        ]),
      )
      const values = [...families.values()].flatMap(({ samples, type }) => [...samples.values()].map((v) => [type, v]))
      expect(values.sort()).toEqual(["+Inf", "-Inf", "0.5", "1e-7", "NaN"].map((value) => ["gauge", value]))
    }),
  )

  it.effect("has histograms with buckets that add up, the endless one and what lies beyond all bounds included", () =>
    Effect.gen(function* () {
      const seconds = Metric.histogram("seconds", MetricBoundaries.fromIterable([0.1, 1]), "how long")
      const families = yield* exported(
        "histograms",
        Effect.forEach([0.05, 0.1, 0.5, 7], (value) => Metric.update(seconds, value)),
      )
      expect(only(families, "seconds")).toEqual({
        help: "how long",
        type: "histogram",
        samples: {
          'seconds_bucket{test="histograms",le="0.1"}': "2",
          'seconds_bucket{test="histograms",le="1"}': "3",
          'seconds_bucket{test="histograms",le="+Inf"}': "4",
          'seconds_sum{test="histograms"}': "7.65",
          'seconds_count{test="histograms"}': "4",
        },
      })
    }),
  )

  it.effect("has summaries, with no number where a quantile is not known", () =>
    Effect.gen(function* () {
      const summary = Metric.summary({ name: "sizes", maxAge: "1 day", maxSize: 100, error: 0, quantiles: [0.5, 1] })
      const unseen = Metric.summary({ name: "unseen", maxAge: "1 day", maxSize: 100, error: 0, quantiles: [0.5] })
      const families = yield* exported(
        "summaries",
        Effect.all([Effect.forEach([1, 2, 3], (value) => Metric.update(summary, value)), Metric.value(unseen)]),
      )
      expect(only(families, "sizes")).toMatchObject({
        type: "summary",
        samples: {
          'sizes{test="summaries",quantile="1"}': "3",
          'sizes_sum{test="summaries"}': "6",
          'sizes_count{test="summaries"}': "3",
        },
      })
      expect(only(families, "unseen")?.samples).toMatchObject({ 'unseen{test="summaries",quantile="0.5"}': "NaN" })
    }),
  )

  it.effect("has a frequency as a counter of each word", () =>
    Effect.gen(function* () {
      const words = Metric.frequency("words_total")
      const families = yield* exported(
        "frequencies",
        Effect.forEach(["a", "b", "a"], (word) => Metric.update(words, word)),
      )
      expect(only(families, "words_total")).toMatchObject({
        type: "counter",
        samples: { 'words_total{test="frequencies",key="a"}': "2", 'words_total{test="frequencies",key="b"}': "1" },
      })
    }),
  )

  it.effect("escapes what would end a line or a label, and names what Prometheus has no name for", () =>
    Effect.gen(function* () {
      const odd = Metric.counter("0 odd.name-ü", { description: "a \\ and\na line", incremental: true }).pipe(
        Metric.tagged("a:label.b", 'say "hi"\\\n'),
      )
      const families = yield* exported("odd", Metric.increment(odd))
      expect(only(families, "_0_odd_name__")).toEqual({
        help: "a \\\\ and\\na line",
        type: "counter",
        samples: { '_0_odd_name__{a_label_b="say \\"hi\\"\\\\\\n",test="odd"}': "1" },
      })
    }),
  )

  it.effect("has each name and each series once, whatever a metric is described as", () =>
    Effect.gen(function* () {
      const families = yield* exported(
        "twice",
        Effect.all([
          Metric.increment(Metric.counter("twice_total", { incremental: true })),
          Metric.increment(Metric.counter("twice_total", { incremental: true, description: "another" })),
        ]),
      )
      expect([...families.keys()]).toEqual(["twice_total"])
    }),
  )

  it.scoped("is served with what the services count, and nothing else is", () =>
    Effect.gen(function* () {
      const stub = yield* StubZoo.make()
      yield* Effect.flatMap(Balances.Balances, (balances) => balances.get(Subject.me)).pipe(
        Effect.provide(Zoo.layerTest({ baseUrl: stub.baseUrl, token: Redacted.make("example-token") })),
        Effect.provide(FetchHttpClient.layer),
      )
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => serve(0)),
        (server) => Effect.sync(() => server.close()),
      )
      const ask = asking(server)
      const { body, status } = yield* ask("/metrics")
      expect(status).toBe(200)
      const families = parse(String(body))
      expect(families.get("zoo_runway_fetch_seconds")?.type).toBe("histogram")
      expect(families.get("zoo_runway_cache_misses_total")?.samples.get("zoo_runway_cache_misses_total")).toBe("1")
      expect(yield* ask("/")).toMatchObject({ status: 404 })
    }),
  )
})
