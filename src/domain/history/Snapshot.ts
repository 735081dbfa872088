/** One look at a balance: whose, when it was observed, and what it said. */
import * as DateTime from "effect/DateTime"
import * as Equivalence_ from "effect/Equivalence"
import * as Option from "effect/Option"
import * as Order_ from "effect/Order"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../balance/CustomerBalance.js"
import * as Pool from "../balance/Pool.js"
import * as Subscription from "../balance/Subscription.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Account from "./Account.js"

/**
 * A decoded balance with its account and the time of observation, which is ours; `balance.updatedAt` is the server's.
 */
export const Snapshot = Schema.Struct({
  account: Account.Account,
  observedAt: Timestamp.FromText,
  balance: CustomerBalance.CustomerBalance,
}).annotations({ identifier: "Snapshot" })
/** One look at a balance. */
export type Snapshot = typeof Snapshot.Type

/** A snapshot from its parts. */
export const make = (
  account: Account.Account,
  observedAt: Timestamp.Timestamp,
  balance: CustomerBalance.CustomerBalance,
): Snapshot => ({ account, observedAt, balance })

/** What monthly credits are left. */
export const monthly = (self: Snapshot): Usd.Usd => self.balance.monthly.value

/** What stable credits are left. */
export const stable = (self: Snapshot): Usd.Usd => Pool.stableValue(self.balance.stable)

/** What a refresh sets the monthly credits to, where the plan tells it. */
export const allowance = (self: Snapshot): Option.Option<Usd.Usd> =>
  Option.flatMap(self.balance.subscription, (subscription) => subscription.allowance.value)

/** Snapshots by time of observation, then by the server's time. */
export const Order: Order_.Order<Snapshot> = Order_.combine(
  Order_.mapInput(DateTime.Order, (self: Snapshot) => self.observedAt),
  Order_.mapInput(DateTime.Order, (self: Snapshot) => self.balance.updatedAt),
)

const sameCredits = Option.getEquivalence<bigint>(Equivalence_.strict())
const samePlan = Option.getEquivalence(Subscription.equivalence)

/**
 * Whether two looks say the same: amounts, credits, amount due, refresh and plan. The server's times do not count, and an amount due that
 * was not asked for agrees with a known one.
 */
export const agrees = (a: Snapshot, b: Snapshot): boolean => {
  const [left, right] = [a.balance, b.balance]
  return (
    Usd.Equivalence(left.monthly.value, right.monthly.value) &&
    sameCredits(left.monthly.credits, right.monthly.credits) &&
    Pool.sameStable(left.stable, right.stable) &&
    (left.due._tag === "NotRequested" ||
      right.due._tag === "NotRequested" ||
      Usd.Equivalence(left.due.usd, right.due.usd)) &&
    (left.refresh._tag === "RefreshAt"
      ? right.refresh._tag === "RefreshAt" && left.refresh.at.epochMillis === right.refresh.at.epochMillis
      : right.refresh._tag === "Unscheduled") &&
    samePlan(left.subscription, right.subscription)
  )
}
