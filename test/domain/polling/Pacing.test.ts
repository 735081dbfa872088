import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Pacing from "../../../src/domain/polling/Pacing.js"
import * as OverdraftPolicy from "../../../src/domain/runway/OverdraftPolicy.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { look, type Terms } from "./looks.js"

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const NOW = Date.parse("2026-11-22T15:00:00Z")
const MONTH_END = Date.parse("2026-12-01T00:00:00Z")

const limits: Pacing.Limits = { every: 15 * MINUTE, soonest: MINUTE, latest: 6 * HOUR }

interface Case extends Terms {
  readonly now?: number
  readonly observedAt?: number
  readonly provisional?: boolean
  /** Milliseconds after `now`. */
  readonly crossingAfter?: number
  readonly overdraft?: OverdraftPolicy.OverdraftPolicy
}

const inputOf = ({ crossingAfter, now = NOW, observedAt = now, overdraft, provisional = false, ...terms }: Case) => ({
  now,
  snapshot: look(observedAt, terms),
  isProvisional: provisional,
  crossing:
    crossingAfter === undefined ? Option.none() : Option.some(Timestamp.fromMillis(now + Math.floor(crossingAfter))),
  overdraft,
})

/** How long after `now` the next look is, and why. */
const next = (each: Case, within: Pacing.Limits = limits) => {
  const { at, reason } = Pacing.next(inputOf(each), within)
  return { after: at - (each.now ?? NOW), reason }
}

describe("Pacing", () => {
  it("looks regularly where nothing is near", () => {
    expect(next({})).toEqual({ after: 15 * MINUTE, reason: "Regular" })
    expect(next({ refreshAt: NOW + DAY, crossingAfter: DAY })).toEqual({ after: 15 * MINUTE, reason: "Regular" })
  })

  it("looks right after a refresh that is near, be it sooner than looks are else", () => {
    expect(next({ refreshAt: NOW + 10 * MINUTE })).toEqual({ after: 10 * MINUTE + 5 * SECOND, reason: "RefreshNear" })
    expect(next({ refreshAt: NOW + 2 * SECOND })).toEqual({ after: 7 * SECOND, reason: "RefreshNear" })
  })

  it("takes the first of the next month where the body names no time, unless a contract owns billing", () => {
    const now = MONTH_END - 3 * MINUTE
    expect(next({ now })).toEqual({ after: 3 * MINUTE + 5 * SECOND, reason: "RefreshNear" })
    expect(next({ now, contract: true })).toEqual({ after: 15 * MINUTE, reason: "Regular" })
    expect(next({ now, contract: true, refreshAt: MONTH_END })).toEqual({
      after: 3 * MINUTE + 5 * SECOND,
      reason: "RefreshNear",
    })
  })

  it.each([
    [0, MINUTE],
    [5 * MINUTE, MINUTE],
    [10 * MINUTE, MINUTE],
    [HOUR, 6 * MINUTE],
    [2.5 * HOUR, 15 * MINUTE],
    [3 * DAY, 15 * MINUTE],
  ])("looks for a refresh that is %i ms late after %i ms", (late, after) => {
    const slow = { ...limits, every: HOUR }
    expect(next({ refreshAt: NOW - late }, slow)).toEqual({ after, reason: "RefreshPending" })
  })

  it("takes a refresh for pending where the only look is of the month before", () => {
    expect(next({ now: MONTH_END + MINUTE, observedAt: MONTH_END - MINUTE })).toEqual({
      after: MINUTE,
      reason: "RefreshPending",
    })
  })

  it("does not sleep through the next refresh while the last one is pending", () => {
    expect(next({ refreshAt: Date.parse("2026-10-22T15:05:00Z") })).toEqual({
      after: 5 * MINUTE + 5 * SECOND,
      reason: "RefreshNear",
    })
  })

  it("looks after a quarter of what is left until the crossing", () => {
    expect(next({ crossingAfter: HOUR })).toEqual({ after: 15 * MINUTE, reason: "Regular" })
    expect(next({ crossingAfter: 40 * MINUTE })).toEqual({ after: 10 * MINUTE, reason: "CrossingNear" })
    expect(next({ crossingAfter: MINUTE })).toEqual({ after: MINUTE, reason: "CrossingNear" })
    expect(next({ crossingAfter: 40 * MINUTE + 3 })).toEqual({ after: 10 * MINUTE, reason: "CrossingNear" })
  })

  it("draws looks apart again where the crossing has passed and credits are left", () => {
    expect(next({ crossingAfter: -20 * MINUTE })).toEqual({ after: 5 * MINUTE, reason: "CrossingNear" })
    expect(next({ crossingAfter: -2 * HOUR })).toEqual({ after: 15 * MINUTE, reason: "Regular" })
  })

  it("minds no crossing once nothing is left", () => {
    expect(next({ crossingAfter: 0, monthly: Usd.zero })).toEqual({ after: 15 * MINUTE, reason: "Regular" })
  })

  it("looks at the refresh or at the latest where nothing is left and service stops", () => {
    const gone = { monthly: Usd.zero, overdraft: OverdraftPolicy.blocked }
    expect(next(gone)).toEqual({ after: 6 * HOUR, reason: "NothingChanges" })
    expect(next({ ...gone, refreshAt: NOW + 2 * HOUR })).toEqual({
      after: 2 * HOUR + 5 * SECOND,
      reason: "RefreshNear",
    })
    expect(next({ ...gone, refreshAt: NOW - MINUTE })).toEqual({ after: MINUTE, reason: "RefreshPending" })
  })

  it("goes on looking regularly where charges start, where that is not known, and where stable credits are left", () => {
    const regular = { after: 15 * MINUTE, reason: "Regular" }
    expect(next({ monthly: Usd.zero, overdraft: OverdraftPolicy.payAsYouGo() })).toEqual(regular)
    expect(next({ monthly: Usd.zero })).toEqual(regular)
    const stable = Usd.unsafeFromText("0.01")
    expect(next({ monthly: Usd.zero, stable, overdraft: OverdraftPolicy.blocked })).toEqual(regular)
  })

  it("confirms a provisional look once the API's lag is over", () => {
    expect(next({ provisional: true })).toEqual({ after: 5 * MINUTE, reason: "Provisional" })
    expect(next({ provisional: true, observedAt: NOW - 3 * MINUTE })).toEqual({
      after: 2 * MINUTE,
      reason: "Provisional",
    })
    expect(next({ provisional: true, observedAt: NOW - 4.5 * MINUTE })).toEqual({
      after: MINUTE,
      reason: "Provisional",
    })
    expect(next({ provisional: true }, { ...limits, every: 2 * MINUTE })).toEqual({
      after: 2 * MINUTE,
      reason: "Regular",
    })
  })

  const offset = FastCheck.integer({ min: -20 * DAY, max: 20 * DAY })
  const ahead = FastCheck.integer({ min: 0, max: 2 * DAY })
  const cases = FastCheck.record(
    {
      now: FastCheck.integer({ min: Date.parse("2026-01-01"), max: Date.parse("2028-01-01") }),
      refreshAfter: offset,
      provisional: FastCheck.boolean(),
      crossingAfter: offset,
      overdraft: FastCheck.constantFrom(OverdraftPolicy.blocked, OverdraftPolicy.payAsYouGo()),
      monthly: FastCheck.constantFrom(Usd.zero, Usd.unsafeFromText("3.14")),
      contract: FastCheck.boolean(),
      age: ahead,
    },
    { requiredKeys: ["now"] },
  ).map(({ age = 0, refreshAfter, ...each }): Case & { readonly now: number } => ({
    ...each,
    observedAt: each.now - age,
    ...(refreshAfter === undefined ? {} : { refreshAt: each.now + refreshAfter }),
  }))
  const anyLimits = FastCheck.tuple(ahead, ahead, ahead).map((spans): Pacing.Limits => {
    const [soonest = 0, every = 0, latest = 0] = spans.map((span) => span + 1).sort((a, b) => a - b)
    return { soonest, every, latest }
  })

  it.prop(
    "always keeps to the limits, but for the look right after a refresh",
    [cases, anyLimits],
    ([each, within]) => {
      const { at, reason } = Pacing.next(inputOf(each), within)
      expect(Number.isSafeInteger(at)).toBe(true)
      expect(at).toBeGreaterThan(each.now)
      expect(at).toBeLessThanOrEqual(each.now + within.latest)
      if (reason !== "RefreshNear") expect(at).toBeGreaterThanOrEqual(each.now + within.soonest)
    },
  )

  it.prop("never sleeps through a refresh", [cases, anyLimits], ([each, within]) => {
    const { at } = Pacing.next(inputOf(each), within)
    const refreshAt = each.refreshAt ?? Number.NaN
    if (refreshAt > each.now) expect(at).toBeLessThanOrEqual(refreshAt + 5_000)
  })

  it.prop("looks for a pending refresh every quarter of an hour at least", [cases, anyLimits], ([each, within]) => {
    const pending = { ...each, refreshAt: Math.min(each.refreshAt ?? each.now, each.now) }
    const { at } = Pacing.next(inputOf(pending), within)
    expect(at).toBeLessThanOrEqual(each.now + Math.max(within.soonest, 900_000))
  })

  it.prop("looks no later when the crossing draws nearer", [cases, anyLimits, ahead, ahead], ([each, within, a, b]) => {
    const atOf = (crossingAfter: number) => Pacing.next(inputOf({ ...each, crossingAfter }), within).at
    expect(atOf(Math.min(a, b))).toBeLessThanOrEqual(atOf(Math.max(a, b)))
  })

  it.prop("looks no later for a reason more", [cases, anyLimits], ([each, within]) => {
    const { contract, crossingAfter: _, monthly, now, observedAt, overdraft } = each
    const plain = {
      now,
      ...(contract === undefined ? {} : { contract }),
      ...(monthly === undefined ? {} : { monthly }),
      ...(observedAt === undefined ? {} : { observedAt }),
      ...(overdraft === undefined ? {} : { overdraft }),
    }
    const some = { ...each, refreshAt: each.refreshAt ?? now + HOUR }
    expect(Pacing.next(inputOf({ ...some, provisional: true }), within).at).toBeLessThanOrEqual(
      Pacing.next(inputOf({ ...plain, refreshAt: some.refreshAt }), within).at,
    )
  })
})
