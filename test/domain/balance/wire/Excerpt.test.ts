import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { JsonNumber } from "../../../../src/domain/balance/wire/ExactJson.js"
import * as Excerpt from "../../../../src/domain/balance/wire/Excerpt.js"

describe("a path in a body", () => {
  it("is written as JSON path", () => {
    expect(Excerpt.path([])).toBe("$")
    expect(Excerpt.path(["subscription_details", "modeling_app", "features", 0, "info"])).toBe(
      "$.subscription_details.modeling_app.features[0].info",
    )
    expect(Excerpt.path(["tier2", "pay_as_you_go_credits", "v_10", "updatedAt", "_tag"])).toBe(
      "$.tier2.pay_as_you_go_credits.v_10.updatedAt._tag",
    )
  })

  it.each([
    ["a space", "a b", "$[a key of 3 characters]"],
    ["one line break", "\n", "$[a key of 1 character]"],
    ["nothing", "", "$[a key of 0 characters]"],
    ["an id", "0a8fb7c2-1111-4222-8333-abcdefabcdef", "$[a key of 36 characters]"],
    ["a token", "api-0a1b2c3d4e5f", "$[a key of 16 characters]"],
    ["a key of the payment service", "sk_live_4eC39HqLyjWDarjtT1zdp7dc", "$[a key of 32 characters]"],
    ["a payment secret in lower case", "pi_a_secret_b", "$[a key of 13 characters]"],
    ["capitals", "HqLyjWDarjt", "$[a key of 11 characters]"],
    ["camel case with capitals in a row", "apiKEYName", "$[a key of 10 characters]"],
    ["a long run of letters", "a".repeat(30), "$[a key of 30 characters]"],
    ["many short words", "word_".repeat(14).slice(0, -1), "$[a key of 69 characters]"],
    ["a long number", "id_1234", "$[a key of 7 characters]"],
  ])("shows only the length of a key that is %s", (_, key, path) => {
    expect(Excerpt.path([key])).toBe(path)
  })

  it("ends after some 200 characters", () => {
    const path = Excerpt.path(Array.from({ length: 100 }, () => "abcdefghi"))
    expect(path).toMatch(/^\$(\.abcdefghi)+…$/)
    expect(path.length).toBeLessThan(230)
  })
})

describe("a value in a body", () => {
  it.each([
    [undefined, "nothing"],
    [null, "null"],
    [true, "true"],
    [false, "false"],
    ["", "a text of 0 characters"],
    ["x", "a text of 1 character"],
    ["12,5", "a text of 4 characters"],
    [12.5, "a number of 4 characters"],
    [new JsonNumber("1.000000000001"), "a number of 14 characters"],
    [[], "an array of 0"],
    [["secret", 2], "an array of 2"],
    [{ secret: 1 }, "an object"],
  ])("%j is told by its type and length alone: %s", (found, told) => {
    expect(Excerpt.value(found)).toBe(told)
  })

  it.prop("is told in a short line without anything of it", [FastCheck.string({ minLength: 6 })], ([text]) => {
    expect(Excerpt.value(text)).toMatch(/^a text of \d+ characters$/)
    expect(Excerpt.path([`${text}!`])).toMatch(/^\$\[a key of \d+ characters\]$/)
  })
})
