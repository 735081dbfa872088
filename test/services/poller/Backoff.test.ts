import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Subject from "../../../src/domain/balance/Subject.js"
import { StoreFull } from "../../../src/infra/store/StoreError.js"
import * as ZooError from "../../../src/infra/zoo/ZooError.js"
import * as Backoff from "../../../src/services/poller/Backoff.js"
import { PollAborted, type PollError } from "../../../src/services/poller/PollError.js"

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const limits = { soonest: MINUTE, every: 15 * MINUTE, latest: 6 * HOUR }

const context = ZooError.unanswered("Balances.get", "me")
const unavailable = (retryAfter: Option.Option<Duration.Duration> = Option.none()) =>
  new ZooError.Unavailable({ ...context, reason: "Server", status: Option.some(503), retryAfter, detail: "status 503" })
const limited = (retryAfter: Option.Option<Duration.Duration>) =>
  new ZooError.RateLimited({ ...context, by: "Api", retryAfter })
const refused = new ZooError.Refused({ ...context, reason: "Unauthorized" })

const waits = (error: PollError, count: number) =>
  Array.from({ length: count }, (_, index) => Backoff.wait(error, index + 1, limits, 0))

describe("Backoff", () => {
  it.each([
    ["Unavailable", unavailable()],
    ["RateLimited", limited(Option.none())],
    ["StoreFull", new StoreFull({ path: "history.db", operation: "SnapshotStore.append" })],
    ["PollAborted", new PollAborted({ subject: Subject.me, reason: "Deadline" })],
  ])("doubles from the least to the usual time between looks after %s", (_, error) => {
    expect(waits(error, 6)).toEqual([1, 2, 4, 8, 15, 15].map((minutes) => minutes * MINUTE))
  })

  it.each([
    ["Refused", refused],
    ["NotFound", new ZooError.NotFound(context)],
    ["NoCredential", new ZooError.NoCredential(context)],
  ])("doubles from the usual to the most time between looks after %s", (_, error) => {
    expect(waits(error, 7)).toEqual([15, 30, 60, 120, 240, 360, 360].map((minutes) => minutes * MINUTE))
  })

  it("is as long as the API asks for, but no longer than the most time between looks", () => {
    const told = (duration: Duration.DurationInput) => Option.some(Duration.decode(duration))
    expect(waits(limited(told("20 minutes")), 2)).toEqual([20 * MINUTE, 20 * MINUTE])
    expect(waits(unavailable(told("3 minutes")), 4)).toEqual([3, 3, 4, 8].map((minutes) => minutes * MINUTE))
    expect(waits(limited(told("7 days")), 1)).toEqual([6 * HOUR])
    expect(waits(limited(told("1 second")), 1)).toEqual([MINUTE])
  })

  const errors = FastCheck.constantFrom<PollError>(refused, unavailable(), limited(Option.some(Duration.minutes(7))))
  const draws = FastCheck.double({ min: 0, max: 1, noNaN: true })

  it.prop(
    "keeps to the limits, grows with the failures, and is put off by at most a fifth",
    [errors, FastCheck.integer({ min: 1, max: 5000 }), draws],
    ([error, failures, draw]) => {
      const wait = Backoff.wait(error, failures, limits, draw)
      const least = Backoff.wait(error, failures, limits, 0)
      expect(Number.isSafeInteger(wait)).toBe(true)
      expect(wait).toBeGreaterThanOrEqual(Math.max(least, limits.soonest))
      expect(wait).toBeLessThanOrEqual(Math.min(limits.latest, Math.ceil(1.2 * least)))
      expect(Backoff.wait(error, failures + 1, limits, draw)).toBeGreaterThanOrEqual(wait)
    },
  )
})
