/**
 * All metrics of the process behind `GET /metrics`, as the text that Prometheus scrapes (exposition format 0.0.4): those of zoo-runway, of
 * the program and of every other library that uses Effect's.
 *
 *     ZOO_API_TOKEN=… ZOO_RUNWAY_DATABASE=history.db node prometheus.js
 *     curl localhost:9464/metrics
 */
import { once } from "node:events"
import { createServer } from "node:http"
import { fileURLToPath } from "node:url"
import { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, Metric, MetricKeyType, type MetricPair, MetricState, Option } from "effect"
import { Poller, Subject, Zoo } from "zoo-runway"

type Labels = ReadonlyArray<readonly [name: string, value: string]>
type Sample = readonly [suffix: string, labels: Labels, value: number | bigint]

const number = (value: number | bigint): string => {
  if (value === Number.POSITIVE_INFINITY) return "+Inf"
  return value === Number.NEGATIVE_INFINITY ? "-Inf" : String(value)
}

/** The type of a metric. A counter that may be decreased is a gauge to Prometheus, as it takes a decrease for a restart. */
const typeOf = ({ keyType }: MetricPair.MetricPair.Untyped["metricKey"]): string => {
  if (MetricKeyType.isCounterKey(keyType)) return keyType.incremental ? "counter" : "gauge"
  if (MetricKeyType.isFrequencyKey(keyType)) return "counter"
  if (MetricKeyType.isHistogramKey(keyType)) return "histogram"
  return MetricKeyType.isSummaryKey(keyType) ? "summary" : "gauge"
}

const samplesOf = (state: MetricPair.MetricPair.Untyped["metricState"]): ReadonlyArray<Sample> => {
  if (MetricState.isCounterState(state)) return [["", [], state.count]]
  if (MetricState.isGaugeState(state)) return [["", [], state.value]]
  if (MetricState.isFrequencyState(state)) {
    return Array.from(state.occurrences, ([word, count]): Sample => ["", [["key", word]], count])
  }
  if (MetricState.isHistogramState(state)) {
    const finite = state.buckets.filter(([bound]) => Number.isFinite(bound))
    const buckets = [...finite, [Number.POSITIVE_INFINITY, state.count] as const]
    return [
      ...buckets.map(([bound, count]): Sample => ["_bucket", [["le", number(bound)]], count]),
      ["_sum", [], state.sum],
      ["_count", [], state.count],
    ]
  }
  if (!MetricState.isSummaryState(state)) return []
  return [
    ...state.quantiles.map(([q, value]): Sample => ["", [["quantile", `${q}`]], Option.getOrElse(value, () => NaN)]),
    ["_sum", [], state.sum],
    ["_count", [], state.count],
  ]
}

const nameOf = (name: string): string => name.replace(/^(?=\d)|[^a-zA-Z0-9_:]/g, "_")
const labelOf = (name: string): string => nameOf(name).replaceAll(":", "_")
const escapedText = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")

const series = (name: string, labels: Labels): string => {
  const written = labels.map(([label, value]) => `${labelOf(label)}="${escapedText(value).replaceAll('"', '\\"')}"`)
  return written.length === 0 ? name : `${name}{${written.join(",")}}`
}

/** Metrics as Prometheus reads them: each name once, with its meaning and type, before all its series. */
export const render = (pairs: ReadonlyArray<MetricPair.MetricPair.Untyped>): string => {
  const families = new Map<string, { readonly head: string; readonly values: Map<string, string> }>()
  for (const { metricKey, metricState } of pairs) {
    const [name, type] = [nameOf(metricKey.name), typeOf(metricKey)]
    const help = Option.map(metricKey.description, (text) => `# HELP ${name} ${escapedText(text)}\n`)
    const head = `${Option.getOrElse(help, () => "")}# TYPE ${name} ${type}\n`
    const family = families.get(name) ?? { head, values: new Map<string, string>() }
    families.set(name, family)
    const tags = metricKey.tags.map(({ key, value }) => [key, value] as const)
    for (const [suffix, labels, value] of samplesOf(metricState)) {
      family.values.set(series(name + suffix, [...tags, ...labels]), number(value))
    }
  }
  return Array.from(families.values(), ({ head, values }) =>
    head.concat(...Array.from(values, ([key, value]) => `${key} ${value}\n`)),
  ).join("")
}

/** Serves `GET /metrics`, and nothing else. */
export const serve = async (port: number) => {
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") {
      response.writeHead(404).end()
    } else {
      const text = render(Effect.runSync(Metric.snapshot))
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text)
    }
  })
  await once(server.listen(port), "listening")
  return server
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await serve(9464)
  const zoo = Zoo.layerConfig.pipe(Layer.provide(FetchHttpClient.layer))
  const watch = Effect.flatMap(Poller.Poller, (poller) => poller.watch({ subject: Subject.me }))
  await watch.pipe(Effect.zipRight(Effect.never), Effect.scoped, Effect.provide(zoo), Effect.runPromise)
}
