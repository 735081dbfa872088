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

  it("reads seconds beyond every number as forever, not as no wait", () => {
    expect(millis("9".repeat(400))).toEqual(Option.some(Number.POSITIVE_INFINITY))
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
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
    "1994-11-06T08:49:37Z",
  ])("reads %j as no value", (text) => {
    expect(RetryAfter.parse(text, now)).toEqual(Option.none())
  })

  it.prop("gives back the wait that a date was made from", [FastCheck.integer({ min: 0, max: 1e9 })], ([seconds]) => {
    const then = new Date(now.epochMillis + seconds * 1_000).toUTCString()
    expect(millis(then)).toEqual(Option.some(seconds * 1_000))
  })
})
