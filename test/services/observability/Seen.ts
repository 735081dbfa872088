/** What a host sees of an effect: its spans, its log lines, and the metrics of the process. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"

export interface SeenSpan {
  readonly name: string
  readonly kind: string
  readonly parent: string | undefined
  readonly attributes: ReadonlyMap<string, unknown>
  /** Events, which Effect makes of the log lines below a span, as the words and attributes of each. */
  readonly events: Array<{ readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }>
  /** When it began and ended, in nanoseconds since 1970 by the host's clock. */
  readonly startTime: bigint
  endTime: bigint | undefined
}

export interface SeenLine {
  readonly level: string
  readonly message: string
  readonly annotations: Readonly<Record<string, unknown>>
}

export interface SeenMetric {
  readonly name: string
  readonly kind: string
  readonly labels: ReadonlyArray<readonly [string, string]>
}

export interface Seen {
  readonly spans: ReadonlyArray<SeenSpan>
  readonly lines: ReadonlyArray<SeenLine>
  readonly metrics: ReadonlyArray<SeenMetric>
}

const tracerInto = (spans: Array<SeenSpan>): Tracer.Tracer =>
  Tracer.make({
    context: (run) => run(),
    span: (name, parent, context, links, startTime, kind) => {
      const attributes = new Map<string, unknown>()
      const parentName = Option.match(parent, {
        onNone: () => undefined,
        onSome: (span) => (span._tag === "Span" ? span.name : "external"),
      })
      const seen: SeenSpan = { name, kind, parent: parentName, attributes, events: [], startTime, endTime: undefined }
      let status: Tracer.SpanStatus = { _tag: "Started", startTime }
      spans.push(seen)
      return {
        _tag: "Span",
        name,
        spanId: String(spans.length),
        traceId: "1",
        parent,
        context,
        get status() {
          return status
        },
        attributes,
        links,
        sampled: true,
        kind,
        end: (endTime, exit) => {
          seen.endTime = endTime
          status = { _tag: "Ended", startTime, endTime, exit }
        },
        attribute: (key, value) => {
          attributes.set(key, value)
        },
        event: (name, _, attributes = {}) => {
          seen.events.push({ name, attributes })
        },
        addLinks: () => {
          throw new Error("nobody links spans so far: write it down")
        },
      }
    },
  })

const loggerInto = (lines: Array<SeenLine>): Logger.Logger<unknown, void> =>
  Logger.make(({ annotations, cause, logLevel, message }) => {
    const words = [message].flat().map(String)
    if (!Cause.isEmpty(cause)) words.push(Cause.pretty(cause))
    const annotated = Object.fromEntries(HashMap.toEntries(annotations))
    lines.push({ level: logLevel._tag, message: words.join(" "), annotations: annotated })
  })

const kindOf = (state: unknown): string => {
  if (MetricState.isCounterState(state)) return "counter"
  if (MetricState.isGaugeState(state)) return "gauge"
  return MetricState.isHistogramState(state) ? "histogram" : "another"
}

/** The library's own metrics, of the whole process. */
export const metrics: Effect.Effect<ReadonlyArray<SeenMetric>> = Effect.map(Metric.snapshot, (pairs) =>
  pairs.flatMap(({ metricKey, metricState }) =>
    metricKey.name.startsWith("zoo_runway")
      ? [
          {
            name: metricKey.name,
            kind: kindOf(metricState),
            labels: metricKey.tags.map(({ key, value }) => [key, value] as const),
          },
        ]
      : [],
  ),
)

/** What is seen while an effect runs, by a host that looks at everything. */
export const watching = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<Seen, E, R> =>
  Effect.suspend(() => {
    const spans: Array<SeenSpan> = []
    const lines: Array<SeenLine> = []
    const host = Layer.mergeAll(
      Layer.setTracer(tracerInto(spans)),
      Logger.replace(Logger.defaultLogger, loggerInto(lines)),
      Logger.minimumLogLevel(LogLevel.All),
    )
    return effect.pipe(
      Effect.zipRight(metrics),
      Effect.map((metrics) => ({ spans, lines, metrics })),
      Effect.provide(host),
    )
  })

/** The rows of a table of a document, found by the title of its first column; code marks are taken off where a cell is nothing else. */
export const rowsOf =
  (text: string) =>
  (title: string): ReadonlyArray<ReadonlyArray<string>> => {
    const lines = text.split("\n")
    const start = lines.findIndex((line) => line.startsWith(`| ${title} |`))
    const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"))
    return lines.slice(start + 2, end).map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim().replace(/^`([^`]*)`$/, "$1")),
    )
  }

/** What stands in code marks in a cell. */
export const codes = (cell: string | undefined): ReadonlyArray<string> =>
  Array.from(
    (cell ?? "").includes("`") ? (cell ?? "").matchAll(/`([^`]+)`/g) : [[cell ?? "", cell ?? ""]],
    ([, code = ""]) => code,
  ).filter((code) => code !== "")
