/**
 * What was last said about an account beside its balances: whether pay as you go is on, whether the API blocks it, and its collection threshold.
 * Reports use it where they do not ask the API, so that they agree with those that did.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Block from "../../domain/balance/Block.js"
import type * as CollectionThreshold from "../../domain/balance/CollectionThreshold.js"
import type * as Account from "../../domain/history/Account.js"
import * as OverdraftPolicy from "../../domain/runway/OverdraftPolicy.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import type { StoreError } from "./StoreError.js"

/** Pay as you go is on, at the price that the balance tells. */
export const On = Schema.TaggedStruct("On", {})

/** A policy as it was given: `PayAsYouGo{price, rounding} | Blocked | On`. */
export const GivenPolicy = Schema.Union(OverdraftPolicy.PayAsYouGo, OverdraftPolicy.Blocked, On).annotations({
  identifier: "GivenPolicy",
})
/** A policy as it was given: `PayAsYouGo{price, rounding} | Blocked | On`. */
export type GivenPolicy = typeof GivenPolicy.Type

/** The policy that was given last, and when. */
export interface Given {
  readonly policy: GivenPolicy
  readonly at: Timestamp.Timestamp
}

/** What the API last said about a block, and when. */
export interface Told {
  /** `None`: that the account is not blocked. */
  readonly block: Option.Option<Block.Block>
  readonly at: Timestamp.Timestamp
}

/** The collection threshold that the API last told, and when. */
export interface ToldThreshold {
  readonly threshold: CollectionThreshold.CollectionThreshold
  readonly at: Timestamp.Timestamp
}

/** What was last said about an account; each part is `None` where nothing was. */
export interface State {
  readonly overdraft: Option.Option<Given>
  readonly block: Option.Option<Told>
  readonly threshold: Option.Option<ToldThreshold>
}

/** A part that is stored replaces the one before it, except where that one is later by at most this: then two answers crossed. */
export const MAX_REORDER_MS = 60_000

/** A part that says the same as the stored one within this time after it changes nothing, so that frequent reports seldom write. */
export const MIN_REPEAT_MS = 60_000

/** The port. */
export interface Service {
  /** What was last said about an account. */
  readonly find: (account: Account.Account) => Effect.Effect<State, StoreError>
  /** Stores the parts that are present. Fails with `StoreReadOnly` where that would change a history that is opened for reading only. */
  readonly note: (account: Account.Account, state: Partial<State>) => Effect.Effect<void, StoreError>
}

/** What was last said about accounts. */
export class BillingState extends Context.Tag("zoo-runway/BillingState")<BillingState, Service>() {}
