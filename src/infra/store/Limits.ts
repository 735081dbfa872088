/** Limits that all engines share, so that one stores a snapshot exactly when the others do. */
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import * as Credits from "../../domain/money/Credits.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"

const isAccount = Schema.is(Account.Account)

const isTime = (self: Timestamp.Timestamp): boolean => Timestamp.isTimestamp(self) && Number.isInteger(self.epochMillis)

/**
 * Finds the first part of a snapshot that cannot be stored; `undefined` where all can: an amount outside its range, a time that is not a whole
 * millisecond of the years 100 to 9999, an id that is not valid. Plans are left to their codec. `isAccountKnown`: the account was found valid before.
 */
export const invalidField = (
  { account, balance, observedAt }: Snapshot.Snapshot,
  isAccountKnown = false,
): string | undefined => {
  const { monthly, stable, due, refresh } = balance
  if (!isAccountKnown && (!isAccount(account) || !account.baseUrl.isWellFormed())) return "account"
  if (!isTime(observedAt)) return "observedAt"
  if (!isTime(balance.updatedAt)) return "updatedAt"
  if (!isTime(balance.createdAt)) return "createdAt"
  if (refresh._tag === "RefreshAt" && !isTime(refresh.at)) return "refresh.at"
  if (!Usd.isInRange(monthly.value)) return "monthly.value"
  if (monthly.credits._tag === "Some" && !Credits.isCredits(monthly.credits.value)) return "monthly.credits"
  if (stable._tag === "Granted" && !Usd.isInRange(stable.value)) return "stable.value"
  if (stable._tag === "Granted" && !Credits.isCredits(stable.credits)) return "stable.credits"
  if (stable._tag === "PrePaid" && !Usd.isInRange(stable.cash)) return "stable.cash"
  if (stable._tag === "PrePaid" && !Usd.isInRange(stable.credits)) return "stable.credits"
  if (due._tag === "Due" && !Usd.isInRange(due.usd)) return "due.usd"
  return undefined
}
