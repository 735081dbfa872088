import * as Option from "effect/Option"
import type { CustomerBalance } from "../../../src/domain/balance/CustomerBalance.js"
import * as RefreshSchedule from "../../../src/domain/balance/RefreshSchedule.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { snapshotAt } from "../history/simulated.js"

const balanceOf = (plan: AccountSimulator.PlanName): CustomerBalance =>
  snapshotAt(AccountSimulator.simulate({ seed: 1, from: 0, to: 1, plan }), 0, { includeTotalDue: false }).balance

const standard = balanceOf("pro")

export interface Terms {
  readonly monthly?: Usd.Usd
  readonly stable?: Usd.Usd
  /** Milliseconds since 1970. */
  readonly refreshAt?: number
  readonly contract?: boolean
}

/** A balance on the pro plan: 10 dollars of monthly and none of stable credits, and no time of refresh, unless told otherwise. */
export const balance = ({ contract, monthly, refreshAt, stable }: Terms = {}): CustomerBalance => ({
  ...standard,
  monthly: { value: monthly ?? Usd.unsafeFromText("10"), credits: Option.none() },
  stable: { _tag: "Granted", value: stable ?? Usd.zero, credits: Credits.unsafeFromBigInt(0n) },
  refresh:
    refreshAt === undefined ? RefreshSchedule.unscheduled : RefreshSchedule.refreshAt(Timestamp.fromMillis(refreshAt)),
  subscription: contract === true ? contracted : standard.subscription,
})

const contracted = Option.map(standard.subscription, (subscription) => ({
  ...subscription,
  price: { _tag: "Contract" as const },
}))

/** A look at such a balance. */
export const look = (observedAt: number, terms: Terms = {}): Snapshot.Snapshot =>
  Snapshot.make(
    Account.user(Account.DEFAULT_BASE_URL, "ac585dad-c443-433e-9e24-1ac0d8585a08"),
    Timestamp.fromMillis(observedAt),
    balance(terms),
  )
