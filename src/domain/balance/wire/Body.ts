/** The bodies of the wire, in both credit models, as schemas over parsed JSON with exact numbers. They never reach the application. */
import * as Schema from "effect/Schema"
import * as Price from "../Price.js"
import * as Subscription from "../Subscription.js"
import * as Leaf from "./Leaf.js"

/** JSON has no `undefined`: an exact optional field saves the union with it. */
const absentOr = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const maybe = <A>(leaf: Leaf.Leaf<A>) => absentOr(leaf.orNull)
const list = <A>(schema: Schema.Schema<A, unknown>) => absentOr(Schema.NullOr(Schema.Array(schema)))

const KNOWN_PRICES = ["flat", "per_user", "contract", "enterprise"] as const
const KNOWN_TIER_TYPES = ["individual", "organization"] as const

/** `enterprise` is the older spelling of `contract`. */
const PriceBody = Schema.Union(
  Schema.Struct({ type: Schema.Literal("flat"), interval: Leaf.member(Price.Interval), price: Leaf.usd }),
  Schema.Struct({ type: Schema.Literal("per_user"), interval: Leaf.member(Price.Interval), price: Leaf.usd }),
  Schema.Struct({ type: Schema.Literal("contract") }),
  Schema.Struct({ type: Schema.Literal("enterprise") }),
  Schema.Struct({ type: Leaf.discriminatorOtherThan(KNOWN_PRICES) }),
)
/** A price on the wire. */
export type PriceBody = typeof PriceBody.Type

const TierTypeBody = Schema.Union(
  Schema.Struct({ type: Schema.Literal("individual") }),
  Schema.Struct({ type: Schema.Literal("organization"), saml_sso: Leaf.boolean }),
  Schema.Struct({ type: Leaf.discriminatorOtherThan(KNOWN_TIER_TYPES) }),
)
/** Whom a plan is for, on the wire. */
export type TierTypeBody = typeof TierTypeBody.Type

const TierBody = Schema.Struct({
  name: Leaf.text,
  display_name: maybe(Leaf.text),
  description: maybe(Leaf.text),
  features: absentOr(Schema.NullOr(Schema.Array(Schema.Struct({ info: Leaf.text })))),
  type: TierTypeBody,
  price: PriceBody,
  annual_discount: maybe(Leaf.percentage),
  billing_mode: maybe(Leaf.member(Subscription.BillingMode)),
  is_custom_quote: maybe(Leaf.boolean),
  ml_custom_models: maybe(Leaf.boolean),
  support_tier: Leaf.member(Subscription.SupportTier),
  training_data_behavior: Leaf.member(Subscription.TrainingData),
  endpoints_included: list(Leaf.member(Subscription.Endpoint)),
  zoo_tools_included: list(Leaf.member(Subscription.Tool)),
  share_links: list(Leaf.member(Subscription.ShareLink)),
  monthly_pay_as_you_go_api_credits: maybe(Leaf.credits),
  monthly_pay_as_you_go_api_credits_monetary_value: maybe(Leaf.usd),
  pay_as_you_go_api_credit_price: maybe(Leaf.usd),
  pay_as_you_go_credits: maybe(Leaf.usd),
})
/** The plan on the wire. */
export type TierBody = typeof TierBody.Type

const DetailsBody = Schema.Struct({
  modeling_app: TierBody,
  action_type: maybe(Leaf.member(Subscription.PendingAction)),
  action_client_secret: absentOr(Leaf.dropped),
})
/** The subscription's details on the wire, without their payment secret. */
export type DetailsBody = typeof DetailsBody.Type

const shared = {
  created_at: Leaf.timestamp,
  updated_at: Leaf.timestamp,
  total_due: maybe(Leaf.usd),
  subscription_id: maybe(Leaf.text),
  subscription_details: absentOr(Schema.NullOr(DetailsBody)),
  modeling_app_enterprise_price: absentOr(Schema.NullOr(PriceBody)),
  id: maybe(Leaf.text),
  map_id: maybe(Leaf.text),
}

/** Bodies since 2025-05-04: monthly and stable credits, each with its monetary value. */
export const Current = Schema.Struct({
  ...shared,
  monthly_api_credits_remaining: Leaf.credits,
  monthly_api_credits_remaining_monetary_value: Leaf.usd,
  stable_api_credits_remaining: Leaf.credits,
  stable_api_credits_remaining_monetary_value: Leaf.usd,
  monthly_api_credits_refresh_at: maybe(Leaf.timestamp),
})
/** A body since 2025-05-04. */
export type Current = typeof Current.Type

/** Bodies before 2025-05-04: three amounts of money and no credits. */
export const Older = Schema.Struct({
  ...shared,
  monthly_credits_remaining: Leaf.usd,
  pre_pay_cash_remaining: Leaf.usd,
  pre_pay_credits_remaining: Leaf.usd,
})
/** A body before 2025-05-04. */
export type Older = typeof Older.Type

/** Whether a body speaks the older credit model: it has one of its amounts and none of the current ones. */
export const isOlder = (raw: object): boolean =>
  ("monthly_credits_remaining" in raw || "pre_pay_cash_remaining" in raw || "pre_pay_credits_remaining" in raw) &&
  !("monthly_api_credits_remaining_monetary_value" in raw || "stable_api_credits_remaining_monetary_value" in raw)
