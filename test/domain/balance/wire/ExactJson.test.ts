import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as ExactJson from "../../../../src/domain/balance/wire/ExactJson.js"

/** The value with every place-holder replaced by the number that it stands for. */
const exactOf = (value: unknown, document: ExactJson.Document): unknown => {
  if (typeof value === "number") return ExactJson.exact(value, document)
  if (Array.isArray(value)) return value.map((inner) => exactOf(inner, document))
  if (typeof value !== "object" || value === null) return value
  // `__proto__` is a key like any other here.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, exactOf(inner, document)]))
}

const parsed = (text: string): unknown => {
  const document = Either.getOrThrowWith(ExactJson.parse(text), (failure) => new Error(failure))
  return exactOf(document.value, document)
}
const failure = (text: string) =>
  Either.match(ExactJson.parse(text), { onLeft: (failed) => failed, onRight: () => undefined })

/** JSON text of a parsed value with its exact numbers made doubles again. */
const asDoubles = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (inner instanceof ExactJson.JsonNumber ? Number(inner.token) : inner))

const digits = (minLength: number, maxLength: number) =>
  FastCheck.string({ unit: FastCheck.constantFrom(..."0123456789"), minLength, maxLength })
const tokens = FastCheck.tuple(
  FastCheck.constantFrom("", "-"),
  digits(1, 24).map((text) => text.replace(/^0+(?=\d)/, "")),
  FastCheck.oneof(
    FastCheck.constant(""),
    digits(1, 24).map((text) => `.${text}`),
  ),
  FastCheck.oneof(
    FastCheck.constant(""),
    FastCheck.tuple(FastCheck.constantFrom("e", "E", "e+", "e-"), digits(1, 12)).map((parts) => parts.join("")),
  ),
).map((parts) => parts.join(""))

/** Texts in which numbers, quotes, backslashes and brackets stand where they mean nothing. */
const trickyTexts = FastCheck.array(
  FastCheck.constantFrom(
    '"',
    "\\",
    '\\"',
    "1.5",
    "12345678901234567890",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "-",
    "\n",
    "\u2028",
    "é",
    "😀",
    "0.5",
  ),
  { maxLength: 8 },
).map((parts) => parts.join(""))

/** The digits of a number as they stood, unless it is one that a double holds for sure. */
const tokenOf = (value: unknown): unknown => (value instanceof ExactJson.JsonNumber ? value.token : value)

describe("exact JSON", () => {
  it.prop(
    "is what JSON.parse makes of it, once its numbers are doubles again",
    { json: FastCheck.jsonValue(), space: FastCheck.constantFrom("", " ", "\t", "  ") },
    ({ json, space }) => {
      const text = JSON.stringify(json, null, space)
      expect(asDoubles(parsed(text))).toBe(JSON.stringify(JSON.parse(text)))
    },
    { fastCheck: { numRuns: 500 } },
  )

  it.prop("keeps the digits of every number as they stood", { list: FastCheck.array(tokens) }, ({ list }) => {
    const values = parsed(`[${list.join(", ")}]`)
    expect(Array.isArray(values) ? values.length : undefined).toBe(list.length)
    if (!Array.isArray(values)) return
    for (const [index, token] of list.entries()) {
      const value: unknown = values[index]
      // A plain number is only for whole numbers that a double holds.
      if (typeof value === "number")
        expect(Number.isSafeInteger(value) && (String(value) === token || token === "-0")).toBe(true)
      else expect(value).toStrictEqual(new ExactJson.JsonNumber(token))
    }
  })

  it.prop(
    "leaves texts untouched, whatever stands in them, and the numbers between them exact",
    { pairs: FastCheck.array(FastCheck.tuple(trickyTexts, tokens), { maxLength: 12 }) },
    ({ pairs }) => {
      const fields = pairs.map(
        ([text, token], index) => `${JSON.stringify(`${index}${text}`)}:[${JSON.stringify(text)},${token}]`,
      )
      const value = parsed(`{${fields.join(",")}}`)
      const read = typeof value === "object" && value !== null ? Object.entries(value) : []
      expect(read.length).toBe(pairs.length)
      const found = new Map<string, unknown>(read)
      for (const [index, [text, token]] of pairs.entries()) {
        const pair: unknown = found.get(`${index}${text}`)
        expect(Array.isArray(pair) ? pair[0] : undefined).toBe(text)
        expect(String(Array.isArray(pair) ? tokenOf(pair[1]) : undefined)).toBe(token === "-0" ? "0" : token)
      }
    },
  )

  it.each([
    ['"1.5"', "1.5"],
    ['"a\\\\"', "a\\"],
    ['"a\\""', 'a"'],
    ['"\\\\\\""', '\\"'],
    ['"\\\\\\\\"', "\\\\"],
    ['"12345678901234567890"', "12345678901234567890"],
    ['"\\u0031.5"', "1.5"],
    ['""', ""],
  ])("reads the text %s as JSON.parse does", (text, value) => {
    expect(parsed(text)).toBe(value)
    expect(JSON.parse(text)).toBe(value)
  })

  it("finds the number behind a text that ends in backslashes and quotes", () => {
    expect(parsed('["\\\\", 1.50, "\\"", 2.50, "\\\\\\"", 3.50]')).toStrictEqual([
      "\\",
      new ExactJson.JsonNumber("1.50"),
      '"',
      new ExactJson.JsonNumber("2.50"),
      '\\"',
      new ExactJson.JsonNumber("3.50"),
    ])
  })

  it("reads a plain whole number of up to fifteen digits as a number, every other one as its digits", () => {
    expect(parsed("[0, 7, -7, 999999999999999, 9999999999999999, 1.0, 1e2, -0.0]")).toStrictEqual([
      0,
      7,
      -7,
      999_999_999_999_999,
      new ExactJson.JsonNumber("9999999999999999"),
      new ExactJson.JsonNumber("1.0"),
      new ExactJson.JsonNumber("1e2"),
      new ExactJson.JsonNumber("-0.0"),
    ])
    expect(parsed("18446744073709551615")).toStrictEqual(new ExactJson.JsonNumber("18446744073709551615"))
  })

  it("gives the last of two fields with one name, exact", () => {
    expect(parsed('{"a":1.25,"b":2.5,"a":3.75}')).toStrictEqual({
      a: new ExactJson.JsonNumber("3.75"),
      b: new ExactJson.JsonNumber("2.5"),
    })
  })

  it.each([
    "",
    " ",
    "nul",
    "undefined",
    "NaN",
    "Infinity",
    "-",
    "+1",
    "01",
    "-01",
    "00000000000000001",
    "1.",
    ".5",
    "1.5.5",
    "1e",
    "1e5e5",
    "1-2",
    "--1.5",
    "0x10",
    "1_000.5",
    "1.5 2.5",
    "1.5x",
    "x1.5",
    "1.5[]",
    "[1.5,]",
    "[1.5 2.5]",
    "{1.5:1}",
    '{"a" 1.5}',
    "{a:1.5}",
    "'a'",
    '"a',
    '"a\\"',
    '"\\',
    '"\n"',
    "[1.5",
    "1.5]",
    "// 1\n1",
    "１",
  ])("refuses %j, as JSON.parse does", (text) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError)
    expect(failure(text)).toBe("NotJson")
  })

  it.prop(
    "takes what JSON.parse takes and refuses what it refuses, for garbled JSON too",
    {
      json: FastCheck.jsonValue(),
      at: FastCheck.nat(),
      piece: FastCheck.constantFrom("", "1.5", "1", "-", ".", "e", '"', "\\", ",", "]", "}", "0", " "),
    },
    ({ json, at, piece }) => {
      const text = JSON.stringify(json)
      const place = at % (text.length + 1)
      const garbled = `${text.slice(0, place)}${piece}${text.slice(place + 1)}`
      let reference: string | undefined
      try {
        reference = JSON.stringify(JSON.parse(garbled))
      } catch {
        reference = undefined
      }
      expect(reference === undefined ? failure(garbled) : asDoubles(parsed(garbled))).toBe(reference ?? "NotJson")
    },
    { fastCheck: { numRuns: 1000 } },
  )
})

describe("keys that name parts of objects", () => {
  const polluting = '{"__proto__":{"polluted":1.5},"constructor":{"prototype":{"polluted":2.5}},"toString":3.5}'

  it("are plain keys and change no prototype", () => {
    const value = parsed(polluting)
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(Object.keys(Object(value))).toStrictEqual(["__proto__", "constructor", "toString"])
    expect(asDoubles(value)).toBe(polluting)
  })

  it("keep an exact number that stands right under them", () => {
    for (const key of ["__proto__", "constructor", "hasOwnProperty", "valueOf"]) {
      const value = parsed(`[{"${key}":1.50},{"${key}":[2.50]}]`)
      const [first, second]: ReadonlyArray<unknown> = Array.isArray(value) ? value : []
      expect(Object.getPrototypeOf(first)).toBe(Object.prototype)
      expect(Object.getPrototypeOf(second)).toBe(Object.prototype)
      expect(Object.getOwnPropertyDescriptor(first, key)).toStrictEqual({
        value: new ExactJson.JsonNumber("1.50"),
        enumerable: true,
        configurable: true,
        writable: true,
      })
      expect(Object.getOwnPropertyDescriptor(second, key)?.value).toStrictEqual([new ExactJson.JsonNumber("2.50")])
    }
  })
})

describe("levels", () => {
  const nested = (levels: number): string => "[".repeat(levels) + "1.5" + "]".repeat(levels)

  it("are read up to 64", () => {
    expect(failure(nested(64))).toBeUndefined()
    expect(failure(nested(65))).toBe("TooDeep")
    expect(failure(`${'{"a":'.repeat(64)}1${"}".repeat(64)}`)).toBeUndefined()
    expect(failure(`${'{"a":'.repeat(65)}1${"}".repeat(65)}`)).toBe("TooDeep")
    expect(failure(`${'[{"a":'.repeat(33)}1${"}]".repeat(33)}`)).toBe("TooDeep")
  })

  it("are not counted side by side, nor in texts", () => {
    expect(failure(`[${Array.from({ length: 500 }, () => "[]").join(",")}]`)).toBeUndefined()
    expect(failure(JSON.stringify("[{".repeat(500)))).toBeUndefined()
  })

  it("by the hundred thousand are refused without running out of stack", () => {
    expect(failure("[".repeat(200_000))).toBe("TooDeep")
    expect(failure('{"a":'.repeat(200_000))).toBe("TooDeep")
  })
})
