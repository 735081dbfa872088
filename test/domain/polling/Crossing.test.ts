import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as UsdRate from "../../../src/domain/money/UsdRate.js"
import * as Crossing from "../../../src/domain/polling/Crossing.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { balance } from "./looks.js"

const usd = Usd.unsafeFromText
const from = Timestamp.unsafeFromText("2026-11-22T15:00:00Z")
const HOUR = 3_600_000
const END = Date.parse("9999-12-31T23:59:59.999Z")

const told = (...input: Parameters<typeof Crossing.fromRate>) =>
  Option.map(Crossing.fromRate(...input), Timestamp.format)

describe("Crossing", () => {
  it("is when both pools are used up at the rate", () => {
    const left = balance({ monthly: usd("10"), stable: usd("2.50") })
    expect(told(left, usd("2.50"), from)).toEqual(Option.some("2026-11-22T20:00:00.000Z"))
    expect(told(left, UsdRate.make(usd("12.50"), 2 * HOUR), from)).toEqual(Option.some("2026-11-22T17:00:00.000Z"))
  })

  it("sums both pools of the older credit model too", () => {
    const older = {
      ...balance({ monthly: usd("1") }),
      stable: { _tag: "PrePaid", cash: usd("2"), credits: usd("3") },
    } as const
    expect(told(older, usd("6"), from)).toEqual(Option.some("2026-11-22T16:00:00.000Z"))
  })

  it("rounds down to the millisecond", () => {
    expect(told(balance({ monthly: usd("1") }), usd("3"), from)).toEqual(Option.some("2026-11-22T15:20:00.000Z"))
    expect(told(balance({ monthly: usd("2") }), usd("7"), from)).toEqual(Option.some("2026-11-22T15:17:08.571Z"))
    expect(told(balance({ monthly: usd("0.000000001") }), usd("1000"), from)).toEqual(
      Option.some(Timestamp.format(from)),
    )
  })

  it.each([
    ["nothing is used", "10", "0"],
    ["a rate is below 0", "10", "-1"],
    ["nothing is left", "0", "1"],
    ["less than nothing is left", "-0.01", "1"],
    ["it lies past the year 9999", "9000000000", "0.000000001"],
  ])("is not told where %s", (_, left, rate) => {
    expect(Crossing.fromRate(balance({ monthly: usd(left) }), usd(rate), from)).toEqual(Option.none())
  })

  const nanos = FastCheck.bigInt({ min: 1n, max: 10_000_000_000_000n })

  it.prop(
    "leaves something until then, and nothing a millisecond later",
    [nanos, nanos, FastCheck.integer({ min: 1, max: HOUR })],
    ([left, used, millis]) => {
      const at = Crossing.fromRate(
        balance({ monthly: Usd.unsafeFromNanos(left) }),
        UsdRate.make(Usd.unsafeFromNanos(used), millis),
        from,
      )
      if (Option.isNone(at)) {
        expect((left * BigInt(millis)) / used).toBeGreaterThan(BigInt(END - from.epochMillis))
        return
      }
      const after = BigInt(at.value.epochMillis - from.epochMillis)
      expect(used * after).toBeLessThanOrEqual(left * BigInt(millis))
      expect(used * (after + 1n)).toBeGreaterThan(left * BigInt(millis))
    },
  )
})
