import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as RefreshSchedule from "../../../src/domain/balance/RefreshSchedule.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"

const at = Timestamp.unsafeFromText
const encode = Schema.encodeSync(RefreshSchedule.RefreshSchedule)

describe("a refresh schedule", () => {
  it("is pending from the named millisecond on", () => {
    const schedule = RefreshSchedule.refreshAt(at("2026-09-01T00:00:00Z"))
    expect(RefreshSchedule.isPending(schedule, at("2026-08-31T23:59:59.999Z"))).toBe(false)
    expect(RefreshSchedule.isPending(schedule, at("2026-09-01T00:00:00Z"))).toBe(true)
    expect(RefreshSchedule.isPending(schedule, at("2026-09-02T00:00:00Z"))).toBe(true)
  })

  it.prop(
    "is pending exactly when its time is not after now",
    { refresh: FastCheck.nat(5), now: FastCheck.nat(5) },
    ({ refresh, now }) => {
      const schedule = RefreshSchedule.refreshAt(Timestamp.fromMillis(refresh))
      expect(RefreshSchedule.isPending(schedule, Timestamp.fromMillis(now))).toBe(refresh <= now)
    },
  )

  it("without a time is never pending", () => {
    expect(RefreshSchedule.isPending(RefreshSchedule.unscheduled, at("9999-01-01T00:00:00Z"))).toBe(false)
  })

  it("is written with its tag, and reads back", () => {
    const schedule = RefreshSchedule.refreshAt(at("2026-09-01T02:00:00.5+02:00"))
    expect(encode(schedule)).toStrictEqual({ _tag: "RefreshAt", at: "2026-09-01T00:00:00.500Z" })
    expect(encode(RefreshSchedule.unscheduled)).toStrictEqual({ _tag: "Unscheduled" })
    for (const each of [schedule, RefreshSchedule.unscheduled]) {
      expect(encode(Schema.decodeUnknownSync(RefreshSchedule.RefreshSchedule)(encode(each)))).toStrictEqual(
        encode(each),
      )
    }
  })

  it("names an existing time", () => {
    for (const written of ["2026-02-30T00:00:00Z", "2026-09-01", ""]) {
      const result = Schema.decodeUnknownEither(RefreshSchedule.RefreshSchedule)({ _tag: "RefreshAt", at: written })
      expect(result._tag, written).toBe("Left")
    }
  })
})
