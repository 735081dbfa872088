import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Pretty from "effect/Pretty"
import * as Schema from "effect/Schema"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"

const usd = Usd.unsafeFromText
const count = Credits.unsafeFromBigInt
const isCredits = Schema.is(Credits.Credits)
const encode = Schema.encodeSync(Credits.FromText)
const decode = Schema.decodeUnknownEither(Credits.FromText)
const buys = (amount: string, price = Credits.PUBLISHED_PRICE, rounding: "HalfUp" | "Down" = "HalfUp") =>
  Option.getOrNull(Credits.fromUsd(usd(amount), price, rounding))

describe("the unit of credits", () => {
  it.each([
    ["2025-05-04T00:00:00Z", "minute", "0.50"],
    ["2025-09-29T23:59:59.999Z", "minute", "0.50"],
    ["2025-09-30T00:00:00Z", "second", "0.0083"],
    ["2025-09-30T01:59:59+02:00", "minute", "0.50"],
    ["2026-08-04T00:00:00Z", "second", "0.0083"],
  ] as const)("at %s is the %s, whose published price is %s USD", (at, unit, price) => {
    expect(Credits.unitAt(Timestamp.unsafeFromText(at))).toBe(unit)
    expect(Usd.format(Credits.publishedPrice(unit))).toBe(price)
  })
})

describe("a count of credits", () => {
  it("is a uint64", () => {
    expect(Credits.MAX).toBe(2n ** 64n - 1n)
    for (const inside of [0n, 1n, 2n ** 53n + 1n, Credits.MAX]) {
      expect(Option.getOrNull(Credits.fromBigInt(inside))).toBe(inside)
      expect(count(inside)).toBe(inside)
    }
    for (const outside of [-1n, Credits.MAX + 1n]) {
      expect(Option.isNone(Credits.fromBigInt(outside))).toBe(true)
      expect(() => count(outside)).toThrow(RangeError)
    }
  })

  it("comes from whole digits alone", () => {
    expect(Option.getOrNull(Credits.fromText("18446744073709551615"))).toBe(Credits.MAX)
    expect(Option.getOrNull(Credits.fromText("007"))).toBe(7n)
    for (const text of [
      "",
      "-1",
      "+1",
      "1.0",
      "1e3",
      " 1",
      "1 ",
      "0x10",
      "1_000",
      "１",
      "18446744073709551616",
      "1".repeat(21),
    ]) {
      expect(Option.isNone(Credits.fromText(text)), text).toBe(true)
    }
  })

  it.prop("reads back from its text", { credits: Credits.Credits }, ({ credits }) => {
    expect(Option.getOrNull(Credits.fromText(Credits.format(credits)))).toBe(credits)
    expect(Schema.decodeSync(Credits.FromText)(encode(credits))).toBe(credits)
    expect(isCredits(credits)).toBe(true)
  })

  it("is a value, never text or a number", () => {
    expect(isCredits(1205n)).toBe(true)
    for (const other of ["1205", 1205, null, -1n, Credits.MAX + 1n, {}]) expect(isCredits(other)).toBe(false)
    for (const other of ["-1", "1.5", 1205, 1205n]) expect(decode(other)._tag).toBe("Left")
  })

  it("has a JSON Schema, an equivalence and a printer", () => {
    const digits = { type: "string", pattern: "^\\d{1,20}$" }
    expect(JSONSchema.make(Credits.Credits).$defs).toMatchObject({ Credits: digits })
    expect(JSONSchema.make(Credits.FromText).$defs).toMatchObject({ CreditsText: digits })
    expect(Schema.equivalence(Credits.Credits)(count(5n), count(5n))).toBe(true)
    expect(Schema.equivalence(Credits.Credits)(count(5n), count(6n))).toBe(false)
    expect(Pretty.make(Credits.Credits)(count(5n))).toBe("5 credits")
  })
})

describe("credits and money", () => {
  it("are 1205 credits for 10 USD and 6024 for 50 USD at the published price", () => {
    expect(Usd.format(Credits.PUBLISHED_PRICE)).toBe("0.0083")
    expect(buys("10")).toBe(1205n)
    expect(buys("50")).toBe(6024n)
    expect(buys("10", Credits.PUBLISHED_PRICE, "Down")).toBe(1204n)
    expect(buys("0")).toBe(0n)
  })

  it("are no count where the amount is negative, the price is not above 0 or the count is no uint64", () => {
    expect(buys("-1")).toBeNull()
    expect(buys("1", usd("0"))).toBeNull()
    expect(buys("1", usd("-0.0083"))).toBeNull()
    expect(buys("-1", usd("-0.0083"))).toBeNull()
    expect(buys("9199999999.999999999", usd("0.000000001"))).toBe(9_199_999_999_999_999_999n)
  })

  it("are worth their count at a price, as far as an amount goes", () => {
    const worth = (credits: bigint, price: string) =>
      Option.getOrNull(Option.map(Credits.toUsd(count(credits), usd(price)), Usd.format))
    expect(worth(1205n, "0.0083")).toBe("10.0015")
    expect(worth(600n, "0.0083")).toBe("4.98")
    expect(worth(14n, "99.36")).toBe("1391.04")
    expect(worth(0n, "99.36")).toBe("0.00")
    expect(worth(Credits.MAX, "0.0083")).toBeNull()
    expect(worth(9_200_000_000n, "1")).toBeNull()
    expect(worth(9_199_999_999n, "1")).toBe("9199999999.00")
  })

  it.prop(
    "come back to the same count at the price at which they were valued",
    {
      credits: FastCheck.bigInt({ min: 0n, max: 10n ** 9n }).map(count),
      price: FastCheck.bigInt({ min: 1n, max: 10n ** 9n }).map(Usd.unsafeFromNanos),
    },
    ({ credits, price }) => {
      const back = Option.flatMap(Credits.toUsd(credits, price), (worth) => Credits.fromUsd(worth, price, "Down"))
      expect(Option.getOrNull(back)).toBe(credits)
    },
  )
})
