/** What the client counts. */
import * as Metric from "effect/Metric"

/** Attempts beyond the first of a call, by `route`, the path with its parameters by name: the counter `zoo_runway_retries_total`. */
export const retries: Metric.Metric.Counter<number> = Metric.counter("zoo_runway_retries_total", {
  description: "Attempts beyond the first of a call of the API, by route",
  incremental: true,
})
