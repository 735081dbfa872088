import { describe, expect, it } from "@effect/vitest"
import * as Option from "effect/Option"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Pace from "../../../src/domain/runway/Pace.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Window from "../../../src/domain/time/Window.js"

const usd = Usd.unsafeFromText
const at = Timestamp.unsafeFromText
const cycle = Window.make(at("2026-06-01T00:00:00Z"), at("2026-07-01T00:00:00Z"))
const used = (text: string) => ({ lower: usd(text), expected: usd(text), upper: Option.some(usd(text)) })

describe("a pace", () => {
  it("is the share used over the share that has passed", () => {
    expect(Pace.make(used("15"), usd("20"), cycle, at("2026-06-16T00:00:00Z"))).toStrictEqual({
      elapsed: 0.5,
      used: 0.75,
      ratio: 1.5,
    })
  })

  it("has no ratio before the cycle begins, and stops at its end", () => {
    expect(Pace.make(used("0"), usd("20"), cycle, at("2026-05-16T00:00:00Z"))).toMatchObject({
      elapsed: 0,
      ratio: null,
    })
    expect(Pace.make(used("30"), usd("20"), cycle, at("2026-08-01T00:00:00Z"))).toStrictEqual({
      elapsed: 1,
      used: 1.5,
      ratio: 1.5,
    })
  })

  it("is that of an allowance", () => {
    for (const allowance of ["0", "-1"]) {
      expect(() => Pace.make(used("1"), usd(allowance), cycle, cycle.from)).toThrow(/allowance/)
    }
  })
})
