import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as DateTime from "effect/DateTime"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as Month from "../../../src/services/export/Month.js"

const time = Arbitrary.make(Timestamp.Timestamp)

describe("Month", () => {
  it.prop("A point in time lies within its month, which bears the name that its text begins with.", [time], ([at]) => {
    const { from, name, to } = Month.of(at)
    expect(DateTime.lessThanOrEqualTo(from, at) && DateTime.lessThan(at, to)).toBe(true)
    expect(name).toBe(Timestamp.format(at).slice(0, 7))
  })

  it.prop("Months follow on one another.", [time], ([at]) => {
    const month = Month.of(at)
    expect(Month.of(month.from)).toEqual(month)
    expect(Month.of(month.to).from).toEqual(month.to)
    expect(Month.of(Timestamp.fromMillis(month.to.epochMillis - 1))).toEqual(month)
  })

  it("December ends with the year.", () => {
    const { from, name, to } = Month.of(Timestamp.unsafeFromText("2026-12-31T23:59:59.999Z"))
    expect([name, Timestamp.format(from), Timestamp.format(to)]).toEqual([
      "2026-12",
      "2026-12-01T00:00:00.000Z",
      "2027-01-01T00:00:00.000Z",
    ])
  })
})
