/**
 * What the services count and measure, in one place: Effect's metrics, for whatever exporter the host has. No label holds a user's id, a
 * token or an amount's owner unless the host names one (`Balances.Options.observe`).
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as Snapshot from "../domain/history/Snapshot.js"
import * as Usd from "../domain/money/Usd.js"
import type { ZooError } from "../infra/zoo/ZooError.js"

export { retries } from "../infra/zoo/Retry.js"
export { total as drift } from "./DriftWatch.js"

const counter = (name: string, description: string): Metric.Metric.Counter<number> =>
  Metric.counter(name, { description, incremental: true })

/** Reads that were answered from what is kept, as they were to be, by `from`: `memory` or `file`. */
export const hits = counter("zoo_runway_cache_hits_total", "Reads answered from what is kept, by where it was")
/** Reads for which the API had to be asked. */
export const misses = counter("zoo_runway_cache_misses_total", "Reads for which the API had to be asked")
/** Stale readings that were handed out, by `cause`: `revalidating`, or why the API could not be asked. */
export const stale = counter("zoo_runway_stale_served_total", "Stale readings that were handed out, by cause")
/** Balances that were asked for, by `outcome`: `answered`, `other_process`, or the error's. */
export const fetches = counter("zoo_runway_fetches_total", "Balances that were asked for, by outcome")
/** Reads that failed at once because the API had just failed, by `cause`. */
export const failuresServed = counter(
  "zoo_runway_failures_served_total",
  "Reads that failed at once because the API had just failed, by cause",
)
/** Answers of the API that could not be kept. */
export const notKept = counter("zoo_runway_not_kept_total", "Answers of the API that could not be kept")

/** How long asking for a balance took, retries and waits included, in seconds. */
export const fetchSeconds = Metric.histogram(
  "zoo_runway_fetch_seconds",
  MetricBoundaries.fromIterable([0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]),
  "How long asking for a balance took, retries and waits included",
)

/** How old the newest reading of an observed subject is, in seconds. */
export const age = Metric.gauge("zoo_runway_reading_age_seconds", {
  description: "How old the newest reading of an observed subject was when it was last handed out",
})
/** When the newest reading of an observed subject was observed, in seconds since 1970: `time() - x` is its age at any moment. */
export const observedAt = Metric.gauge("zoo_runway_reading_observed_timestamp_seconds", {
  description: "When the newest reading of an observed subject was observed, in seconds since 1970",
})
/** The amount due of an observed subject, in dollars: for dashboards, as a double. */
export const amountDue = Metric.gauge("zoo_runway_amount_due_usd", {
  description: "The amount due of an observed subject, approximately",
})
/** What is left of an observed subject, by `pool`, in dollars: for dashboards, as a double. */
export const remaining = Metric.gauge("zoo_runway_remaining_usd", {
  description: "What is left of an observed subject's credits, by pool, approximately",
})

const memoryHits = Metric.tagged(hits, "from", "memory")
const fileHits = Metric.tagged(hits, "from", "file")

/** Counts a hit, at once: it is on the path of every read. */
export const countHit = (from: "memory" | "file"): void =>
  (from === "memory" ? memoryHits : fileHits).unsafeUpdate(1, [])

/** A short name of what went wrong, of a closed set. */
export const causeOf = (error: ZooError): string => {
  switch (error._tag) {
    case "Unavailable":
    case "Refused":
      return error.reason.toLowerCase()
    case "RateLimited":
      return "rate_limited"
    case "NotFound":
      return "not_found"
    case "UnexpectedBody":
      return "unexpected_body"
    case "RequestRejected":
      return "request_rejected"
    case "NoCredential":
    case "InvalidCredential":
    case "InvalidTarget":
      return "not_sent"
  }
}

/** Counts one more. */
export const increment = (metric: Metric.Metric.Counter<number>): Effect.Effect<void> => Metric.increment(metric)

/** Counts one more of a label. */
export const count = (metric: Metric.Metric.Counter<number>, label: string, value: string): Effect.Effect<void> =>
  Metric.increment(Metric.tagged(metric, label, value))

/** Tells the gauges of the observed subject `name` what was just handed out of it. */
export const observe = (name: string, snapshot: Snapshot.Snapshot, now: number): Effect.Effect<void> => {
  const at = snapshot.observedAt.epochMillis
  const { due } = snapshot.balance
  const set = (metric: Metric.Metric.Gauge<number>, value: number): Effect.Effect<void> =>
    Metric.set(Metric.tagged(metric, "subject", name), value)
  const left = (pool: string, usd: Usd.Usd): Effect.Effect<void> =>
    set(Metric.tagged(remaining, "pool", pool), Usd.toNumberApproximate(usd))
  return Effect.all(
    [
      set(age, Math.max(0, now - at) / 1000),
      set(observedAt, at / 1000),
      left("monthly", Snapshot.monthly(snapshot)),
      left("stable", Snapshot.stable(snapshot)),
      due._tag === "Due" ? set(amountDue, Usd.toNumberApproximate(due.usd)) : Effect.void,
    ],
    { discard: true },
  )
}

/** Times an effect, however it ends. */
export const timed = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.flatMap(Clock.currentTimeMillis, (start) =>
    Effect.ensuring(
      self,
      Effect.flatMap(Clock.currentTimeMillis, (end) => Metric.update(fetchSeconds, (end - start) / 1000)),
    ),
  )
