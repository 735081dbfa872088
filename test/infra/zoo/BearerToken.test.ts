import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as BearerToken from "../../../src/infra/zoo/BearerToken.js"

const token = Redacted.make("api-0a1b2c3d/4e5f==")

describe("BearerToken", () => {
  it("finds no flaw in visible ASCII", () => {
    expect(BearerToken.flawOf(token)).toBeUndefined()
  })

  it.each([
    ["", "Blank"],
    ["  \t\n", "Blank"],
    ["api-1\n", "IllegalCharacter"],
    ["api-1\r\nx-injected: 1", "IllegalCharacter"],
    ["api 1", "IllegalCharacter"],
    ["äpi", "IllegalCharacter"],
    ["api-\u0000", "IllegalCharacter"],
    ["api-\u007f", "IllegalCharacter"],
  ])("finds the flaw of %j", (text, flaw) => {
    expect(BearerToken.flawOf(Redacted.make(text))).toBe(flaw)
  })

  it("hides every occurrence", () => {
    const text = `a ${Redacted.value(token)}b${Redacted.value(token)}`
    expect(BearerToken.hide(text, token)).toBe("a [token]b[token]")
  })

  it("hides a token in any case of its letters, and takes no character of it for a pattern", () => {
    expect(BearerToken.hide("https://API-0A1B2C3D/4e5f== or", token)).toBe("https://[token] or")
    expect(BearerToken.hide("https://api-0a1b2c3d", token)).toBe("https://api-0a1b2c3d")
    expect(BearerToken.hide("a.b axb", Redacted.make("a.b"))).toBe("[token] axb")
    expect(BearerToken.hide("anything", Redacted.make(""))).toBe("anything")
  })

  it("quotes in one line without control characters", () => {
    expect(BearerToken.quote(" a\r\nb\u2028c\u001b[31m ", token, 100)).toBe("a b c [31m")
  })

  it("cuts a quote only after the token is hidden", () => {
    const long = `${"x".repeat(190)}${Redacted.value(token)}`
    expect(BearerToken.quote(long, token, 200)).toBe(`${"x".repeat(190)}[token]`)
    expect(BearerToken.quote("x".repeat(300), token, 200)).toBe(`${"x".repeat(200)}…`)
  })

  it.prop(
    "never lets a quote hold a token, whatever stands around and inside it",
    [FastCheck.stringMatching(/^[!-~]{8,20}$/), FastCheck.string(), FastCheck.string(), FastCheck.nat(30)],
    ([secret, before, after, at]) => {
      const broken = `${secret.slice(0, at)}\u0000${secret.slice(at)}`
      const text = BearerToken.quote(`${before}${secret}${broken}${after}`, Redacted.make(secret), 200)
      expect(text).not.toContain(secret)
    },
  )
})
