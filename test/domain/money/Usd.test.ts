import { deepStrictEqual } from "node:assert/strict"
import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Hash from "effect/Hash"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Pretty from "effect/Pretty"
import * as Schema from "effect/Schema"
import * as DecimalText from "../../../src/domain/money/DecimalText.js"
import * as Usd from "../../../src/domain/money/Usd.js"

const usd = Usd.unsafeFromText
const isUsd = Schema.is(Usd.Usd)
const decode = Schema.decodeUnknownEither(Usd.FromText)
const encode = Schema.encodeSync(Usd.FromText)
const factor = FastCheck.bigInt({ min: -1000n, max: 1000n })

const same = (a: Usd.Usd, b: Usd.Usd): void => {
  expect(Usd.toNanos(a)).toBe(Usd.toNanos(b))
  expect(a.scale).toBe(9)
  expect(b.scale).toBe(9)
}

describe("an amount", () => {
  it.prop("is held at scale 9, wherever it comes from", { a: Usd.Usd, b: Usd.Usd, factor }, ({ a, b, factor }) => {
    const made = [
      a,
      Usd.zero,
      Usd.unsafeFromNanos(a.value),
      usd(Usd.format(a)),
      Usd.add(a, b),
      Usd.subtract(a, b),
      Usd.negate(a),
      Usd.sum([a, b]),
      Usd.min(a, b),
      Usd.max(a, b),
      Usd.scaleBy(a, factor, 7n, "HalfEven"),
    ]
    for (const amount of made) expect(amount.scale).toBe(9)
  })

  it.prop("equals an amount of the same size, however it was written", { a: Usd.Usd }, ({ a }) => {
    const again = usd(`${Usd.format(a)}000`)
    deepStrictEqual(again, Usd.unsafeFromNanos(a.value))
    expect(Usd.Equivalence(a, again)).toBe(true)
    expect(Equal.equals(a, again)).toBe(true)
    expect(Hash.hash(a)).toBe(Hash.hash(again))
  })

  it.prop("differs from an amount of another size", { a: Usd.Usd, b: Usd.Usd }, ({ a, b }) => {
    const equal = a.value === b.value
    expect(Usd.Equivalence(a, b)).toBe(equal)
    expect(Schema.equivalence(Usd.Usd)(a, b)).toBe(equal)
    expect(Equal.equals(a, b)).toBe(equal)
    expect(Usd.Equivalence(a, Usd.add(a, usd("0.000000001")))).toBe(false)
  })

  it("comes from whole nano-dollars within the range alone", () => {
    const most = DecimalText.LIMIT - 1n
    for (const nanos of [0n, 1n, -1n, most, -most]) {
      expect(Option.map(Usd.fromNanos(nanos), Usd.toNanos)).toStrictEqual(Option.some(nanos))
      expect(Usd.toNanos(Usd.unsafeFromNanos(nanos))).toBe(nanos)
    }
    for (const nanos of [DecimalText.LIMIT, -DecimalText.LIMIT, 2n ** 63n]) {
      expect(Option.isNone(Usd.fromNanos(nanos))).toBe(true)
      expect(() => Usd.unsafeFromNanos(nanos)).toThrow(/out of range/)
    }
  })

  it.each(["", "1e3", "1.0000000001", "9200000000", "-9200000000", "1 USD"])(
    "does not come from the text %j",
    (text) => {
      expect(Option.isNone(Usd.fromText(text))).toBe(true)
      expect(() => usd(text)).toThrow(`${JSON.stringify(text)} is no amount`)
    },
  )

  it("fits an int64 whatever its size", () => {
    for (const nanos of [DecimalText.LIMIT - 1n, 1n - DecimalText.LIMIT]) {
      expect(BigInt.asIntN(64, Usd.toNanos(Usd.unsafeFromNanos(nanos)))).toBe(nanos)
    }
  })
})

describe("arithmetic of amounts", () => {
  it.prop("adds in any order and any grouping", { a: Usd.Usd, b: Usd.Usd, c: Usd.Usd }, ({ a, b, c }) => {
    same(Usd.add(a, b), Usd.add(b, a))
    same(Usd.add(Usd.add(a, b), c), Usd.add(a, Usd.add(b, c)))
    same(Usd.sum([a, b, c]), Usd.add(Usd.add(a, b), c))
    same(Usd.sum([c, a, b]), Usd.sum([a, b, c]))
  })

  it.prop("has zero as the amount that adds nothing", { a: Usd.Usd }, ({ a }) => {
    same(Usd.add(a, Usd.zero), a)
    same(Usd.subtract(a, a), Usd.zero)
    same(Usd.add(a, Usd.negate(a)), Usd.zero)
    same(Usd.negate(Usd.negate(a)), a)
    same(Usd.sum([]), Usd.zero)
    same(Usd.sum([a]), a)
  })

  it.prop("takes away what was added", { a: Usd.Usd, b: Usd.Usd }, ({ a, b }) => {
    same(Usd.subtract(Usd.add(a, b), b), a)
    same(Usd.subtract(a, b), Usd.add(a, Usd.negate(b)))
  })

  it.prop("is the same data-first and data-last", { a: Usd.Usd, b: Usd.Usd }, ({ a, b }) => {
    same(Usd.add(b)(a), Usd.add(a, b))
    same(Usd.subtract(b)(a), Usd.subtract(a, b))
    same(Usd.min(b)(a), Usd.min(a, b))
    same(Usd.max(b)(a), Usd.max(a, b))
    expect(Usd.lessThan(b)(a)).toBe(Usd.lessThan(a, b))
  })

  it("keeps every digit where doubles lose them", () => {
    expect(Usd.format(Usd.add(usd("0.1"), usd("0.2")))).toBe("0.30")
    expect(Usd.format(Usd.sum(Array.from({ length: 1000 }, () => usd("0.000000001"))))).toBe("0.000001")
    expect(Usd.format(Usd.add(usd("9000000000"), usd("0.000000001")))).toBe("9000000000.000000001")
    expect(Usd.format(Usd.subtract(usd("41.26"), usd("63.35")))).toBe("-22.09")
  })

  it("shows a sum beyond the range as no amount, never wrapped", () => {
    const beyond = Usd.add(usd("9199999999"), usd("9199999999"))
    expect(Usd.format(beyond)).toBe("18399999998.00")
    expect(isUsd(beyond)).toBe(false)
    expect(() => encode(beyond)).toThrow()
  })

  it("scales by a fraction under the rounding that is named", () => {
    const third = (rounding: "HalfEven" | "HalfUp" | "Down" | "Up" | "Floor" | "Ceiling") =>
      Usd.format(Usd.scaleBy(usd("-0.000000005"), 1n, 2n, rounding))
    expect(third("HalfEven")).toBe("-0.000000002")
    expect(third("HalfUp")).toBe("-0.000000003")
    expect(third("Down")).toBe("-0.000000002")
    expect(third("Up")).toBe("-0.000000003")
    expect(third("Floor")).toBe("-0.000000003")
    expect(third("Ceiling")).toBe("-0.000000002")
    expect(Usd.format(Usd.scaleBy(usd("10"), 1n, 3n, "HalfEven"))).toBe("3.333333333")
    expect(Usd.format(Usd.scaleBy(usd("10"), 2n, 3n, "HalfEven"))).toBe("6.666666667")
    expect(() => Usd.scaleBy(usd("1"), 1n, 0n, "Down")).toThrow(RangeError)
  })

  it.prop("brackets the exact quotient between floor and ceiling", { a: Usd.Usd, factor }, ({ a, factor }) => {
    const [low, high] = [Usd.scaleBy(a, factor, 7n, "Floor"), Usd.scaleBy(a, factor, 7n, "Ceiling")]
    const product = a.value * factor
    expect(low.value * 7n <= product && product <= high.value * 7n).toBe(true)
    expect(high.value - low.value).toBe(product % 7n === 0n ? 0n : 1n)
    same(Usd.scaleBy(a, factor, 1n, "Down"), Usd.sum([Usd.scaleBy(a, factor - 1n, 1n, "Down"), a]))
  })
})

describe("order of amounts", () => {
  it.prop("is the order of their nano-dollars", { a: Usd.Usd, b: Usd.Usd }, ({ a, b }) => {
    expect(Usd.Order(a, b)).toBe(a.value < b.value ? -1 : a.value > b.value ? 1 : 0)
    expect(Usd.lessThan(a, b)).toBe(a.value < b.value)
    const [smaller, larger] = a.value < b.value ? [a, b] : [b, a]
    same(Usd.min(a, b), smaller)
    same(Usd.max(a, b), larger)
    expect([Usd.isPositive(a), Usd.isZero(a), Usd.isNegative(a)]).toStrictEqual([
      a.value > 0n,
      a.value === 0n,
      a.value < 0n,
    ])
  })

  it("sorts by size, not by text", () => {
    const sorted = ["9", "-10", "100", "-9.5", "0", "10.000000001"].map(usd).sort(Usd.Order).map(Usd.format)
    expect(sorted).toStrictEqual(["-10.00", "-9.50", "0.00", "9.00", "10.000000001", "100.00"])
  })
})

describe("amounts for people", () => {
  it("are shown in whole cents under the rounding that is named", () => {
    expect(Usd.formatCents(usd("1.005"))).toBe("1.00")
    expect(Usd.formatCents(usd("1.015"))).toBe("1.02")
    expect(Usd.formatCents(usd("1.005"), "HalfUp")).toBe("1.01")
    expect(Usd.formatCents(usd("-0.001"), "Floor")).toBe("-0.01")
    expect(Usd.formatCents(usd("-0.004"))).toBe("0.00")
    expect(Usd.formatCents(usd("41.26"))).toBe("41.26")
  })

  it.prop("lie within half a cent of the amount", { a: Usd.Usd }, ({ a }) => {
    const cents = BigInt(Usd.formatCents(a).replace(".", "")) * 10_000_000n
    expect((cents - a.value) * 2n <= 10_000_000n && (a.value - cents) * 2n <= 10_000_000n).toBe(true)
  })

  it.prop("are within a part in 10^15 of the amount as numbers", { a: Usd.Usd }, ({ a }) => {
    const expected = Number.parseFloat(Usd.format(a))
    expect(Math.abs(Usd.toNumberApproximate(a) - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-15)
  })

  it("print with their currency", () => {
    expect(Pretty.make(Usd.Usd)(usd("41.26"))).toBe("41.26 USD")
  })
})

describe("the schemas of amounts", () => {
  it("tell values from text and from other decimals", () => {
    expect(isUsd(usd("1.5"))).toBe(true)
    for (const other of [
      "1.5",
      1.5,
      1n,
      null,
      undefined,
      {},
      { value: 15n, scale: 9 },
      BigDecimal.make(15n, 1),
      BigDecimal.unsafeFromString("1.5"),
      BigDecimal.make(DecimalText.LIMIT, 9),
    ]) {
      expect(isUsd(other), String(other)).toBe(false)
    }
  })

  it.prop("read back what they write", { a: Usd.Usd }, ({ a }) => {
    same(Schema.decodeSync(Usd.FromText)(encode(a)), a)
    expect(encode(Schema.decodeSync(Usd.FromText)(encode(a)))).toBe(encode(a))
    expect(isUsd(a)).toBe(true)
  })

  it("refuse text that is finer than a nano-dollar, beyond the range or no plain decimal, and say what they expect", () => {
    for (const text of ["1.0000000001", "9200000000", "1e3", "", " 1", "1,5"]) {
      const result = decode(text)
      expect(result._tag, text).toBe("Left")
      expect(result._tag === "Left" ? result.left.message : "").toContain('expected a plain decimal such as "12.50"')
    }
    expect(decode(1.5)._tag).toBe("Left")
  })

  it.prop("publish a JSON Schema that what they write satisfies", { a: Usd.Usd }, ({ a }) => {
    for (const { $defs } of [JSONSchema.make(Usd.Usd), JSONSchema.make(Usd.FromText)]) {
      const [definition] = Object.values($defs ?? {})
      const pattern = definition !== undefined && "pattern" in definition ? definition.pattern : undefined
      expect(definition).toMatchObject({ type: "string", pattern: expect.any(String) })
      expect(encode(a)).toMatch(new RegExp(pattern ?? "^$"))
    }
  })
})
