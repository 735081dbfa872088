import { describe, expect, it } from "@effect/vitest"
import * as Limits from "../../../src/infra/zoo/Limits.js"

describe("Limits", () => {
  it("are ten seconds an attempt, four attempts, thirty seconds in all, one call a second and ten at once by default", () => {
    expect(Limits.of({})).toEqual({
      timeout: 10_000,
      headersTimeout: 10_000,
      bodyTimeout: 10_000,
      attempts: 4,
      deadline: 30_000,
      callsPerSecond: 1,
      concurrency: 10,
      totalConcurrency: 256,
    })
  })

  it("have the timeouts of headers and body follow that of the attempt", () => {
    const limits = Limits.of({ timeout: "3 seconds", bodyTimeout: "1 second" })
    expect(limits).toMatchObject({ timeout: 3_000, headersTimeout: 3_000, bodyTimeout: 1_000 })
  })

  it("may be without end", () => {
    const endless = Number.POSITIVE_INFINITY
    expect(
      Limits.of({ attempts: endless, callsPerSecond: endless, concurrency: endless, deadline: endless }),
    ).toMatchObject({ attempts: endless, callsPerSecond: endless, concurrency: endless, deadline: endless })
  })

  it.each([
    [{ timeout: 0 }, "timeout must be longer than no time, found 0"],
    [{ headersTimeout: "0 seconds" }, "headersTimeout must be longer than no time, found 0"],
    [{ bodyTimeout: -1 }, "bodyTimeout must be longer than no time, found 0"],
    [{ deadline: Number.NaN }, "deadline must be longer than no time, found 0"],
    [{ attempts: 0 }, "attempts must be a whole number from 1 on, or Infinity, found 0"],
    [{ attempts: 1.5 }, "attempts must be a whole number from 1 on, or Infinity, found 1.5"],
    [{ attempts: Number.NaN }, "attempts must be a whole number from 1 on, or Infinity, found NaN"],
    [{ callsPerSecond: 0 }, "callsPerSecond must be more than 0, or Infinity, found 0"],
    [{ callsPerSecond: -1 }, "callsPerSecond must be more than 0, or Infinity, found -1"],
    [{ callsPerSecond: Number.NaN }, "callsPerSecond must be more than 0, or Infinity, found NaN"],
    [{ concurrency: 0 }, "concurrency must be a whole number from 1 on, or Infinity, found 0"],
  ] as const)("are refused as %j", (options, message) => {
    expect(() => Limits.of(options)).toThrow(new RangeError(`ZooClient: ${message}`))
  })
})
