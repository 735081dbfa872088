import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
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
const MADE = FastCheck.integer({ min: 1, max: 60 })
const MILLIS = FastCheck.integer({ min: 0, max: 1e8 })
const standing = { made: 1, most: 4, now: 0, deadline: 30_000, random: 0.5 }

describe("Retry", () => {
  it("tries again what another attempt may answer, and nothing else", () => {
    expect(TRANSIENT.map(Retry.isTransient)).toEqual(TRANSIENT.map(() => true))
    expect(FINAL.map(Retry.isTransient)).toEqual(FINAL.map(() => false))
    for (const error of FINAL) expect(Retry.waitAfter(error, standing)).toEqual(Option.none())
  })

  it("doubles the most that a wait takes, from half a second up to eight", () => {
    const most = [1, 2, 3, 4, 5, 6, 60].map((failures) => Retry.backoff(failures, 1 - Number.EPSILON / 2) + 1)
    expect(most).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
    expect([1, 2, 3].map((failures) => Retry.backoff(failures, 0.5))).toEqual([250, 500, 1_000])
  })

  it.prop("waits any whole number of milliseconds below its bound", [MADE, RANDOM], ([failures, random]) => {
    const wait = Retry.backoff(failures, random)
    expect(Number.isInteger(wait)).toBe(true)
    expect(wait).toBeGreaterThanOrEqual(0)
    expect(wait).toBeLessThan(Math.min(8_000, 500 * 2 ** (failures - 1)))
    expect(wait).toBeLessThanOrEqual(Retry.backoff(failures + 1, random))
  })

  it.prop("waits no shorter than the API asks, and otherwise as it does anyway", [MADE, RANDOM, MILLIS], (drawn) => {
    const [made, random, asked] = drawn
    const at = { made, most: 100, now: 0, deadline: Number.POSITIVE_INFINITY, random }
    const plain = Option.getOrThrow(Retry.waitAfter(server(503), at))
    const told = [server(503, Option.some(Duration.millis(asked))), limited("Api", Option.some(Duration.millis(asked)))]
    for (const error of told) expect(Retry.waitAfter(error, at)).toEqual(Option.some(Math.max(plain, asked)))
    expect(plain).toBe(Retry.backoff(made, random))
  })

  it.prop(
    "gives up after its attempts, or where the wait would not end before the deadline",
    [MADE, MADE, MILLIS, MILLIS, RANDOM, MILLIS],
    ([made, most, now, deadline, random, asked]) => {
      const wait = Retry.waitAfter(limited("Api", Option.some(Duration.millis(asked))), {
        made,
        most,
        now,
        deadline,
        random,
      })
      const needed = Math.max(asked, Retry.backoff(made, random))
      expect(wait).toEqual(made < most && now + needed < deadline ? Option.some(needed) : Option.none())
    },
  )

  it("does not wait a year, nor forever", () => {
    for (const asked of [Duration.days(365), Duration.infinity]) {
      expect(Retry.waitAfter(limited("Api", Option.some(asked)), standing)).toEqual(Option.none())
    }
  })
})
