/** Snapshots that a file can hold, made ready before anything is locked: what cannot be held shows here. */
import * as Either from "effect/Either"
import type * as CustomerBalance from "../../../domain/balance/CustomerBalance.js"
import type * as Account from "../../../domain/history/Account.js"
import type * as Snapshot from "../../../domain/history/Snapshot.js"
import * as Limits from "../Limits.js"
import { StoreOutOfRange } from "../StoreError.js"
import { keyOf } from "./AccountTable.js"
import * as PlanText from "./PlanText.js"

/** A snapshot, and the text of its plan. */
export interface Entry {
  readonly snapshot: Snapshot.Snapshot
  readonly planText: string
}

interface Known {
  readonly account: Account.Account
  readonly plan: CustomerBalance.CustomerBalance
  readonly text: string
}

/** Accounts whose last plan is remembered. */
const MOST = 1024

/** Makes entries. */
export class Encoder {
  /** Each account, and its last plan: comparing with it costs a fraction of writing its text. */
  private readonly known = new Map<string, Known>()

  /**
   * The entry of a snapshot, or why it has none. Snapshots of one account and plan share both in their entries, so that whoever compares them next
   * is done at once.
   */
  encode(operation: string, snapshot: Snapshot.Snapshot): Either.Either<Entry, StoreOutOfRange> {
    const key = keyOf(snapshot.account)
    const known = this.known.get(key)
    const field = Limits.flaw(snapshot, known !== undefined)
    if (field !== undefined) return Either.left(new StoreOutOfRange({ operation, field }))
    if (known !== undefined && PlanText.equivalence(known.plan, snapshot.balance)) {
      return Either.right({ snapshot: sharing(snapshot, known.account, known.plan), planText: known.text })
    }
    const text = PlanText.encode(snapshot.balance)
    if (Either.isLeft(text)) return Either.left(new StoreOutOfRange({ operation, field: "plan" }))
    if (this.known.size >= MOST) this.known.clear()
    const account = known?.account ?? snapshot.account
    this.known.set(key, { account, plan: snapshot.balance, text: text.right })
    return Either.right({ snapshot: sharing(snapshot, account, snapshot.balance), planText: text.right })
  }
}

/** A snapshot with an equal account and an equal plan in place of its own. */
const sharing = (
  snapshot: Snapshot.Snapshot,
  account: Account.Account,
  plan: CustomerBalance.CustomerBalance,
): Snapshot.Snapshot => {
  const { balance, observedAt } = snapshot
  if (snapshot.account === account && balance.subscription === plan.subscription) return snapshot
  const shared: CustomerBalance.CustomerBalance =
    balance.subscription === plan.subscription
      ? balance
      : {
          monthly: balance.monthly,
          stable: balance.stable,
          due: balance.due,
          refresh: balance.refresh,
          subscriptionId: plan.subscriptionId,
          subscription: plan.subscription,
          enterprisePrice: plan.enterprisePrice,
          id: plan.id,
          mapId: plan.mapId,
          createdAt: balance.createdAt,
          updatedAt: balance.updatedAt,
        }
  return { account, observedAt, balance: shared }
}
