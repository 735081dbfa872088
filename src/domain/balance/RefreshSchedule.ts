/** When the monthly credits are set back to the plan's allowance, as the body tells it. */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import * as Timestamp from "../time/Timestamp.js"

/** The body names no time (`monthly_api_credits_refresh_at` absent or null): the first of the calendar month UTC, or a contract's terms. */
export const Unscheduled = Schema.TaggedStruct("Unscheduled", {})

/** The body names a time. In the past it means a refresh that is due but not applied yet, unless that is over 400 days ago. */
export const RefreshAt = Schema.TaggedStruct("RefreshAt", { at: Timestamp.FromText })

/** `Unscheduled | RefreshAt{at}`. */
export const RefreshSchedule = Schema.Union(Unscheduled, RefreshAt).annotations({ identifier: "RefreshSchedule" })
/** `Unscheduled | RefreshAt{at}`. */
export type RefreshSchedule = typeof RefreshSchedule.Type

/** No time is named. */
export const unscheduled: RefreshSchedule = { _tag: "Unscheduled" }

/** A named time. */
export const refreshAt = (at: Timestamp.Timestamp): RefreshSchedule => ({ _tag: "RefreshAt", at })

/** A time further in the past than this, in days, announces no refresh. */
const MAX_PENDING_DAYS = 400

/** Whether the named time lies more than 400 days before `now`: such a date is wrong, and no refresh is pending since it. */
export const isLongPast = (self: RefreshSchedule, now: Timestamp.Timestamp): boolean =>
  self._tag === "RefreshAt" && DateTime.lessThan(self.at, DateTime.subtract(now, { days: MAX_PENDING_DAYS }))

/** Whether a refresh is due but not applied: its time is at or before `now`, and at most 400 days before it. */
export const isPending = (self: RefreshSchedule, now: Timestamp.Timestamp): boolean =>
  self._tag === "RefreshAt" && DateTime.lessThanOrEqualTo(self.at, now) && !isLongPast(self, now)
