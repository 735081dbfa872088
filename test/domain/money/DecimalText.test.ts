import { describe, expect, it } from "@effect/vitest"
import * as BigDecimal from "effect/BigDecimal"
import * as FastCheck from "effect/FastCheck"
import * as DecimalText from "../../../src/domain/money/DecimalText.js"

const digits = (minLength: number, maxLength: number) =>
  FastCheck.string({ unit: FastCheck.constantFrom(..."0123456789"), minLength, maxLength })
const sign = FastCheck.constantFrom("", "-")
const fraction = FastCheck.oneof(
  FastCheck.constant(""),
  digits(1, 12).map((text) => `.${text}`),
  digits(1, 30).map((text) => `.${text}`),
  // Ties at the tenth digit, and what lies just beside them.
  FastCheck.tuple(digits(9, 9), FastCheck.constantFrom("5", "50", "500", "5000000001", "4999", "51")).map(
    ([nine, tail]) => `.${nine}${tail}`,
  ),
)
const plainTexts = FastCheck.tuple(sign, FastCheck.oneof(digits(1, 10), digits(1, 25)), fraction).map((parts) =>
  parts.join(""),
)
const exponents = FastCheck.oneof(
  FastCheck.constant(""),
  FastCheck.tuple(
    FastCheck.constantFrom("e", "E"),
    FastCheck.constantFrom("", "+", "-"),
    FastCheck.oneof(FastCheck.nat(12), FastCheck.nat(60)),
  ).map(([mark, direction, size]) => `${mark}${direction}${size}`),
)
const numberTokens = FastCheck.tuple(
  sign,
  FastCheck.oneof(digits(1, 10), digits(1, 25)).map((text) => text.replace(/^0+(?=\d)/, "")),
  fraction,
  exponents,
).map((parts) => parts.join(""))

const abs = (n: bigint): bigint => (n < 0n ? -n : n)

/** The same by school arithmetic: the text as a fraction of two integers, and the nearest whole number of nano-dollars. */
const bySchoolArithmetic = (text: string): DecimalText.Parsed => {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e")
  const [whole = "", decimals = ""] = mantissa.split(".")
  const power = BigInt(exponent) - BigInt(decimals.length) + 9n
  const top = BigInt(whole.replace("-", "") + decimals) * (power > 0n ? 10n ** power : 1n)
  const bottom = power < 0n ? 10n ** -power : 1n
  const below = top / bottom
  // Twice the distances to both neighbours; on a tie the even one.
  const [toBelow, toAbove] = [2n * (top - below * bottom), 2n * ((below + 1n) * bottom - top)]
  const size = toBelow < toAbove || (toBelow === toAbove && below % 2n === 0n) ? below : below + 1n
  if (size >= 92n * 10n ** 17n) return { _tag: "OutOfRange" }
  return { _tag: "Nanos", nanos: text.startsWith("-") ? -size : size, rounded: below * bottom !== top }
}

const exact = (nanos: bigint): DecimalText.Parsed => ({ _tag: "Nanos", nanos, rounded: false })
const rounded = (nanos: bigint): DecimalText.Parsed => ({ _tag: "Nanos", nanos, rounded: true })

describe("plain decimal text", () => {
  it.each<[string, bigint]>([
    ["0", 0n],
    ["-0", 0n],
    ["0.00", 0n],
    ["1", 1_000_000_000n],
    ["41.26", 41_260_000_000n],
    ["-12.50", -12_500_000_000n],
    ["0.000000001", 1n],
    ["-0.000000001", -1n],
    ["999999.999999999", 999_999_999_999_999n],
    ["1000000.000000001", 1_000_000_000_000_001n],
    ["0000000000000041.260000000000000", 41_260_000_000n],
  ])("%s is exact", (text, nanos) => {
    expect(DecimalText.plain(text)).toStrictEqual(exact(nanos))
  })

  it.prop(
    "is read as school arithmetic reads it, however many digits it has",
    [plainTexts],
    ([text]) => {
      expect(DecimalText.plain(text), text).toStrictEqual(bySchoolArithmetic(text))
    },
    { fastCheck: { numRuns: 3000, examples: [["0.0000000005"], ["9199999999.9999999995"], ["-9200000000"]] } },
  )

  it.prop(
    "has the value of the arbitrary-precision decimal of the same text, up to nine decimals",
    [
      FastCheck.tuple(sign, digits(1, 9), digits(1, 9)).map(
        ([minus, whole, decimals]) => `${minus}${whole}.${decimals}`,
      ),
    ],
    ([text]) => {
      const parsed = DecimalText.plain(text)
      if (parsed._tag !== "Nanos") return expect.fail(`${text}: ${parsed._tag}`)
      expect(BigDecimal.equals(BigDecimal.make(parsed.nanos, 9), BigDecimal.unsafeFromString(text)), text).toBe(true)
    },
  )

  it.each([
    "",
    "-",
    ".",
    "+1",
    "--1",
    ".5",
    "-.5",
    "5.",
    "1.2.3",
    "1e3",
    "1E3",
    "1,000",
    "1_000",
    "1 000",
    " 1",
    "1 ",
    "1\n",
    "\u00a01",
    "1 USD",
    "0x10",
    "0b1",
    "1n",
    "NaN",
    "Infinity",
    "-Infinity",
    "null",
    "１",
    "١",
    "−1",
    "1-",
    "1.5\u0000",
  ])("refuses %j", (text) => {
    expect(DecimalText.plain(text)).toStrictEqual({ _tag: "NotDecimal" })
  })

  it("refuses a currency sign", () => {
    for (const text of ["$1", "1$", "-$1.50"])
      expect(DecimalText.plain(text), text).toStrictEqual({ _tag: "NotDecimal" })
  })
})

describe("the token of a JSON number", () => {
  it.prop(
    "is read as school arithmetic reads it, exponent included",
    [numberTokens],
    ([token]) => {
      expect(DecimalText.number(token), token).toStrictEqual(bySchoolArithmetic(token))
    },
    { fastCheck: { numRuns: 3000, examples: [["1.5e-10"], ["5e-10"], ["15e-10"], ["92e8"], ["0.00092e13"]] } },
  )

  it.each<[string, DecimalText.Parsed]>([
    ["4126e-2", exact(41_260_000_000n)],
    ["4.126E+1", exact(41_260_000_000n)],
    ["0e999999999", exact(0n)],
    ["-0.000e-999999999", exact(0n)],
    ["1e999999999", { _tag: "OutOfRange" }],
    ["-1e999999999", { _tag: "OutOfRange" }],
    ["1e-999999999", rounded(0n)],
    ["-1e-999999999", rounded(0n)],
    [`1e${"9".repeat(400)}`, { _tag: "OutOfRange" }],
    [`1e-${"9".repeat(400)}`, rounded(0n)],
    ["9".repeat(400), { _tag: "OutOfRange" }],
    [`0.${"0".repeat(399)}1`, rounded(0n)],
    [`1.${"0".repeat(400)}`, exact(1_000_000_000n)],
    [`${"9".repeat(400)}e-400`, rounded(1_000_000_000n)],
    [`1${"0".repeat(400)}e-400`, exact(1_000_000_000n)],
    [`0.${"0".repeat(400)}1e401`, exact(1_000_000_000n)],
  ])("%s needs no more room than its digits", (token, parsed) => {
    expect(DecimalText.number(token)).toStrictEqual(parsed)
  })

  it.each([
    "",
    "-",
    "01",
    "-01",
    "00",
    "+1",
    ".5",
    "5.",
    "1e",
    "1e+",
    "1e1.5",
    "1e1e1",
    "0x1",
    " 1",
    "1 ",
    "NaN",
    "１",
  ])("refuses %j, which is no JSON number", (token) => {
    expect(DecimalText.number(token)).toStrictEqual({ _tag: "NotDecimal" })
  })
})

describe("digits past the ninth", () => {
  it.each<[string, bigint]>([
    ["0.0000000004", 0n],
    ["0.0000000005", 0n],
    ["0.00000000050000001", 1n],
    ["0.0000000015", 2n],
    ["0.0000000025", 2n],
    ["0.00000000250000000000000000000000000001", 3n],
    ["0.0000000035", 4n],
    ["0.00000000349999999", 3n],
    ["0.9999999995", 1_000_000_000n],
    ["0.99999999949", 999_999_999n],
    ["-0.0000000015", -2n],
    ["-0.0000000025", -2n],
    ["-0.00000000250000001", -3n],
    ["123456.1234567895", 123_456_123_456_790n],
    ["1234567890.1234567885", 1_234_567_890_123_456_788n],
  ])("of %s round to the nearest, a tie to the even neighbour", (text, nanos) => {
    expect(DecimalText.plain(text)).toStrictEqual(rounded(nanos))
    expect(DecimalText.number(text)).toStrictEqual(rounded(nanos))
  })

  it("are no rounding when they are zeros", () => {
    expect(DecimalText.plain("0.10000000000000000000000")).toStrictEqual(exact(100_000_000n))
  })
})

describe("the range", () => {
  it.each(["9199999999.999999999", "9199999999.9999999994999"])("holds %s with either sign", (text) => {
    for (const [written, nanos] of [
      [text, DecimalText.LIMIT - 1n],
      [`-${text}`, 1n - DecimalText.LIMIT],
    ] as const) {
      expect(DecimalText.plain(written)).toMatchObject({ _tag: "Nanos", nanos })
      expect(DecimalText.number(written)).toMatchObject({ _tag: "Nanos", nanos })
    }
  })

  it.each([
    "9200000000",
    "9200000000.000000000",
    "9199999999.9999999995",
    "9200000000.01",
    "10000000000",
    "9".repeat(400),
  ])("ends before %s with either sign", (text) => {
    for (const written of [text, `-${text}`]) {
      expect(DecimalText.plain(written)).toStrictEqual({ _tag: "OutOfRange" })
      expect(DecimalText.number(written)).toStrictEqual({ _tag: "OutOfRange" })
    }
  })

  it("ends before 9.2e9 where an exponent writes it", () => {
    for (const token of ["9.2e9", "-9.2e9", "92E8", "0.92e+10", "92000000000e-1"]) {
      expect(DecimalText.number(token), token).toStrictEqual({ _tag: "OutOfRange" })
    }
    expect(DecimalText.number("9.199999999999999999e9")).toStrictEqual(exact(DecimalText.LIMIT - 1n))
  })
})

describe("canonical text", () => {
  it.each<[bigint, string]>([
    [0n, "0.00"],
    [1n, "0.000000001"],
    [-1n, "-0.000000001"],
    [8_300_000n, "0.0083"],
    [41_260_000_000n, "41.26"],
    [1_500_000_000n, "1.50"],
    [-100_000_000_000n, "-100.00"],
    [DecimalText.LIMIT - 1n, "9199999999.999999999"],
  ])("of %s nano-dollars is %s", (nanos, text) => {
    expect(DecimalText.format(nanos)).toBe(text)
  })

  it.prop(
    "reads back to the last digit, is never exponential, and ends without needless zeros",
    [
      FastCheck.oneof(
        FastCheck.bigInt({ min: 1n - DecimalText.LIMIT, max: DecimalText.LIMIT - 1n }),
        FastCheck.bigInt({ min: -1_000_000n, max: 1_000_000n }),
        FastCheck.bigInt({ min: -9_000_000n, max: 9_000_000n }).map((thousands) => thousands * 10n ** 6n),
      ),
    ],
    ([nanos]) => {
      const text = DecimalText.format(nanos)
      expect(text).toMatch(/^-?(0|[1-9]\d*)\.\d\d(\d{0,6}[1-9])?$/)
      expect(DecimalText.plain(text)).toStrictEqual(exact(nanos))
      expect(DecimalText.number(text)).toStrictEqual(exact(nanos))
    },
    { fastCheck: { numRuns: 1000 } },
  )

  it.prop(
    "has the magnitude of the amount and its sign",
    [FastCheck.bigInt({ min: -(10n ** 18n), max: 10n ** 18n })],
    ([nanos]) => {
      expect(DecimalText.format(nanos).replace("-", "")).toBe(DecimalText.format(abs(nanos)))
      expect(DecimalText.format(nanos).startsWith("-")).toBe(nanos < 0n)
    },
  )
})
