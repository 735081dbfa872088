/** When the monthly credits are refreshed next. Invoices close on another clock, which no body tells. */
import * as Data from "effect/Data"
import * as Option from "effect/Option"
import type { CustomerBalance } from "../balance/CustomerBalance.js"
import * as RefreshSchedule from "../balance/RefreshSchedule.js"
import * as Subscription from "../balance/Subscription.js"
import * as Timestamp from "../time/Timestamp.js"

/**
 * - `Next`: the refresh at `at`, after now.
 * - `Pending`: the refresh of `since` is due, and no body has shown it yet; `at` is the one after it.
 * - `None`: a contract owns billing and names no refresh.
 */
export type NextRefresh = Data.TaggedEnum<{
  Next: { readonly at: Timestamp.Timestamp }
  Pending: { readonly since: Timestamp.Timestamp; readonly at: Timestamp.Timestamp }
  None: {}
}>

/** Constructors and matcher of the three cases. */
export const NextRefresh = Data.taggedEnum<NextRefresh>()

/** The same day and time `months` later, or the last day of that month where it has no such day. */
export const addMonths = (at: Timestamp.Timestamp, months: number): Timestamp.Timestamp => {
  const date = new Date(at.epochMillis)
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + months]
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const timeOfDay = at.epochMillis - Date.UTC(year, date.getUTCMonth(), date.getUTCDate())
  return Timestamp.fromMillis(Date.UTC(year, month, Math.min(date.getUTCDate(), lastDay)) + timeOfDay)
}

/** The first of the next calendar month, 00:00 UTC. */
export const firstOfNextMonth = (now: Timestamp.Timestamp): Timestamp.Timestamp => {
  const date = new Date(now.epochMillis)
  return Timestamp.fromMillis(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1))
}

const firstAfter = (at: Timestamp.Timestamp, now: Timestamp.Timestamp): Timestamp.Timestamp => {
  let months = 1
  while (addMonths(at, months).epochMillis <= now.epochMillis) months++
  return addMonths(at, months)
}

/**
 * The next refresh after `now` as a body observed at `observedAt` tells it, else the first of the next calendar month, unless a contract
 * owns billing. A refresh that came due since, or is late, is pending: no body has shown it yet.
 */
export const nextRefresh = (
  balance: CustomerBalance,
  observedAt: Timestamp.Timestamp,
  now: Timestamp.Timestamp,
): NextRefresh => {
  const { refresh } = balance
  if (refresh._tag === "RefreshAt") {
    return RefreshSchedule.isPending(refresh, now)
      ? NextRefresh.Pending({ since: refresh.at, at: firstAfter(refresh.at, now) })
      : NextRefresh.Next({ at: refresh.at })
  }
  if (Option.exists(balance.subscription, Subscription.isContract)) return NextRefresh.None()
  const [since, at] = [firstOfNextMonth(observedAt), firstOfNextMonth(now)]
  return since.epochMillis <= now.epochMillis ? NextRefresh.Pending({ since, at }) : NextRefresh.Next({ at })
}
