/**
 * The bodies of the wire, in both credit models, as schemas over parsed JSON with exact numbers. They never reach the application.
 *
 * Each field that did not always stand in the contract says when it came and went: that dates a body, and tells what is deprecated in it.
 */
import * as Schema from "effect/Schema"
import * as Price from "../Price.js"
import * as Subscription from "../Subscription.js"
import * as Leaf from "./Leaf.js"
import * as List from "./List.js"
import { CURRENT_MODEL, FieldLife, type Life } from "./Revision.js"

/** JSON has no `undefined`: an exact optional field saves the union with it. */
const absentOr = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })
const maybe = <A>(leaf: Leaf.Leaf<A>) => absentOr(leaf.orNull)
const otherModel = <A>(leaf: Leaf.Leaf<A>) => maybe(Leaf.otherModel(leaf))
const maybeList = <A, I>(element: Schema.Schema<A, I>, published?: number) =>
  absentOr(Schema.NullOr(List.make(element, published)))

/** A required field that came or went with a revision. */
const livedAlways = <A, I>(life: Life, schema: Schema.Schema<A, I>) =>
  Schema.propertySignature(schema).annotations({ [FieldLife]: life })

/** An optional field that came or went with a revision. */
const lived = <A, I>(life: Life, field: Schema.PropertySignature<"?:", A, never, "?:", I>) =>
  field.annotations({ [FieldLife]: life })

const KNOWN_PRICES = ["flat", "per_user", "contract", "enterprise"] as const
const KNOWN_TIER_TYPES = ["individual", "organization"] as const
const KNOWN_NAMES = ["free", "plus", "pro", "team", "enterprise"] as const

const Interval = Leaf.member(Price.Interval, { unknown: { since: "2025-12-17" } })

/** `enterprise` is the older spelling of `contract`, and no drift. */
const PriceBody = Schema.Union(
  Schema.Struct({ type: Schema.Literal("flat"), interval: Interval, price: Leaf.usd }),
  Schema.Struct({ type: Schema.Literal("per_user"), interval: Interval, price: Leaf.usd }),
  Schema.Struct({ type: livedAlways({ since: "2026-04-02" }, Schema.Literal("contract")) }),
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

const SupportTier = Leaf.member(Subscription.SupportTier, {
  standard: { until: "2025-05-10" },
  standard_email: { since: "2025-05-10" },
  priority: { until: "2025-05-10" },
  priority_email: { since: "2025-05-10" },
})
const Tool = Leaf.member(Subscription.Tool, { diff_chrome_extension: { until: "2025-11-07" } })

/** The plan but its allowance, which each credit model tells in its own fields. */
const tier = {
  name: Leaf.textOnceOf(KNOWN_NAMES, "2025-10-30"),
  display_name: lived({ since: "2025-10-30" }, maybe(Leaf.text)),
  description: maybe(Leaf.text),
  features: maybeList(Schema.Struct({ info: Leaf.textOf(1, 80) }), 15),
  type: TierTypeBody,
  price: PriceBody,
  annual_discount: lived({ since: "2024-10-11" }, maybe(Leaf.percentage)),
  billing_mode: lived({ since: "2026-03-31" }, maybe(Leaf.member(Subscription.BillingMode))),
  is_custom_quote: lived({ since: "2025-11-10", until: "2026-04-02" }, maybe(Leaf.boolean)),
  ml_custom_models: lived({ since: "2025-11-10" }, maybe(Leaf.boolean)),
  support_tier: SupportTier,
  training_data_behavior: Leaf.member(Subscription.TrainingData),
  endpoints_included: lived({ since: "2025-04-03" }, maybeList(Leaf.member(Subscription.Endpoint))),
  zoo_tools_included: maybeList(Tool),
  share_links: lived({ since: "2024-10-11" }, maybeList(Leaf.member(Subscription.ShareLink))),
}

const OlderTier = Schema.Struct({
  ...tier,
  pay_as_you_go_credits: Leaf.usd,
  monthly_pay_as_you_go_api_credits: otherModel(Leaf.credits),
  monthly_pay_as_you_go_api_credits_monetary_value: otherModel(Leaf.usd),
  pay_as_you_go_api_credit_price: otherModel(Leaf.usd),
})

const CurrentTier = Schema.Struct({
  ...tier,
  monthly_pay_as_you_go_api_credits: maybe(Leaf.credits),
  monthly_pay_as_you_go_api_credits_monetary_value: maybe(Leaf.usd),
  pay_as_you_go_api_credit_price: maybe(Leaf.usd),
  pay_as_you_go_credits: otherModel(Leaf.usd),
})

type OlderTier = typeof OlderTier.Type
/** The plan on the wire, in the current credit model. */
export type CurrentTier = typeof CurrentTier.Type

const detailsOf = <A extends OlderTier | CurrentTier, I>(modelingApp: Schema.Schema<A, I>) =>
  Schema.Struct({
    modeling_app: modelingApp,
    action_type: lived({ since: "2025-12-17" }, maybe(Leaf.member(Subscription.PendingAction))),
    action_client_secret: lived({ since: "2025-12-17" }, absentOr(Leaf.dropped)),
  })

const OlderDetails = detailsOf(OlderTier)
/** The subscription's details on the wire, without their payment secret, in the older credit model. */
export type OlderDetails = typeof OlderDetails.Type

const CurrentDetails = detailsOf(CurrentTier)
/** The subscription's details on the wire, without their payment secret, in the current credit model. */
export type CurrentDetails = typeof CurrentDetails.Type

const shared = {
  created_at: Leaf.timestamp,
  updated_at: Leaf.timestamp,
  total_due: maybe(Leaf.usd),
  subscription_id: maybe(Leaf.text),
  modeling_app_enterprise_price: lived({ until: "2025-11-04" }, absentOr(Schema.NullOr(PriceBody))),
}

/** The amounts of the older credit model. */
const OLDER_AMOUNTS = ["monthly_credits_remaining", "pre_pay_cash_remaining", "pre_pay_credits_remaining"] as const

/** The amounts of the current one. */
const CURRENT_AMOUNTS = [
  "monthly_api_credits_remaining",
  "monthly_api_credits_remaining_monetary_value",
  "stable_api_credits_remaining",
  "stable_api_credits_remaining_monetary_value",
] as const

const older = livedAlways({ until: CURRENT_MODEL }, Leaf.usd)

/** Bodies before 2025-05-04: three amounts of money and no credits. */
export const Older = Schema.Struct({
  ...shared,
  id: Leaf.uuid,
  map_id: Leaf.uuid,
  monthly_credits_remaining: older,
  pre_pay_cash_remaining: older,
  pre_pay_credits_remaining: older,
  subscription_details: absentOr(Schema.NullOr(OlderDetails)),
  monthly_api_credits_remaining: otherModel(Leaf.credits),
  monthly_api_credits_remaining_monetary_value: otherModel(Leaf.usd),
  stable_api_credits_remaining: otherModel(Leaf.credits),
  stable_api_credits_remaining_monetary_value: otherModel(Leaf.usd),
  monthly_api_credits_refresh_at: otherModel(Leaf.timestamp),
})
/** A body before 2025-05-04. */
export type Older = typeof Older.Type

const identity = () => lived({ until: "2025-10-28", required: true }, absentOr(Leaf.uuid))

/** Bodies since 2025-05-04: monthly and stable credits, each with its monetary value. */
export const Current = Schema.Struct({
  ...shared,
  id: identity(),
  map_id: identity(),
  monthly_api_credits_remaining: Leaf.credits,
  monthly_api_credits_remaining_monetary_value: Leaf.usd,
  stable_api_credits_remaining: Leaf.credits,
  stable_api_credits_remaining_monetary_value: Leaf.usd,
  monthly_api_credits_refresh_at: lived({ since: "2026-08-04" }, maybe(Leaf.timestamp)),
  subscription_details: absentOr(Schema.NullOr(CurrentDetails)),
  monthly_credits_remaining: otherModel(Leaf.usd),
  pre_pay_cash_remaining: otherModel(Leaf.usd),
  pre_pay_credits_remaining: otherModel(Leaf.usd),
})
/** A body since 2025-05-04. */
export type Current = typeof Current.Type

/** Whether a body speaks the older credit model: it has that one whole and not the current one, or amounts of that one alone. */
export const isOlder = (raw: object): boolean => {
  const has = (name: string): boolean => name in raw
  if (CURRENT_AMOUNTS.every(has)) return false
  return OLDER_AMOUNTS.every(has) || (OLDER_AMOUNTS.some(has) && !CURRENT_AMOUNTS.some(has))
}
