/** Which overdraft policy a report uses, and where it comes from. Pure but for {@link note}, which stores what was said. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Block from "../domain/balance/Block.js"
import type * as CollectionThreshold from "../domain/balance/CollectionThreshold.js"
import type * as Account from "../domain/history/Account.js"
import type * as Consumption from "../domain/history/Consumption.js"
import type * as Usd from "../domain/money/Usd.js"
import * as OverdraftPolicy from "../domain/runway/OverdraftPolicy.js"
import type * as Timestamp from "../domain/time/Timestamp.js"
import type * as BillingState from "../infra/store/BillingState.js"

/** What the API says about an account beside its balance. */
export interface Told {
  /** When the answer arrived. */
  readonly at: Timestamp.Timestamp
  /** Whether pay as you go is on; `None` for an organisation, of which the API does not tell it. */
  readonly allowPayAsYouGo: Option.Option<boolean>
  /** Why the API stopped service; `None` where it did not. */
  readonly block: Option.Option<Block.Block>
  /** The collection threshold; `None` where the API did not tell it. */
  readonly threshold: Option.Option<CollectionThreshold.CollectionThreshold>
}

/** The policy of pay as you go that is on or off, at the price that the balance tells. */
export const switched = (on: boolean): BillingState.GivenPolicy => (on ? { _tag: "On" } : OverdraftPolicy.blocked)

/** Longest time that a report or a reading waits until what was said is stored. */
const STORE_TIMEOUT = "1 second"

/** Stores what was said about an account. A history that cannot be written affects later reports, and not this one. */
export const note = (
  billing: BillingState.Service,
  account: Account.Account,
  state: Partial<BillingState.State>,
): Effect.Effect<void> => billing.note(account, state).pipe(Effect.timeout(STORE_TIMEOUT), Effect.ignore)

/** {@link note} of what the API says. */
export const noteTold = (
  billing: BillingState.Service,
  account: Account.Account,
  { allowPayAsYouGo, at, block, threshold }: Told,
): Effect.Effect<void> =>
  note(billing, account, {
    block: Option.some({ block, at }),
    overdraft: Option.map(allowPayAsYouGo, (on) => ({ policy: switched(on), at })),
    threshold: Option.map(threshold, (told) => ({ threshold: told, at })),
  })

/** What is known of an account's policy. */
export interface Evidence {
  /** Of this report, in this order: an option of the call, the configuration, the API's answer to this call. */
  readonly given: Option.Option<BillingState.GivenPolicy>
  /** The one given last before it. */
  readonly stored: Option.Option<BillingState.Given>
  readonly consumption: Consumption.Consumption
  /** The beginning of the previous cycle: a charge before it is no evidence of charges now. */
  readonly since: Timestamp.Timestamp
  /** Dollars a credit: as the balance tells it, else as published for the unit of its credits. */
  readonly price: Usd.Usd
}

const isOff = ({ _tag }: BillingState.GivenPolicy): boolean => _tag === "Blocked"

/** A policy as a projection uses it. */
const policyOf = (given: BillingState.GivenPolicy, price: Usd.Usd): OverdraftPolicy.OverdraftPolicy =>
  given._tag === "On" ? OverdraftPolicy.payAsYouGo(price) : given

/** The intervals that begin at or after a time: one that spans it may have been used up before it. */
const after = (consumption: Consumption.Consumption, { epochMillis }: Timestamp.Timestamp): Consumption.Consumption => {
  const isAfter = ({ from }: Consumption.Interval): boolean => from.epochMillis >= epochMillis
  return {
    ...consumption,
    credits: consumption.credits.filter(isAfter),
    payAsYouGo: consumption.payAsYouGo.filter(isAfter),
  }
}

/**
 * The policy, by the first of these that applies: given, stored, observed. A stored one that the history after it contradicts gives way to the
 * observed one, and is then its `overruled`.
 */
export const choose = ({ consumption, given, price, since, stored }: Evidence): OverdraftPolicy.Sourced => {
  if (Option.isSome(given)) return OverdraftPolicy.sourced(policyOf(given.value, price), "given")
  const observed = (within: Consumption.Consumption) =>
    Option.map(OverdraftPolicy.observed(within, { since, price }), ({ policy }) => policy)
  if (Option.isNone(stored)) {
    return Option.match(observed(consumption), {
      onNone: () => OverdraftPolicy.unknown,
      onSome: (policy) => OverdraftPolicy.sourced(policy, "observed"),
    })
  }
  const { at, policy } = stored.value
  const contradicting = Option.filter(observed(after(consumption, at)), (found) => isOff(found) !== isOff(policy))
  return Option.match(contradicting, {
    onNone: () => OverdraftPolicy.sourced(policyOf(policy, price), "stored"),
    onSome: (found) => ({
      ...OverdraftPolicy.sourced(found, "observed"),
      overruled: { policy: policyOf(policy, price), at },
    }),
  })
}
