import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { JsonNumber } from "../../../../src/domain/balance/wire/ExactJson.js"
import * as Excerpt from "../../../../src/domain/balance/wire/Excerpt.js"

/** What breaks a line, steers a terminal or turns the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const texts = FastCheck.oneof(
  FastCheck.string({ unit: "binary" }),
  FastCheck.array(
    FastCheck.constantFrom(
      "\n",
      "\r",
      "\u0085",
      "\u2028",
      "\u2029",
      "\u009b31m",
      "\u001b[2J",
      "\u202e",
      "\ud83d",
      '"',
      "a",
    ),
    {
      maxLength: 50,
    },
  ).map((parts) => parts.join("")),
)

describe("an excerpt of a value", () => {
  it.each([
    [undefined, "nothing"],
    [null, "null"],
    [true, "true"],
    [false, "false"],
    [41.26, "the number 41.26"],
    [-0, "the number 0"],
    [new JsonNumber("41.260"), "the number 41.260"],
    [new JsonNumber("1".repeat(60)), `the number ${"1".repeat(40)}…`],
    ["", 'the text ""'],
    ["a\tb", 'the text "a\\tb"'],
    ["x".repeat(40), `the text "${"x".repeat(40)}"`],
    ["x".repeat(41), `the text "${"x".repeat(40)}…"`],
    ["a\u0085b\u2028c\u009b31m", 'the text "a\\u{85}b\\u{2028}c\\u{9b}31m"'],
    [[], "an array of 0"],
    [[1, [2]], "an array of 2"],
    [{ a: 1 }, "an object"],
  ])("says in a few words what %j is", (found, words) => {
    expect(Excerpt.value(found)).toBe(words)
  })

  it.prop("is one short printable line, whatever the text", { text: texts }, ({ text }) => {
    const words = Excerpt.value(text)
    expect(words).not.toMatch(UNPRINTABLE)
    expect(words.isWellFormed()).toBe(true)
    // At most nine characters are written for each of forty.
    expect(words.length).toBeLessThan(400)
  })

  it.each(["pi_1_secret_2", "Bearer abc", "api-token", "PASSWORD=x"])(
    "does not show %j, which looks like a secret",
    (text) => {
      expect(Excerpt.value(text)).toBe("a text (not shown)")
    },
  )

  it("does not show a text or a number that stands where a secret may stand", () => {
    for (const keys of [["action_client_secret"], ["a", "Token", "b"], ["password", 0], ["x", "bearer"]]) {
      expect(Excerpt.value("harmless", keys)).toBe("a text (not shown)")
      expect(Excerpt.value(4242, keys)).toBe("a number (not shown)")
      expect(Excerpt.value(new JsonNumber("42.42"), keys)).toBe("a number (not shown)")
      expect(Excerpt.value({ inner: "harmless" }, keys)).toBe("an object")
      expect(Excerpt.value(null, keys)).toBe("null")
    }
    expect(Excerpt.value("harmless", ["subscription_id"])).toBe('the text "harmless"')
  })
})

describe("a path", () => {
  it.each<[Excerpt.Path, string]>([
    [[], "$"],
    [["total_due"], "$.total_due"],
    [
      ["subscription_details", "modeling_app", "features", 0, "info"],
      "$.subscription_details.modeling_app.features[0].info",
    ],
    [["__proto__"], "$.__proto__"],
    [["with space", 12], '$["with space"][12]'],
    [["0"], '$["0"]'],
    [[""], '$[""]'],
    [['quo"te'], '$["quo\\"te"]'],
    [["a\nb"], '$["a\\nb"]'],
    [["a\u2028\u009bb"], '$["a\\u{2028}\\u{9b}b"]'],
    [["action_client_secret", "seti_Zk41qGm7", 0, "x"], '$.action_client_secret["(not shown)"][0]["(not shown)"]'],
    [["pi_1_secret_2", "x"], '$["(not shown)"]["(not shown)"]'],
    [["x".repeat(64)], `$.${"x".repeat(64)}`],
    [["x".repeat(65)], `$["${"x".repeat(40)}…"]`],
  ])("of %j is %s", (keys, path) => {
    expect(Excerpt.path(keys)).toBe(path)
  })

  it.prop(
    "is one printable line, whatever the keys",
    { keys: FastCheck.array(texts, { maxLength: 4 }) },
    ({ keys }) => {
      expect(Excerpt.path(keys)).not.toMatch(UNPRINTABLE)
      expect(Excerpt.path(keys).startsWith("$")).toBe(true)
    },
  )
})

describe("what the API says", () => {
  it.each([
    ["not found", '"not found"'],
    ["no such user: someone@example.com", '"no such user: someone@example.com"'],
    ["invalid token abc", '"invalid token abc"'],
    ["invalid token abc123", '"invalid token (not shown)"'],
    ["token=abc123, expired", '"token=(not shown) expired"'],
    ["Bearer abc was refused", '"Bearer (not shown) was refused"'],
    ["key: 9f8e7d6c5b4a39281706 is unknown", '"key: (not shown) is unknown"'],
    ["seti_abcdef_secret_ghijkl failed", '"(not shown) failed"'],
    ["the subscription has no organization", '"the subscription has no organization"'],
    ["request 7c1d2e3f-0a1b-4c2d-8e3f-4a5b6c7d8e9f failed", '"request 7c1d2e3f-0a1b-4c2d-8e3f-4a5b6c7d8e9f failed"'],
    ["request x7c1d2e3f-0a1b-4c2d-8e3f-4a5b6c7d8e9f failed", '"request (not shown) failed"'],
    ["two\nlines\u2028and \u009b", '"two\\nlines\\u{2028}and \\u{9b}"'],
  ])("%j is told as %s, without what may be a credential", (text, told) => {
    expect(Excerpt.message(text)).toBe(`the text ${told}`)
  })

  it("is told up to 200 characters", () => {
    expect(Excerpt.message("a b ".repeat(100))).toBe(`the text "${"a b ".repeat(50)}…"`)
  })

  it.prop("is one printable line", { text: texts }, ({ text }) => {
    expect(Excerpt.message(text)).not.toMatch(UNPRINTABLE)
  })
})
