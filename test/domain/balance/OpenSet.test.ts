import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as JSONSchema from "effect/JSONSchema"
import * as Pretty from "effect/Pretty"
import * as Schema from "effect/Schema"
import * as OpenSet from "../../../src/domain/balance/OpenSet.js"
import * as Price from "../../../src/domain/balance/Price.js"
import * as Subscription from "../../../src/domain/balance/Subscription.js"

const Colour = OpenSet.make("Colour", { dark_red: "DarkRed", blue: "Blue" }, ["none"])
const domain = Schema.typeSchema(Colour.schema)
const isColour = Schema.is(domain)
const encode = Schema.encodeUnknownEither(Colour.schema)

describe("a set that may grow", () => {
  it("reads and writes the members that it has", () => {
    for (const [text, tag] of [
      ["dark_red", "DarkRed"],
      ["blue", "Blue"],
    ] as const) {
      expect(Colour.fromText(text)).toStrictEqual({ _tag: tag })
      expect(Colour.toText({ _tag: tag })).toBe(text)
      expect(Colour.known).toContain(text)
      expect(Schema.decodeSync(Colour.schema)(text)).toStrictEqual({ _tag: tag })
      expect(Schema.encodeSync(Colour.schema)({ _tag: tag })).toBe(text)
    }
  })

  it.each(["green", "", "Blue", "BLUE", " blue", "__proto__", "constructor", "toString", "Unknown"])(
    "keeps %j, which it does not have, as it is",
    (text) => {
      expect(Colour.fromText(text)).toStrictEqual({ _tag: "Unknown", raw: text })
      expect(Colour.toText(Colour.fromText(text))).toBe(text)
      expect(Colour.known).not.toContain(text)
      expect(Schema.encodeSync(Colour.schema)({ _tag: "Unknown", raw: text })).toBe(text)
    },
  )

  it.prop("reads back whatever text it met", { text: FastCheck.string() }, ({ text }) => {
    expect(Schema.encodeSync(Colour.schema)(Schema.decodeSync(Colour.schema)(text))).toBe(text)
  })

  it.prop("writes every member of the domain to text that reads back as it", { colour: domain }, ({ colour }) => {
    expect(isColour(colour)).toBe(true)
    expect(Schema.decodeSync(Colour.schema)(Colour.toText(colour))).toStrictEqual(colour)
  })

  it("refuses an unknown member whose text it has: one member has one value", () => {
    expect(isColour({ _tag: "Unknown", raw: "blue" })).toBe(false)
    expect(encode({ _tag: "Unknown", raw: "dark_red" })._tag).toBe("Left")
    expect(Schema.is(Schema.typeSchema(Price.Interval.schema))({ _tag: "Unknown", raw: "day" })).toBe(false)
    expect(Schema.is(Schema.typeSchema(Price.Interval.schema))({ _tag: "Unknown", raw: "fortnight" })).toBe(true)
  })

  it("refuses what is no member", () => {
    for (const other of [
      "blue",
      null,
      undefined,
      1,
      {},
      { _tag: "blue" },
      { _tag: "Unknown" },
      { _tag: "Unknown", raw: 1 },
    ]) {
      expect(isColour(other), JSON.stringify(other)).toBe(false)
      expect(encode(other)._tag).toBe("Left")
    }
    expect(Schema.decodeUnknownEither(Colour.schema)(1)._tag).toBe("Left")
  })

  it("writes a member by its tag, whatever else the value carries", () => {
    const blue = { _tag: "Blue", raw: "dark_red" } as const
    expect(Colour.toText(blue)).toBe("blue")
  })

  it("takes a published text that names no member for no drift", () => {
    expect(Colour.known).toContain("none")
    expect(Colour.fromText("none")).toStrictEqual({ _tag: "Unknown", raw: "none" })
    expect(isColour(Colour.fromText("none"))).toBe(true)
    expect(Price.Interval.known).toContain("unknown")
  })

  it("compares members by their text, prints them and publishes a JSON Schema", () => {
    const equivalence = Schema.equivalence(domain)
    expect(equivalence({ _tag: "Blue" }, Colour.fromText("blue"))).toBe(true)
    expect(equivalence({ _tag: "Blue" }, { _tag: "DarkRed" })).toBe(false)
    expect(equivalence(Colour.fromText("x"), Colour.fromText("x"))).toBe(true)
    expect(equivalence(Colour.fromText("x"), Colour.fromText("y"))).toBe(false)
    expect(Pretty.make(domain)({ _tag: "DarkRed" })).toBe("Colour(dark_red)")
    expect(JSONSchema.make(Colour.schema)).toMatchObject({ type: "string" })
  })

  it("is generated with members that it has and such that it has not", () => {
    const tags = new Set(FastCheck.sample(Arbitrary.make(domain), { numRuns: 500, seed: 1 }).map(({ _tag }) => _tag))
    expect([...tags].sort()).toStrictEqual(["Blue", "DarkRed", "Unknown"])
  })
})

describe("the sets of the wire", () => {
  it.each([
    [Price.Interval, ["day", "week", "month", "year", "unknown"]],
    [Subscription.SupportTier, ["community", "standard", "standard_email", "priority", "priority_email", "premium"]],
    [Subscription.TrainingData, ["always", "default_on", "default_off"]],
    [Subscription.Endpoint, ["modeling", "ml", "file"]],
    [Subscription.Tool, ["modeling_app", "text_to_cad", "diff_chrome_extension"]],
    [Subscription.ShareLink, ["public", "password_protected", "organization_only"]],
    [Subscription.BillingMode, ["standard", "contract"]],
    [Subscription.PendingAction, ["payment_intent", "setup_intent"]],
  ])("know every published text ($identifier)", (set, texts) => {
    for (const text of texts) {
      expect(set.known).toContain(text)
      expect(set.fromText(text)._tag).toBe(
        text === "unknown" ? "Unknown" : text.replace(/(?:^|_)(.)/g, (_, first: string) => first.toUpperCase()),
      )
    }
  })
})
