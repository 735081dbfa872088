import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Format from "../../src/cli/render/Format.js"

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
