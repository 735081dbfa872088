import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Provisional from "../../../src/domain/freshness/Provisional.js"

const LOOKED = Date.parse("2026-11-22T15:00:00Z")
const alone = { observedAt: LOOKED, agreedSince: LOOKED }
const minutes = (count: number) => LOOKED + count * 60_000

describe("Provisional", () => {
  it("holds of a look that stands alone until the API's lag is over", () => {
    expect(Provisional.isProvisional(alone, LOOKED)).toBe(true)
    expect(Provisional.isProvisional(alone, minutes(5) - 1)).toBe(true)
    expect(Provisional.isProvisional(alone, minutes(5))).toBe(false)
  })

  it("does not hold of a look that agrees with the one before", () => {
    expect(Provisional.isProvisional({ observedAt: LOOKED, agreedSince: LOOKED - 1 }, LOOKED)).toBe(false)
  })

  it("goes by another lag where one is given", () => {
    expect(Provisional.isProvisional(alone, minutes(2), 60_000)).toBe(false)
    expect(Provisional.isProvisional(alone, LOOKED, 0)).toBe(false)
    expect(Provisional.isProvisional(alone, minutes(10), Number.POSITIVE_INFINITY)).toBe(true)
  })

  const offset = FastCheck.integer({ min: -3_600_000, max: 3_600_000 })
  const back = FastCheck.nat(3_600_000)

  it.prop("never comes back once it is over", [offset, offset, back], ([a, b, since]) => {
    const look = { observedAt: LOOKED, agreedSince: LOOKED - since }
    const [early, late] = [LOOKED + Math.min(a, b), LOOKED + Math.max(a, b)]
    if (!Provisional.isProvisional(look, early)) expect(Provisional.isProvisional(look, late)).toBe(false)
  })
})
