import { describe, expect, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as RetryAfter from "../../../src/infra/zoo/RetryAfter.js"

const now = Timestamp.unsafeFromText("1994-11-06T08:49:30Z")

const millis = (text: string) => Option.map(RetryAfter.parse(text, now), Duration.toMillis)

describe("RetryAfter", () => {
  it("reads whole seconds", () => {
    expect(millis("0")).toEqual(Option.some(0))
    expect(millis("120")).toEqual(Option.some(120_000))
    expect(millis(" 7 ")).toEqual(Option.some(7_000))
  })

  it("reads seconds beyond every number as the longest wait, not as none", () => {
    expect(millis("9".repeat(400))).toEqual(Option.some(Number.MAX_SAFE_INTEGER))
  })

  it("reads an IMF-fixdate as the time from now to then", () => {
    expect(millis("Sun, 06 Nov 1994 08:49:37 GMT")).toEqual(Option.some(7_000))
    expect(millis("Sun, 06 Nov 1994 08:49:30 GMT")).toEqual(Option.some(0))
  })

  it("waits no negative time for a date that has passed", () => {
    expect(millis("Sat, 05 Nov 1994 08:49:37 GMT")).toEqual(Option.some(0))
  })

  it.each([
    "",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "7 seconds",
    "7, 8",
    "soon",
    "Mon, 06 Nov 1994 08:49:37 GMT",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Wed, 30 Feb 1994 08:49:37 GMT",
    "Sun, 06-Nov-94 08:49:37 GMT",
    "Sunday, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37",
    "Sunday, 06-Nov-94 08:49:60 GMT",
    "Monday, 06-Nov-94 08:49:37 GMT",
    "Sunday, 31-Nov-94 08:49:37 GMT",
    "Sun Nov 6 08:49:37 1994",
    "Sun Nov  6 08:49:37 1994 GMT",
    "Sun Nov  0 08:49:37 1994",
    "Mon Nov  6 08:49:37 1994",
    "Tue Feb 29 08:49:37 1994",
    "1994-11-06T08:49:37Z",
    "120\u00a0",
    "１２",
  ])("reads %j as no value", (text) => {
    expect(RetryAfter.parse(text, now)).toEqual(Option.none())
  })

  it("reads the two older forms of a date", () => {
    expect(millis("Sunday, 06-Nov-94 08:49:37 GMT")).toEqual(Option.some(7_000))
    expect(millis("Sun Nov  6 08:49:37 1994")).toEqual(Option.some(7_000))
    expect(millis("Sun Nov 06 08:49:37 1994")).toEqual(Option.some(7_000))
  })

  it.each([
    ["Saturday, 06-Nov-44 08:49:30 GMT", "1994-11-06T08:49:30Z", null],
    ["Sunday, 06-Nov-44 08:49:30 GMT", "1994-11-06T08:49:30Z", 50],
    ["Monday, 06-Nov-44 08:49:31 GMT", "1994-11-06T08:49:30Z", 0],
    ["Thursday, 01-Jan-70 00:00:00 GMT", "2069-12-31T23:59:59Z", null],
    ["Thursday, 01-Jan-70 00:00:00 GMT", "2019-12-31T23:59:59Z", 0],
    ["Saturday, 29-Feb-20 00:00:00 GMT", "2026-08-04T00:00:00Z", 0],
  ])("takes the year of %j at %s for no more than 50 years away", (text, at, years) => {
    const from = Timestamp.unsafeFromText(at)
    const wait = Option.getOrNull(Option.map(RetryAfter.parse(text, from), Duration.toMillis))
    const expected = years === null ? null : new Date(from.epochMillis).setUTCFullYear(1994 + years) - from.epochMillis
    expect(wait).toBe(years === 0 ? 0 : expected)
  })

  const SECOND = FastCheck.integer({ min: 0, max: Date.UTC(2100, 0, 1) / 1_000 - 1 })
  const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

  /** The texts of a second, written without the code under test. */
  const forms = (second: number): ReadonlyArray<string> => {
    const date = new Date(second * 1_000)
    const imf = date.toUTCString()
    const [, day = "", month = "", year = "", time = ""] = imf.split(" ")
    const weekday = DAYS[date.getUTCDay()] ?? ""
    return [
      imf,
      `${weekday}, ${day}-${month}-${year.slice(2)} ${time} GMT`,
      `${weekday.slice(0, 3)} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`,
      `${weekday.slice(0, 3)} ${month} ${day} ${time} ${year}`,
    ]
  }

  it.prop(
    "reads every form of every second of 1970 to 2099, from up to fifty years around",
    [SECOND, FastCheck.integer({ min: 0, max: 49 * 365 * 86_400 })],
    ([second, before]) => {
      const from = Timestamp.fromMillis((second - before) * 1_000)
      for (const text of forms(second)) {
        expect([text, Option.map(RetryAfter.parse(text, from), Duration.toSeconds)]).toEqual([
          text,
          Option.some(before),
        ])
      }
    },
    { fastCheck: { numRuns: 2_000 } },
  )

  const MUTATION = FastCheck.tuple(
    FastCheck.constantFrom("replace", "insert", "remove", "swap"),
    FastCheck.nat(40),
    FastCheck.oneof(
      FastCheck.constantFrom(...Array.from("0123456789 ,:-GMTSunNov+Z")),
      FastCheck.string({ maxLength: 3 }),
    ),
  )

  const mutated = (text: string, [kind, place, piece]: readonly [string, number, string]): string => {
    const at = place % text.length
    const [before, here, after] = [text.slice(0, at), text.slice(at, at + 1), text.slice(at + 1)]
    if (kind === "swap") return before + after.slice(0, 1) + here + after.slice(1)
    if (kind === "remove") return before + after
    return kind === "insert" ? before + piece + here + after : before + piece + after
  }

  it.prop(
    "reads no mutated text that is not another form of another date",
    [SECOND, FastCheck.nat(3), FastCheck.array(MUTATION, { minLength: 1, maxLength: 3 })],
    ([second, form, mutations]) => {
      const from = Timestamp.fromMillis(second * 1_000)
      const text = mutations.reduce(mutated, forms(second)[form] ?? "").replace(/^[ \t]+|[ \t]+$/g, "")
      const wait = Option.map(RetryAfter.parse(text, from), Duration.toSeconds)
      if (Option.isNone(wait) || /^\d+$/.test(text)) return
      // A date that has passed gives no wait, so it is asked again from long before.
      const early = Option.map(RetryAfter.parse(text, Timestamp.fromMillis(0)), Duration.toSeconds)
      const found = [second + wait.value, Option.getOrElse(early, () => -1)]
      expect(found.flatMap(forms).concat(longAgo(text))).toContain(text)
    },
    { fastCheck: { numRuns: 5_000 } },
  )

  /** A date before 1970, or one whose century is another from 1970: read by the platform, and written as it was. */
  const longAgo = (text: string): ReadonlyArray<string> => {
    const short = /^(\w+), (\d\d)-(\w{3})-(\d\d) (\S+) GMT$/.exec(text)
    const years = ["19", "20", "21"].map(
      (century) => `${short?.[2]} ${short?.[3]} ${century}${short?.[4]} ${short?.[5]} GMT`,
    )
    return (short === null ? [text.endsWith("GMT") ? text : `${text} GMT`] : years)
      .map((date) => Date.parse(date) / 1_000)
      .filter((second) => !Number.isNaN(second))
      .flatMap(forms)
  }
})
