import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Calendar from "../../../src/domain/time/Calendar.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"

const at = Timestamp.unsafeFromText
const HOUR = 3_600_000

const ZONES = [
  "UTC",
  "Europe/Berlin",
  "America/New_York",
  "America/Sao_Paulo",
  "America/Havana",
  "Asia/Kolkata",
  "Asia/Beirut",
  "Africa/Cairo",
  "Australia/Lord_Howe",
  "Pacific/Auckland",
  "Pacific/Kiritimati",
  "Asia/Tehran",
] as const

const dateIn = (zone: string, millis: number): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(millis)

describe("the calendar days of a zone", () => {
  it("follow one another, hold their own moments, and cover every moment, in any zone", () => {
    const FROM = Date.parse("2010-01-01T00:00:00Z")
    const TO = Date.parse("2030-01-01T00:00:00Z")
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        fc.integer({ min: FROM, max: TO }),
        fc.integer({ min: 1, max: 20 * 24 * HOUR }),
        (zone, start, length) => {
          const days = Calendar.days(Timestamp.fromMillis(start), Timestamp.fromMillis(start + length), zone)
          const first = days.at(0)
          const last = days.at(-1)
          if (first === undefined || last === undefined) return expect.fail("no days")
          expect(first.from.epochMillis).toBeLessThanOrEqual(start)
          expect(last.to.epochMillis).toBeGreaterThanOrEqual(start + length)
          expect(last.from.epochMillis).toBeLessThan(start + length)
          for (const [index, { date, from, to }] of days.entries()) {
            if (index > 0) expect(from).toEqual(days[index - 1]?.to)
            for (const moment of [from.epochMillis, to.epochMillis - 1]) expect(dateIn(zone, moment)).toBe(date)
            expect(dateIn(zone, from.epochMillis - 1)).not.toBe(date)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    ["UTC", "2026-03-29", 24],
    ["Europe/Berlin", "2026-03-29", 23],
    ["Europe/Berlin", "2026-10-25", 25],
    ["America/New_York", "2026-11-01", 25],
    ["Australia/Lord_Howe", "2026-10-04", 23.5],
    ["America/Sao_Paulo", "2018-11-04", 23],
    ["America/Havana", "2026-11-01", 25],
  ])("in %s has a %s of %d hours", (zone, date, hours) => {
    const [day] = Calendar.days(at(`${date}T12:00:00Z`), at(`${date}T12:00:01Z`), zone)
    expect(day?.date).toBe(date)
    expect(((day?.to.epochMillis ?? 0) - (day?.from.epochMillis ?? 0)) / HOUR).toBe(hours)
  })

  it("leaves out a date that the zone skipped", () => {
    const days = Calendar.days(at("2011-12-29T12:00:00Z"), at("2011-12-31T12:00:00Z"), "Pacific/Apia")
    expect(days.map(({ date }) => date)).toEqual(["2011-12-29", "2011-12-31", "2012-01-01"])
  })

  it("takes a zone of Effect as well as a name, and refuses a name that no zone has", () => {
    const [from, to] = [at("2026-11-01T12:00:00Z"), at("2026-11-03T12:00:00Z")]
    expect(Calendar.days(from, to, DateTime.zoneUnsafeMakeNamed("Asia/Tokyo"))).toEqual(
      Calendar.days(from, to, "Asia/Tokyo"),
    )
    expect(() => Calendar.days(from, to, "Mars/Olympus")).toThrow(/unknown time zone/)
  })

  it.each(["Mars/Olympus", "", "+3", "+24:00", "-99:00"])(
    "is of no zone named %j, which is an error by value",
    (zone) => {
      const parsed = Calendar.parseZone(zone)
      expect(Option.getOrThrow(Either.getLeft(parsed))).toMatchObject({ _tag: "InvalidZone", zone })
      expect(() => Calendar.zoneOf(zone)).toThrow(/unknown time zone .* \(examples: UTC, Europe\/Berlin, \+03:00\)/)
    },
  )

  it.each(["UTC", "Europe/Berlin", "+03:00", "-11:30"])("is of the zone %s", (zone) => {
    expect(Calendar.nameOf(Calendar.zoneOf(zone))).toBe(zone)
  })

  it("counts back from the day of a moment", () => {
    expect(Calendar.dayAt(at("2026-11-24T23:30:00Z"), "Europe/Berlin")).toEqual({
      date: "2026-11-25",
      from: at("2026-11-24T23:00:00Z"),
      to: at("2026-11-25T23:00:00Z"),
    })
    expect(Calendar.dayAt(at("2026-11-02T00:00:00Z"), "UTC", 3).date).toBe("2026-10-30")
  })
})

describe("months from an anchor day", () => {
  it.each([
    ["2026-01-31T00:00:00Z", 1, undefined, "2026-02-28T00:00:00Z"],
    ["2026-02-28T00:00:00Z", 1, undefined, "2026-03-28T00:00:00Z"],
    ["2026-02-28T00:00:00Z", 1, 31, "2026-03-31T00:00:00Z"],
    ["2026-02-28T00:00:00Z", -1, 30, "2026-01-30T00:00:00Z"],
    ["2028-01-30T12:34:56.789Z", 1, 30, "2028-02-29T12:34:56.789Z"],
    ["2026-11-30T23:00:00Z", 1, 31, "2026-12-31T23:00:00Z"],
    ["2026-12-05T08:00:00Z", -12, undefined, "2025-12-05T08:00:00Z"],
  ])("go from %s by %i with anchor %s to %s", (from, months, anchor, to) => {
    expect(Calendar.addMonths(at(from), months, anchor)).toEqual(at(to))
  })

  it.each([
    ["2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"],
    ["2026-12-31T23:59:59.999Z", "2027-01-01T00:00:00Z"],
  ])("after %s begin at %s", (now, first) => {
    expect(Calendar.firstOfMonth(at(now), 1)).toEqual(at(first))
  })

  it("tells the last day of a month", () => {
    const last = ["2026-02-28", "2028-02-29", "2026-11-30", "2026-12-31"]
    const others = ["2028-02-28", "2026-12-30", "2026-01-01"]
    expect(last.every((date) => Calendar.isLastOfMonth(at(`${date}T23:00:00Z`)))).toBe(true)
    expect(others.some((date) => Calendar.isLastOfMonth(at(`${date}T23:00:00Z`)))).toBe(false)
  })
})

const time = Arbitrary.make(Timestamp.Timestamp)

describe("calendar months", () => {
  it.prop("A point in time lies within its month, which bears the name that its text begins with.", [time], ([at]) => {
    const { from, name, to } = Calendar.monthOf(at)
    expect(DateTime.lessThanOrEqualTo(from, at) && DateTime.lessThan(at, to)).toBe(true)
    expect(name).toBe(Timestamp.format(at).slice(0, 7))
  })

  it.prop("Months follow on one another.", [time], ([at]) => {
    const month = Calendar.monthOf(at)
    expect(Calendar.monthOf(month.from)).toEqual(month)
    expect(Calendar.monthOf(month.to).from).toEqual(month.to)
    expect(Calendar.monthOf(Timestamp.fromMillis(month.to.epochMillis - 1))).toEqual(month)
  })

  it("December ends with the year.", () => {
    const { from, name, to } = Calendar.monthOf(Timestamp.unsafeFromText("2026-12-31T23:59:59.999Z"))
    expect([name, Timestamp.format(from), Timestamp.format(to)]).toEqual([
      "2026-12",
      "2026-12-01T00:00:00.000Z",
      "2027-01-01T00:00:00.000Z",
    ])
  })
})
