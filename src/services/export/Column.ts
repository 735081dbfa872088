/**
 * The columns of a table of snapshots, one row each: what CSV and Parquet files hold. `null` is what the body did not tell.
 *
 * A row loses nothing: what has no column of its own stands in `subscription` and `enterprise_price`, as JSON text.
 */
import * as Option from "effect/Option"
import * as AmountDue from "../../domain/balance/AmountDue.js"
import * as Pool from "../../domain/balance/Pool.js"
import * as Price from "../../domain/balance/Price.js"
import * as Subscription from "../../domain/balance/Subscription.js"
import * as Account from "../../domain/history/Account.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"
import type * as Usd from "../../domain/money/Usd.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as CanonicalText from "./CanonicalText.js"
import * as CreditUnit from "./CreditUnit.js"

interface Of<A> {
  readonly name: string
  /** Whether every snapshot has it: it is never `null`. */
  readonly required: boolean
  readonly value: (snapshot: Snapshot.Snapshot) => A | null
}

/** Text. */
export interface Text extends Of<string> {
  readonly kind: "Text"
}

/** Milliseconds since 1970 UTC. */
export interface Time extends Of<number> {
  readonly kind: "Time"
}

/** Whole nano-dollars, of so many digits at most. */
export interface Money extends Of<bigint> {
  readonly kind: "Money"
  readonly digits: number
}

/** API credits: 0 to 2^64 - 1. */
export interface Count extends Of<bigint> {
  readonly kind: "Count"
}

/** A column. */
export type Column = Text | Time | Money | Count

type Value<A> = (snapshot: Snapshot.Snapshot) => Option.Option<A>

const orNull =
  <A, B>(value: Value<A>, to: (value: A) => B) =>
  (snapshot: Snapshot.Snapshot): B | null => {
    const found = value(snapshot)
    return found._tag === "Some" ? to(found.value) : null
  }

const identity = <A>(value: A): A => value
const millis = (time: Timestamp.Timestamp): number => time.epochMillis
const nanos = (usd: Usd.Usd): bigint => usd.value

/** The digits of an amount, nine of them decimals: below 9.2e9 dollars. */
const AMOUNT = 19
/** The digits of the sum of two amounts. */
const SUM = 20

const always = {
  text: (name: string, value: (snapshot: Snapshot.Snapshot) => string): Column => ({
    kind: "Text",
    name,
    required: true,
    value,
  }),
  time: (name: string, value: (snapshot: Snapshot.Snapshot) => Timestamp.Timestamp): Column => ({
    kind: "Time",
    name,
    required: true,
    value: (snapshot) => millis(value(snapshot)),
  }),
  usd: (name: string, digits: number, value: (snapshot: Snapshot.Snapshot) => Usd.Usd): Column => ({
    kind: "Money",
    name,
    digits,
    required: true,
    value: (snapshot) => nanos(value(snapshot)),
  }),
}

const maybe = {
  text: (name: string, value: Value<string>): Column => ({
    kind: "Text",
    name,
    required: false,
    value: orNull(value, identity),
  }),
  time: (name: string, value: Value<Timestamp.Timestamp>): Column => ({
    kind: "Time",
    name,
    required: false,
    value: orNull(value, millis),
  }),
  usd: (name: string, value: Value<Usd.Usd>): Column => ({
    kind: "Money",
    name,
    digits: AMOUNT,
    required: false,
    value: orNull(value, nanos),
  }),
  credits: (name: string, value: Value<bigint>): Column => ({
    kind: "Count",
    name,
    required: false,
    value: orNull(value, identity),
  }),
}

const plan =
  <A>(value: (subscription: Subscription.Subscription) => A): Value<A> =>
  ({ balance }) =>
    Option.map(balance.subscription, value)

const planned =
  <A>(value: (subscription: Subscription.Subscription) => Option.Option<A>): Value<A> =>
  ({ balance }) =>
    Option.flatMap(balance.subscription, value)

const granted = ({ stable }: Snapshot.Snapshot["balance"]) =>
  stable._tag === "Granted" ? Option.some(stable) : Option.none()

const prePaid = ({ stable }: Snapshot.Snapshot["balance"]) =>
  stable._tag === "PrePaid" ? Option.some(stable) : Option.none()

const tierType = ({ type }: Subscription.Subscription): string =>
  type._tag === "Individual" ? "individual" : type._tag === "Organization" ? "organization" : type.raw

const priceType = ({ price }: Subscription.Subscription): string => {
  const names = { Flat: "flat", PerUser: "per_user", Contract: "contract" }
  return price._tag === "Unknown" ? price.raw : names[price._tag]
}

const priced = ({ price }: Subscription.Subscription) =>
  price._tag === "Flat" || price._tag === "PerUser" ? Option.some(price) : Option.none()

/** All columns, in their order. */
export const all: ReadonlyArray<Column> = [
  always.text("base_url", ({ account }) => account.baseUrl),
  always.text("subject", ({ account }) => Account.formatOwner(account.owner)),
  always.time("observed_at", ({ observedAt }) => observedAt),
  always.time("updated_at", ({ balance }) => balance.updatedAt),
  always.time("created_at", ({ balance }) => balance.createdAt),
  always.usd("monthly_usd", AMOUNT, ({ balance }) => balance.monthly.value),
  maybe.credits("monthly_credits", ({ balance }) => balance.monthly.credits),
  always.usd("stable_usd", SUM, ({ balance }) => Pool.stableValue(balance.stable)),
  maybe.credits("stable_credits", ({ balance }) => Option.map(granted(balance), ({ credits }) => credits)),
  maybe.usd("prepaid_cash_usd", ({ balance }) => Option.map(prePaid(balance), ({ cash }) => cash)),
  maybe.usd("prepaid_credits_usd", ({ balance }) => Option.map(prePaid(balance), ({ credits }) => credits)),
  maybe.usd("due_usd", ({ balance }) => AmountDue.known(balance.due)),
  maybe.time("refresh_at", ({ balance: { refresh } }) =>
    refresh._tag === "RefreshAt" ? Option.some(refresh.at) : Option.none(),
  ),
  maybe.text("subscription_id", ({ balance }) => balance.subscriptionId),
  maybe.text(
    "plan_name",
    plan(({ name }) => name),
  ),
  maybe.text(
    "plan_display_name",
    planned(({ displayName }) => displayName),
  ),
  maybe.text("plan_type", plan(tierType)),
  maybe.text("price_type", plan(priceType)),
  maybe.usd(
    "price_usd",
    planned((subscription) => Option.map(priced(subscription), ({ price }) => price)),
  ),
  maybe.text(
    "price_interval",
    planned((subscription) => Option.map(priced(subscription), ({ interval }) => Price.Interval.toText(interval))),
  ),
  maybe.text(
    "billing_mode",
    plan(({ billingMode }) => Subscription.BillingMode.toText(billingMode)),
  ),
  maybe.usd(
    "allowance_usd",
    planned(({ allowance }) => allowance.value),
  ),
  maybe.credits(
    "allowance_credits",
    planned(({ allowance }) => allowance.credits),
  ),
  maybe.usd("credit_price_usd", planned(Subscription.creditPrice)),
  maybe.text(
    "support_tier",
    plan(({ supportTier }) => Subscription.SupportTier.toText(supportTier)),
  ),
  maybe.text("balance_id", ({ balance }) => balance.id),
  maybe.text("map_id", ({ balance }) => balance.mapId),
  maybe.text("enterprise_price", ({ balance }) => Option.map(balance.enterprisePrice, CanonicalText.price)),
  maybe.text("subscription", ({ balance }) => Option.map(balance.subscription, CanonicalText.subscription)),
  maybe.text("credit_unit", CreditUnit.of),
]
