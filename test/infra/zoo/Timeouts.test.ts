import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Limits from "../../../src/infra/zoo/Limits.js"

const limits = Limits.of({ timeout: 10_000, headersTimeout: 4_000, bodyTimeout: 7_000 })
const at = { startedAt: 0, now: 0, deadline: 30_000 }

describe("Timeouts", () => {
  it("let headers and body take as long as each may", () => {
    expect(Limits.timeoutOf("headers", limits, at)).toEqual({
      millis: 4_000,
      detail: "no headers within 4s (headersTimeout)",
    })
    expect(Limits.timeoutOf("body", limits, { ...at, now: 1_000 })).toEqual({
      millis: 7_000,
      detail: "no complete body within 7s after its headers (bodyTimeout)",
    })
  })

  it("let neither take longer than is left of the attempt", () => {
    const whole = "no complete answer within 10s (timeout)"
    expect(Limits.timeoutOf("body", limits, { ...at, now: 3_500 })).toEqual({ millis: 6_500, detail: whole })
    expect(Limits.timeoutOf("headers", limits, { ...at, now: 9_000 })).toEqual({ millis: 1_000, detail: whole })
    expect(Limits.timeoutOf("body", limits, { ...at, now: 3_000 })).toEqual({ millis: 7_000, detail: whole })
    expect(Limits.timeoutOf("body", limits, { ...at, now: 11_000 })).toEqual({ millis: 0, detail: whole })
  })

  it("leave what the deadline ends to the deadline", () => {
    expect(Limits.timeoutOf("headers", limits, { ...at, deadline: 4_000 })).toBeUndefined()
    expect(Limits.timeoutOf("headers", limits, { ...at, deadline: 4_001 })).toMatchObject({ millis: 4_000 })
    expect(Limits.deadlineOf(limits)).toBe("deadline of 30s")
  })

  it.prop(
    "never outlive the attempt, nor the deadline",
    [FastCheck.nat(20_000), FastCheck.nat(20_000), FastCheck.constantFrom("headers" as const, "body" as const)],
    ([now, deadline, phase]) => {
      const timeout = Limits.timeoutOf(phase, limits, { startedAt: 0, now, deadline })
      const ends = now + (timeout?.millis ?? Math.max(0, deadline - now))
      expect(ends).toBeLessThanOrEqual(Math.max(now, Math.min(10_000, deadline)))
    },
  )
})
