import { describe, expect, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import { BodyRejected } from "../../../src/domain/balance/wire/BodyRejected.js"
import * as Retry from "../../../src/infra/zoo/Retry.js"
import * as ZooError from "../../../src/infra/zoo/ZooError.js"

const context = ZooError.unanswered("ZooClient.balance", "me")
const none = Option.none<Duration.Duration>()

const server = (status: number, retryAfter = none) =>
  new ZooError.Unavailable({ ...context, reason: "Server", status: Option.some(status), retryAfter, detail: "no" })

const limited = (by: "Api" | "Client", retryAfter = none) => new ZooError.RateLimited({ ...context, by, retryAfter })

const TRANSIENT: ReadonlyArray<ZooError.ZooError> = [
  server(500),
  server(408),
  server(425),
  ZooError.network(context, "broken"),
  ZooError.late(context, "late"),
  limited("Api"),
]

const FINAL: ReadonlyArray<ZooError.ZooError> = [
  limited("Client"),
  new ZooError.Refused({ ...context, reason: "Unauthorized" }),
  new ZooError.Refused({ ...context, reason: "Forbidden" }),
  new ZooError.NotFound(context),
  new ZooError.RequestRejected({ ...context, status: 400 }),
  new ZooError.RequestRejected({ ...context, status: 302, redirect: "a redirect" }),
  new ZooError.UnexpectedBody({ ...context, status: 200, cause: BodyRejected.of("NotJson", []) }),
  new ZooError.UnexpectedBody({ ...context, status: 204 }),
  new ZooError.NoCredential(context),
  new ZooError.InvalidCredential({ ...context, reason: "Blank" }),
  new ZooError.InvalidTarget({ ...context, reason: "none" }),
]

const RANDOM = FastCheck.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const FAILURES = FastCheck.integer({ min: 1, max: 60 })
const MILLIS = FastCheck.integer({ min: 0, max: 1e8 })

/** The waits before the attempts that follow failures, by the schedule: as many as there are. */
const waits = (
  errors: ReadonlyArray<ZooError.ZooError>,
  { attempts = 4, random = 0.5, deadline = 30_000 }: { attempts?: number; random?: number; deadline?: number } = {},
) =>
  Schedule.run(
    Retry.schedule(attempts, (wait) => Effect.succeed(wait < deadline)),
    0,
    errors,
  ).pipe(
    Effect.map((durations) => Chunk.toReadonlyArray(Chunk.map(durations, Duration.toMillis))),
    Effect.withRandom(Random.fixed([random])),
    Effect.runSync,
  )

/** What a run of the schedule outputs where it ends is the wait that is not made any more. */
const times = (count: number, error: ZooError.ZooError) => Array.from({ length: count }, () => error)

describe("Retry", () => {
  it("tries again what another attempt may answer, and nothing else", () => {
    expect(TRANSIENT.map(Retry.isTransient)).toEqual(TRANSIENT.map(() => true))
    expect(FINAL.map(Retry.isTransient)).toEqual(FINAL.map(() => false))
  })

  it("doubles the longest wait from half a second up to eight", () => {
    const longest = [1, 2, 3, 4, 5, 6, 60].map(
      (failures) => Retry.waitAfter(server(500), failures, 1 - Number.EPSILON / 2) + 1,
    )
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
    expect([1, 2, 3].map((failures) => Retry.waitAfter(server(500), failures, 0.5))).toEqual([250, 500, 1_000])
  })

  it.prop("waits any whole number of milliseconds below its bound", [FAILURES, RANDOM], ([failures, random]) => {
    const wait = Retry.waitAfter(server(500), failures, random)
    expect(Number.isInteger(wait)).toBe(true)
    expect(wait).toBeGreaterThanOrEqual(0)
    expect(wait).toBeLessThan(Math.min(8_000, 500 * 2 ** (failures - 1)))
    expect(wait).toBeLessThanOrEqual(Retry.waitAfter(server(500), failures + 1, random))
  })

  it.prop(
    "waits no shorter than the API asks, and otherwise as it does anyway",
    [FAILURES, RANDOM, MILLIS],
    (drawn) => {
      const [failures, random, asked] = drawn
      const plain = Retry.waitAfter(server(503), failures, random)
      const told = [
        server(503, Option.some(Duration.millis(asked))),
        limited("Api", Option.some(Duration.millis(asked))),
      ]
      for (const error of told) expect(Retry.waitAfter(error, failures, random)).toBe(Math.max(plain, asked))
    },
  )

  it("makes as many attempts as it may, with the waits of each failure between them", () => {
    const asked = server(503, Option.some(Duration.seconds(5)))
    expect(waits([server(500), asked, server(500), server(500)]).slice(0, 3)).toEqual([250, 5_000, 1_000])
    expect(waits(times(9, server(500)))).toHaveLength(4)
    expect(waits(times(9, server(500)), { attempts: 1 })).toHaveLength(1)
  })

  it("makes no other attempt after an error that another one does not help, or where the wait does not fit", () => {
    for (const error of FINAL) expect(waits(times(3, error))).toHaveLength(1)
    for (const asked of [Duration.seconds(30), Duration.days(365)]) {
      expect(waits(times(3, limited("Api", Option.some(asked))))).toHaveLength(1)
    }
    expect(waits(times(3, limited("Api", Option.some(Duration.seconds(29)))))).toHaveLength(3)
  })
})
