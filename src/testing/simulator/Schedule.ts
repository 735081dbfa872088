import * as Calendar from "./Calendar.js"
import type { Grant } from "./Grants.js"
import type { Settings } from "./Settings.js"

/** What is known to happen beforehand, at its time `at`. */
export type Step =
  | { readonly _tag: "Refresh"; readonly at: number; readonly scheduledAt: number; readonly nextAt: number }
  | ({ readonly _tag: "Grant" } & Grant)
  | { readonly _tag: "BillingDate"; readonly at: number }

/** The last refresh applied by `from` and the first one that was not; `null` where there are none. */
export const refreshesAround = (settings: Settings): { readonly appliedAt: number; readonly nextAt: number } | null => {
  const { refresh, from } = settings
  if (refresh === null) return null
  const lag = refresh.lagSeconds * Calendar.second
  const monthly = monthlyOf(refresh)
  const next = Calendar.monthAfter(monthly, from - lag)
  return { appliedAt: Calendar.occurrence(monthly, next - 1) + lag, nextAt: Calendar.occurrence(monthly, next) }
}

const monthlyOf = (refresh: { readonly day: number; readonly hour: number; readonly minute: number }) => ({
  day: refresh.day,
  time: refresh.hour * Calendar.hour + refresh.minute * Calendar.minute,
})

const refreshes = ({ refresh, from, to }: Settings): ReadonlyArray<Step> => {
  if (refresh === null) return []
  const lag = refresh.lagSeconds * Calendar.second
  const monthly = monthlyOf(refresh)
  return Calendar.occurrences(monthly, from - lag, to - lag).map((scheduledAt) => ({
    _tag: "Refresh",
    at: scheduledAt + lag,
    scheduledAt,
    nextAt: Calendar.occurrence(monthly, Calendar.monthAfter(monthly, scheduledAt)),
  }))
}

const grants = ({ grants, from, to }: Settings): ReadonlyArray<Step> =>
  grants.filter(({ at }) => at > from && at <= to).map((grant) => ({ _tag: "Grant", ...grant }))

const billingDates = ({ billingDay, from, to }: Settings): ReadonlyArray<Step> =>
  Calendar.occurrences({ day: billingDay, time: 12 * Calendar.hour }, from, to).map((at) => ({
    _tag: "BillingDate",
    at,
  }))

/** Refreshes, grants and billing dates in `(from, to]`, oldest first; at one time in this order. */
export const steps = (settings: Settings): ReadonlyArray<Step> =>
  [...refreshes(settings), ...grants(settings), ...billingDates(settings)].sort((a, b) => a.at - b.at)
