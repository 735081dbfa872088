import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Subject from "../../src/domain/balance/Subject.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { StoreBusy } from "../../src/infra/store/StoreError.js"
import * as ZooError from "../../src/infra/zoo/ZooError.js"
import { NothingCached } from "../../src/services/Accounts.js"
import * as Poller from "../../src/services/Poller.js"
import * as Reading from "../../src/services/Reading.js"
import { look } from "../domain/polling/looks.js"

const NOW = Date.parse("2026-11-22T15:00:00Z")
const snapshot = look(NOW)
const { Warning } = Reading

const unavailable = new ZooError.Unavailable({
  ...ZooError.unanswered("Balances.get", "me"),
  attempts: 4,
  apiMessage: Option.some("busy"),
  reason: "Server",
  status: Option.some(503),
  retryAfter: Option.some(Duration.seconds(7)),
  detail: "status 503, the API failed",
  cause: new Error("connect ECONNREFUSED"),
})

const READINGS: ReadonlyArray<Reading.Reading> = [
  Reading.Reading.Fresh({ snapshot, warnings: [], isProvisional: true }),
  Reading.Reading.Stale({
    snapshot,
    warnings: [
      Warning.NotKept({ cause: new StoreBusy({ operation: "SnapshotStore.append", path: "history.db" }) }),
      Warning.Drifted({ drift: [{ kind: "UnknownField", path: "$.new", found: "a text of 3 characters" }] }),
    ],
    isProvisional: false,
    age: Duration.minutes(3),
    cause: unavailable,
  }),
  Reading.Reading.Stale({
    snapshot,
    warnings: [Warning.NotRefreshed({ cause: unavailable })],
    isProvisional: false,
    age: Duration.zero,
    cause: new Reading.Revalidating(),
  }),
  Reading.Reading.Offline({ snapshot, warnings: [], isProvisional: false, age: Duration.days(2) }),
]

/** Through JSON text and back. */
const again = <A, I>(schema: Schema.Schema<A, I>, value: A): A =>
  Schema.decodeUnknownSync(schema)(JSON.parse(JSON.stringify(Schema.encodeSync(schema)(value))))

describe("a reading as JSON", () => {
  it.each(READINGS.map((reading) => [reading._tag, reading] as const))("%s reads back whole", (_, reading) => {
    const text = JSON.stringify(Reading.encode(reading))
    const read = Schema.decodeUnknownSync(Reading.FromJson)(JSON.parse(text))
    expect(JSON.stringify(Reading.encode(read))).toBe(text)
    expect(read._tag).toBe(reading._tag)
    expect(read.snapshot).toEqual(reading.snapshot)
    expect(read.warnings.map(({ _tag }) => _tag)).toEqual(reading.warnings.map(({ _tag }) => _tag))
  })

  it("has amounts as decimal text, times as RFC 3339, spans in milliseconds, and whole credits without loss", () => {
    const [, stale] = READINGS
    expect(stale === undefined ? undefined : Reading.encode(stale)).toMatchObject({
      _tag: "Stale",
      age: 180_000,
      snapshot: { observedAt: "2026-11-22T15:00:00.000Z", balance: { monthly: { value: "10.00" } } },
      cause: {
        _tag: "Unavailable",
        retryAfter: 7_000,
        status: 503,
        cause: { name: "Error", message: "connect ECONNREFUSED" },
      },
      warnings: [{ cause: { _tag: "StoreBusy" } }, { drift: [{ path: "$.new" }] }],
    })
  })
})

describe("errors as JSON", () => {
  const context = ZooError.unanswered("ZooClient.balance", "user:a")
  it.each([
    new ZooError.Refused({ ...context, reason: "Unauthorized" }),
    new ZooError.NotFound({ ...context, requestId: Option.some("r-1") }),
    new ZooError.RateLimited({ ...context, by: "Client", retryAfter: Option.none() }),
    new ZooError.RequestRejected({ ...context, status: 302, redirect: "a redirect without a Location" }),
    unavailable,
    new ZooError.UnexpectedBody({ ...context, status: 204 }),
    new ZooError.NoCredential(context),
    new ZooError.InvalidCredential({ ...context, reason: "Blank" }),
    new ZooError.InvalidTarget({ ...context, reason: "an empty id" }),
  ])("read back as what they were: $_tag", (error) => {
    const read = again(ZooError.ZooError, error)
    expect(read).toBeInstanceOf(error.constructor)
    expect(read.message).toBe(error.message)
  })

  it("of a poll read back too", () => {
    for (const error of [
      new NothingCached({ subject: Subject.me, asOf: Option.some(Timestamp.fromMillis(NOW)), kept: Option.none() }),
      new Poller.PollAborted({ subject: Subject.user("a"), reason: "Defect", cause: new Error("broken") }),
    ]) {
      expect(again(Poller.PollError, error).message).toBe(error.message)
    }
  })
})

describe("an event of the poller as JSON", () => {
  const about = {
    subject: Subject.me,
    credential: Redacted.make("secret-token"),
    next: DateTime.unsafeMake(NOW + 60_000),
  }

  it("has everything but the token", () => {
    const [reading = READINGS[0]] = READINGS
    const events = [
      ...(reading === undefined ? [] : [Poller.PollerEvent.Polled({ ...about, reading, reason: "Regular" })]),
      Poller.PollerEvent.Failed({ ...about, error: unavailable }),
      Poller.PollerEvent.Missed({ count: 3 }),
    ]
    const encoded = events.map(Poller.encodeEvent)
    expect(JSON.stringify(encoded)).not.toContain("secret-token")
    expect(encoded).toMatchObject([
      { _tag: "Polled", subject: { _tag: "Me" }, next: "2026-11-22T15:01:00.000Z", reason: "Regular" },
      { _tag: "Failed", error: { _tag: "Unavailable", target: "me" } },
      { _tag: "Missed", count: 3 },
    ])
  })
})
