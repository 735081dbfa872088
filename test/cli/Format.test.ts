import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Format from "../../src/cli/render/Format.js"
import * as Usd from "../../src/domain/money/Usd.js"

describe("a text that came from elsewhere", () => {
  it.each([
    ["Team", "Team"],
    ["Größe – 5 €", "Größe – 5 €"],
    ["\u001b]0;x\u0007Team", "�]0;x�Team"],
    ["two\nlines\u2028", "two�lines�"],
    ["\u202eevil", "�evil"],
    ["\ud800", "�"],
  ])("%j is shown as %s", (foreign, shown) => {
    expect(Format.text(foreign)).toBe(shown)
  })

  it.prop(
    "has nothing that steers a terminal, and at most 80 characters",
    { foreign: FastCheck.string({ unit: "binary" }) },
    ({ foreign }) => {
      expect(Format.text(foreign)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
      expect(Format.text(foreign.repeat(20)).length).toBeLessThanOrEqual(80)
    },
  )
})

describe("an amount between bounds", () => {
  it.each([
    ["1.20", "1.20", "1.20", "1.20"],
    ["1.201", "1.199", "1.204", "1.20"],
    ["1.20", "1.00", "3.00", "1.20 (1.00 to 3.00)"],
    ["1.20", "1.20", "3.00", "1.20 (1.20 to 3.00)"],
    ["1.20", "1.00", null, "1.20 (at least 1.00)"],
    ["1.201", "1.20", null, "at least 1.20"],
  ])("%s from %s to %s is %s, exact or as a rate", (expected, lower, upper, shown) => {
    const usd = Usd.unsafeFromText
    expect(
      Format.estimate({
        lower: usd(lower),
        expected: usd(expected),
        upper: Option.map(Option.fromNullable(upper), usd),
      }),
    ).toBe(shown)
    expect(
      Format.rate({ lower: Number(lower), expected: Number(expected), upper: upper === null ? null : Number(upper) }),
    ).toBe(shown)
  })
})
