import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Pacing from "../../../src/domain/polling/Pacing.js"
import * as Poll from "../../../src/domain/polling/Poll.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { look } from "./looks.js"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NOW = Timestamp.unsafeFromText("2026-11-22T15:00:00Z")
const limits: Pacing.Limits = { soonest: MINUTE, every: 15 * MINUTE, latest: 6 * HOUR }

const failure = (kind: Poll.Failure["kind"], retryAfterMillis = 0): Poll.Failure => ({
  error: kind === "Lasting" ? "Refused" : "Unavailable",
  kind,
  retryAfterMillis,
})

const failed = (each: Poll.Failure, draw = 0) => Poll.Outcome.Failed({ failure: each, draw })

const observed = (terms: Parameters<typeof look>[1] = {}) =>
  Poll.Outcome.Observed({ snapshot: look(NOW.epochMillis, terms), isProvisional: false, crossing: Option.none() })

/** The waits after failures in a row, in milliseconds. */
const waits = (each: Poll.Failure, count: number) => {
  let state = Poll.start(limits)
  return Array.from({ length: count }, () => {
    const step = Poll.step(state, failed(each), NOW)
    state = step.state
    return step.nextAt.epochMillis - NOW.epochMillis
  })
}

const minutes = (...all: ReadonlyArray<number>) => all.map((each) => each * MINUTE)

describe("a step after a poll that failed", () => {
  it("doubles the wait from the shortest to the usual time between polls where the failure may pass", () => {
    expect(waits(failure("Transient"), 6)).toEqual(minutes(1, 2, 4, 8, 15, 15))
  })

  it("doubles the wait from the usual to the longest time between polls where somebody has to do something", () => {
    expect(waits(failure("Lasting"), 7)).toEqual(minutes(15, 30, 60, 120, 240, 360, 360))
  })

  it("waits as long as the API asks for, but no longer than the longest time between polls", () => {
    expect(waits(failure("Transient", 20 * MINUTE), 2)).toEqual(minutes(20, 20))
    expect(waits(failure("Transient", 3 * MINUTE), 4)).toEqual(minutes(3, 3, 4, 8))
    expect(waits(failure("Transient", 7 * 24 * HOUR), 1)).toEqual(minutes(360))
    expect(waits(failure("Transient", 1), 1)).toEqual(minutes(1))
  })

  it("counts the failures, names the last one, and is due for a retry", () => {
    const first = Poll.step(Poll.start(limits), failed(failure("Transient")), NOW)
    expect(first).toMatchObject({ reason: "Retry", event: { _tag: "Failed", failures: 1 } })
    const second = Poll.step(first.state, failed(failure("Lasting")), NOW)
    expect(second.event).toEqual(Poll.Event.Failed({ failure: failure("Lasting"), failures: 2 }))
    expect(second.state).toEqual({ limits, failures: 2, failure: Option.some(failure("Lasting")) })
  })

  it.prop(
    "keeps to the limits, grows with the failures, and is put off by at most a fifth at random",
    [
      FastCheck.constantFrom(failure("Transient"), failure("Lasting"), failure("Transient", 7 * MINUTE)),
      FastCheck.integer({ min: 0, max: 5000 }),
      FastCheck.double({ min: 0, max: 1, noNaN: true }),
    ],
    ([each, failures, draw]) => {
      const waitOf = (count: number, drawn: number) =>
        Poll.step({ ...Poll.start(limits), failures: count }, failed(each, drawn), NOW).nextAt.epochMillis -
        NOW.epochMillis
      const [wait, least] = [waitOf(failures, draw), waitOf(failures, 0)]
      expect(Number.isSafeInteger(wait)).toBe(true)
      expect(wait).toBeGreaterThanOrEqual(Math.max(least, MINUTE))
      expect(wait).toBeLessThanOrEqual(Math.min(6 * HOUR, Math.ceil(1.2 * least)))
      expect(waitOf(failures + 1, draw)).toBeGreaterThanOrEqual(wait)
    },
  )
})

describe("a step after a poll that read the balance", () => {
  it("forgets the failures, tells how many there were, and is due as the pacing says", () => {
    const before = { limits, failures: 3, failure: Option.some(failure("Transient")) }
    const step = Poll.step(before, observed(), NOW)
    expect(step.state).toEqual(Poll.start(limits))
    expect(step.event).toEqual(Poll.Event.Observed({ failures: 3 }))
    expect(step.reason).toBe("Regular")
    expect(step.nextAt.epochMillis - NOW.epochMillis).toBe(15 * MINUTE)
  })

  it("is due right after a refresh", () => {
    const refreshAt = NOW.epochMillis + 7 * MINUTE
    const { nextAt, reason } = Poll.step(Poll.start(limits), observed({ refreshAt }), NOW)
    expect([reason, nextAt.epochMillis]).toEqual(["RefreshNear", refreshAt + 5_000])
  })
})

describe("the state of a balance that is followed", () => {
  it.prop("reads back from JSON as it was, and goes on the same", [Poll.State], ([state]) => {
    const text = JSON.stringify(Schema.encodeSync(Poll.State)(state))
    const again = Schema.decodeUnknownSync(Poll.State)(JSON.parse(text))
    expect(again).toEqual(state)
  })
})

describe("limits from spans", () => {
  it("are whole milliseconds above 0, each no shorter than the one before, a year at most", () => {
    expect(Pacing.limitsOf({ soonest: "1 minute", every: "15 minutes", latest: "6 hours" })).toEqual(limits)
    expect(Pacing.limitsOf({ soonest: 0, every: 0, latest: 0 })).toEqual({ soonest: 1, every: 1, latest: 1 })
    expect(Pacing.limitsOf({ soonest: 500.2, every: 3, latest: 2 })).toEqual({ soonest: 501, every: 501, latest: 501 })
    expect(Pacing.limitsOf({ soonest: 1, every: 2, latest: "9000 days" }).latest).toBe(31_536_000_000)
  })
})
