import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { Account, CustomerBalance, Metrics, Snapshot, Timestamp, ZooError } from "../../src/index.js"
import { StubZoo } from "../../src/testing.js"

const context = ZooError.unanswered("ZooClient.balance", "user:someone")
const none = Option.none<never>()

const unavailable = (reason: ZooError.Unavailable["reason"]) =>
  new ZooError.Unavailable({ ...context, reason, status: none, retryAfter: none, detail: "" })

const causes: ReadonlyArray<readonly [string, ZooError.ZooError]> = [
  ["server", unavailable("Server")],
  ["network", unavailable("Network")],
  ["timeout", unavailable("Timeout")],
  ["unauthorized", new ZooError.Refused({ ...context, reason: "Unauthorized" })],
  ["forbidden", new ZooError.Refused({ ...context, reason: "Forbidden" })],
  ["rate_limited", new ZooError.RateLimited({ ...context, by: "Api", retryAfter: none })],
  ["rate_limited", new ZooError.RateLimited({ ...context, by: "Client", retryAfter: none })],
  ["not_found", new ZooError.NotFound(context)],
  ["unexpected_body", new ZooError.UnexpectedBody({ ...context, status: 200 })],
  ["request_rejected", new ZooError.RequestRejected({ ...context, status: 400 })],
  ["not_sent", new ZooError.NoCredential(context)],
  ["not_sent", new ZooError.InvalidCredential({ ...context, reason: "Blank" })],
  ["not_sent", new ZooError.InvalidTarget({ ...context, reason: "it is blank" })],
]

const OBSERVED = Date.parse("2026-09-15T12:00:00Z")

const snapshotOf = (body: string): Snapshot.Snapshot => {
  const decoded = CustomerBalance.decodeText(body)
  if (decoded._tag === "Left") throw decoded.left
  const account = Account.user("https://api.zoo.dev", "someone")
  return Snapshot.make(account, Timestamp.fromMillis(OBSERVED), decoded.right.balance)
}

/** The value of each gauge of a subject, by name and pool. */
const gaugesOf = (subject: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    Object.fromEntries(
      pairs.flatMap(({ metricKey: { name, tags }, metricState }) => {
        const label = (key: string) => tags.find((tag) => tag.key === key)?.value
        if (label("subject") !== subject || !MetricState.isGaugeState(metricState)) return []
        return [[[name, label("pool")].filter((part) => part !== undefined).join(" "), metricState.value]]
      }),
    ),
  )

describe("A cause", () => {
  it.each(causes)("is %s, and tells nothing of the call", (name, error) => {
    expect(Metrics.causeOf(error)).toBe(name)
  })
})

describe("A hit", () => {
  it.effect("is counted where it was", () =>
    Effect.gen(function* () {
      const [memory, file] = [
        Metric.tagged(Metrics.hits, "from", "memory"),
        Metric.tagged(Metrics.hits, "from", "file"),
      ]
      Metrics.countHit("memory")
      Metrics.countHit("memory")
      Metrics.countHit("file")
      expect((yield* Metric.value(memory)).count).toBe(2)
      expect((yield* Metric.value(file)).count).toBe(1)
    }),
  )
})

describe("A counter", () => {
  it.effect("counts each value of a label by itself, and takes the host's labels", () =>
    Effect.gen(function* () {
      yield* Metrics.count(Metrics.stale, "cause", "network")
      yield* Metrics.count(Metrics.stale, "cause", "server")
      yield* Metrics.count(Metrics.stale, "cause", "network")
      const pairs = yield* Metric.snapshot
      const counted = pairs.flatMap(({ metricKey: { name, tags }, metricState }) =>
        name === "zoo_runway_stale_served_total" && MetricState.isCounterState(metricState)
          ? [
              [
                tags
                  .map(({ key, value }) => `${key}=${value}`)
                  .sort()
                  .join(),
                metricState.count,
              ],
            ]
          : [],
      )
      expect(Object.fromEntries(counted)).toEqual({ "cause=network,region=eu": 2, "cause=server,region=eu": 1 })
    }).pipe(Effect.tagMetrics("region", "eu")),
  )
})

describe("The time that a fetch takes", () => {
  it.effect("is measured by the host's clock in seconds, however the fetch ends", () =>
    Effect.gen(function* () {
      const took = (millis: number, end: Effect.Effect<number, string>) =>
        Metrics.timed(Effect.zipRight(TestClock.adjust(millis), end))
      expect(yield* Effect.exit(took(200, Effect.succeed(1)))).toEqual(Exit.succeed(1))
      expect(yield* Effect.exit(took(1700, Effect.fail("no")))).toEqual(Exit.fail("no"))
      yield* Effect.exit(took(45_000, Effect.interrupt))
      const { buckets, count, sum } = yield* Metric.value(Metrics.fetchSeconds)
      expect({ count, sum }).toEqual({ count: 3, sum: 46.9 })
      expect(buckets).toEqual([
        [0.05, 0],
        [0.1, 0],
        [0.25, 1],
        [0.5, 1],
        [1, 1],
        [2.5, 2],
        [5, 2],
        [10, 2],
        [30, 2],
        [1 / 0, 3],
      ])
    }),
  )
})

describe("Gauges", () => {
  it.effect("tell what is left of an observed subject, what it owes, and how old that is", () =>
    Effect.gen(function* () {
      yield* Metrics.observe("ours", snapshotOf(StubZoo.exampleBody), OBSERVED + 90_000)
      const { balance } = snapshotOf(StubZoo.exampleBody)
      const due = balance.due._tag === "Due" ? Number(balance.due.usd.value) / 1e9 : Number.NaN
      expect(yield* gaugesOf("ours")).toEqual({
        zoo_runway_reading_age_seconds: 90,
        zoo_runway_reading_observed_timestamp_seconds: OBSERVED / 1000,
        "zoo_runway_remaining_usd monthly": 41.26,
        "zoo_runway_remaining_usd stable": Number(CustomerBalance.stableValue(balance).value) / 1e9,
        zoo_runway_amount_due_usd: due,
      })
    }),
  )

  it.effect("say nothing of an amount due that was not asked for, and never that a reading is of the future", () =>
    Effect.gen(function* () {
      yield* Metrics.observe("cheap", snapshotOf(StubZoo.exampleBodyWithoutTotalDue), OBSERVED - 1000)
      const gauges = yield* gaugesOf("cheap")
      expect(gauges["zoo_runway_reading_age_seconds"]).toBe(0)
      expect(Object.keys(gauges)).not.toContain("zoo_runway_amount_due_usd")
    }),
  )
})
