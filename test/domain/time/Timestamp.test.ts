import { describe, expect, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as FastCheck from "effect/FastCheck"
import * as JSONSchema from "effect/JSONSchema"
import * as Option from "effect/Option"
import * as Pretty from "effect/Pretty"
import * as Schema from "effect/Schema"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"

const utc = (text: string) => Option.getOrNull(Option.map(Timestamp.fromText(text), Timestamp.format))
const two = (n: number): string => String(n).padStart(2, "0")
const four = (n: number): string => String(n).padStart(4, "0")

const leap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
const lengths = (year: number): ReadonlyArray<number> => [
  31,
  leap(year) ? 29 : 28,
  31,
  30,
  31,
  30,
  31,
  31,
  30,
  31,
  30,
  31,
]

describe("RFC 3339 text", () => {
  it.each([
    ["2025-05-08T23:03:21.704Z", "2025-05-08T23:03:21.704Z"],
    ["2025-05-08T23:03:21Z", "2025-05-08T23:03:21.000Z"],
    ["2025-05-08t23:03:21z", "2025-05-08T23:03:21.000Z"],
    ["2025-05-08T23:03:21+00:00", "2025-05-08T23:03:21.000Z"],
    ["2025-05-08T23:03:21-00:00", "2025-05-08T23:03:21.000Z"],
    ["2025-05-09T01:03:21+02:00", "2025-05-08T23:03:21.000Z"],
    ["2025-05-08T17:33:21.5-05:30", "2025-05-08T23:03:21.500Z"],
    ["2024-12-31T23:59:59.999-00:01", "2025-01-01T00:00:59.999Z"],
    ["2025-01-01T00:00:00+23:59", "2024-12-31T00:01:00.000Z"],
    ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
    ["0100-01-01T00:00:00Z", "0100-01-01T00:00:00.000Z"],
    ["9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999Z"],
  ])("%s is %s", (text, expected) => {
    expect(utc(text)).toBe(expected)
    expect(Timestamp.format(Timestamp.unsafeFromText(text))).toBe(expected)
  })

  it.each([
    ["0", 0],
    ["7", 700],
    ["70", 700],
    ["704", 704],
    ["7049", 704],
    ["70499", 704],
    ["704999", 704],
    ["7049999", 704],
    ["70499999", 704],
    ["704999999", 704],
    ["999999999", 999],
    ["000999999", 0],
  ])("with the fraction .%s has %s milliseconds, cut off, never rounded", (fraction, millis) => {
    expect(Timestamp.parseMillis(`2025-05-08T23:03:21.${fraction}Z`)).toBe(Date.UTC(2025, 4, 8, 23, 3, 21, millis))
    expect(Timestamp.parseMillis(`1960-05-08T23:03:21.${fraction}Z`)).toBe(Date.UTC(1960, 4, 8, 23, 3, 21, millis))
  })

  it.each([
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"],
    ["2016-12-31T23:59:60.25Z", "2017-01-01T00:00:00.250Z"],
    ["2016-12-31T15:59:60-08:00", "2017-01-01T00:00:00.000Z"],
    ["2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000Z"],
    ["1960-06-30T23:59:60Z", "1960-07-01T00:00:00.000Z"],
  ])("reads the leap second %s as the second after it", (text, next) => {
    expect(utc(text)).toBe(next)
  })

  it.each([
    "",
    "2025-02-30T00:00:00Z",
    "2025-02-29T00:00:00Z",
    "2100-02-29T00:00:00Z",
    "2025-04-31T00:00:00Z",
    "2025-13-01T00:00:00Z",
    "2025-00-01T00:00:00Z",
    "2025-01-00T00:00:00Z",
    "2025-01-32T00:00:00Z",
    "2025-01-01T24:00:00Z",
    "2025-01-01T23:60:00Z",
    "2025-01-01T23:59:61Z",
    "2025-01-01T12:00:60Z",
    "2025-01-01T23:59:60+01:00",
    "9999-12-31T23:59:60Z",
    "2025-01-01T00:00:00",
    "2025-01-01T00:00:00.5",
    "2025-01-01T00:00:00+0200",
    "2025-01-01T00:00:00+02",
    "2025-01-01T00:00:00+24:00",
    "2025-01-01T00:00:00+02:60",
    "2025-01-01T00:00:00.Z",
    "2025-01-01T00:00:00.0123456789Z",
    "2025-01-01T00:00:00,5Z",
    "2025-01-01T00:00Z",
    "2025-01-01",
    "2025-1-1T00:00:00Z",
    "2025-01-01 00:00:00Z",
    " 2025-01-01T00:00:00Z",
    "2025-01-01T00:00:00Z ",
    "2025-01-01T00:00:00Z\n",
    "+002025-01-01T00:00:00Z",
    "-2025-01-01T00:00:00Z",
    "25-01-01T00:00:00Z",
    "0099-12-31T23:59:59Z",
    "0000-01-01T00:00:00Z",
    "0100-01-01T00:00:00+00:01",
    "9999-12-31T23:59:00-00:01",
    "２０２５-01-01T00:00:00Z",
    "1746745401704",
    "now",
    "Thu, 08 May 2025 23:03:21 GMT",
  ])("is not %j", (text) => {
    expect(utc(text)).toBeNull()
    expect(Timestamp.parseMillis(text)).toBeNaN()
    expect(() => Timestamp.unsafeFromText(text)).toThrow(/is no time: write RFC 3339 with a zone/)
  })

  it.prop(
    "names a day when and only when the calendar has it",
    {
      year: FastCheck.integer({ min: 100, max: 9999 }),
      month: FastCheck.integer({ min: 0, max: 14 }),
      day: FastCheck.oneof(FastCheck.integer({ min: 0, max: 33 }), FastCheck.integer({ min: 27, max: 32 })),
    },
    ({ year, month, day }) => {
      const exists = day >= 1 && day <= (lengths(year)[month - 1] ?? 0)
      const text = `${four(year)}-${two(month)}-${two(day)}`
      expect(utc(`${text}T12:00:00Z`)).toBe(exists ? `${text}T12:00:00.000Z` : null)
    },
    { fastCheck: { numRuns: 1000 } },
  )

  it("knows 29 February in leap years alone", () => {
    for (const year of [1900, 1999, 2000, 2023, 2024, 2025, 2028, 2100, 2400]) {
      expect(Option.isSome(Timestamp.fromText(`${year}-02-29T00:00:00Z`)), String(year)).toBe(leap(year))
    }
  })

  it.prop(
    "with an offset names the time that the clock there shows",
    {
      clock: FastCheck.integer({ min: Date.UTC(101, 0, 1), max: Date.UTC(9998, 0, 1) }),
      minutes: FastCheck.integer({ min: -1439, max: 1439 }),
    },
    ({ clock, minutes }) => {
      const size = Math.abs(minutes)
      const offset = `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`
      const text = new Date(clock).toISOString().replace("Z", offset)
      expect(Timestamp.parseMillis(text), text).toBe(clock - minutes * 60_000)
      expect(Timestamp.parseMillis(text), text).toBe(Date.parse(text))
    },
  )
})

describe("the schemas of time", () => {
  const encode = Schema.encodeSync(Timestamp.FromText)
  const decode = Schema.decodeUnknownEither(Timestamp.FromText)

  it.prop("read back what they write, for every time of the domain", { at: Timestamp.Timestamp }, ({ at }) => {
    expect(encode(at)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(Schema.decodeSync(Timestamp.FromText)(encode(at)).epochMillis).toBe(at.epochMillis)
    expect(Timestamp.unsafeFromText(Timestamp.format(at)).epochMillis).toBe(at.epochMillis)
    expect(Timestamp.fromMillis(at.epochMillis).epochMillis).toBe(at.epochMillis)
  })

  it("refuse what is no existing date with a zone, and say what they expect", () => {
    for (const input of ["2025-02-30T00:00:00Z", "2025-02-03", "", 0, null]) {
      const result = decode(input)
      expect(result._tag, String(input)).toBe("Left")
      if (typeof input === "string" && result._tag === "Left") {
        expect(result.left.message).toContain("expected an existing date and time with a zone")
      }
    }
  })

  it("hold times whose text reads back, in UTC", () => {
    const isTimestamp = Schema.is(Timestamp.Timestamp)
    const [first, last] = ["0100-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"].map(Timestamp.unsafeFromText)
    expect([first, last].every(isTimestamp)).toBe(true)
    for (const other of [
      "2025-05-08T23:03:21Z",
      0,
      null,
      new Date(0),
      Timestamp.fromMillis((first?.epochMillis ?? 0) - 1),
      Timestamp.fromMillis((last?.epochMillis ?? 0) + 1),
      DateTime.unsafeMakeZoned(0, { timeZone: "Europe/Berlin" }),
    ]) {
      expect(isTimestamp(other), String(other)).toBe(false)
    }
    expect(() => encode(Timestamp.fromMillis((last?.epochMillis ?? 0) + 1))).toThrow()
  })

  it("have an equivalence, a printer and a JSON Schema", () => {
    const [a, b] = [Timestamp.fromMillis(1), Timestamp.fromMillis(2)]
    expect(Schema.equivalence(Timestamp.Timestamp)(a, Timestamp.fromMillis(1))).toBe(true)
    expect(Schema.equivalence(Timestamp.Timestamp)(a, b)).toBe(false)
    expect(Pretty.make(Timestamp.Timestamp)(a)).toBe("1970-01-01T00:00:00.001Z")
    expect(JSONSchema.make(Timestamp.FromText).$defs).toMatchObject({
      TimestampText: { type: "string", format: "date-time" },
    })
  })
})
