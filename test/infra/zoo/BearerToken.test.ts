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

  it("finds a token that is written with JSON's escapes", () => {
    expect(BearerToken.occursIn('{"message":"api-0a1b2c3d\\/4e5f=="}', token)).toBe(true)
    expect(BearerToken.occursIn('{"message":"\\u0061pi-0a1b2c3d/4e5f\\u003d\\u003D"}', token)).toBe(true)
    expect(BearerToken.occursIn('{"message":"api-0a1b2c3d"}', token)).toBe(false)
  })

  it("finds a token that is written with the escapes of HTML or of URLs", () => {
    expect(BearerToken.occursIn("<p>api-0a1b2c3d&#x2F;4e5f&#61;&#x3d;</p>", token)).toBe(true)
    expect(BearerToken.occursIn("?token=api-0a1b2c3d%2F4e5f%3d%3D", token)).toBe(true)
    expect(BearerToken.occursIn("a&lt;b", Redacted.make("a<b"))).toBe(true)
    expect(BearerToken.occursIn("?token=api-0a1b2c3d%2F4e5f", token)).toBe(false)
  })

  it("finds a token in any case of its letters, where that is asked", () => {
    expect(BearerToken.occursInAnyCase("https://API-0A1B2C3D/4e5f==", token)).toBe(true)
    expect(BearerToken.occursInAnyCase("https://api-0a1b2c3d", token)).toBe(false)
    expect(BearerToken.occursInAnyCase("anything", Redacted.make(""))).toBe(false)
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
