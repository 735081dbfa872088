/** Bodies of the wire to the domain's balance. */
import * as Option from "effect/Option"
import * as Credits from "../../money/Credits.js"
import * as Usd from "../../money/Usd.js"
import * as AmountDue from "../AmountDue.js"
import type { CustomerBalance } from "../Balance.js"
import type * as Price from "../Price.js"
import * as RefreshSchedule from "../RefreshSchedule.js"
import * as Subscription from "../Subscription.js"
import type * as Body from "./Body.js"

// By `type` alone: fields that a variant does not have may stand in its body all the same.
const price = (body: Body.PriceBody): Price.Price => {
  switch (body.type) {
    case "flat":
    case "per_user":
      if (!("price" in body)) break
      return { _tag: body.type === "flat" ? "Flat" : "PerUser", interval: body.interval, price: body.price }
    case "contract":
    case "enterprise":
      return { _tag: "Contract" }
  }
  return { _tag: "Unknown", raw: body.type }
}

const tierType = (body: Body.TierTypeBody): Subscription.TierType => {
  if (body.type === "individual") return { _tag: "Individual" }
  return body.type === "organization" && "saml_sso" in body
    ? { _tag: "Organization", samlSso: body.saml_sso }
    : { _tag: "Unknown", raw: body.type }
}

/** What the contract says where a body leaves it out. */
const STANDARD = Subscription.BillingMode.fromText("standard")
const NO_CREDITS = Credits.unsafeFromBigInt(0n)

const nonEmpty = (text: string | null | undefined): Option.Option<string> =>
  Option.filter(Option.fromNullable(text), (written) => written !== "")

const allowanceOfCurrent = (tier: Body.CurrentTier): Subscription.Subscription["allowance"] => {
  const credits = tier.monthly_pay_as_you_go_api_credits ?? NO_CREDITS
  const value = tier.monthly_pay_as_you_go_api_credits_monetary_value ?? tier.pay_as_you_go_credits
  // The published default is 0, which credits beside it belie.
  const untold = credits === NO_CREDITS ? Option.some(Usd.zero) : Option.none()
  return { value: value == null ? untold : Option.some(value), credits: Option.some(credits) }
}

const plan = (
  { action_type, modeling_app: tier }: Body.CurrentDetails | Body.OlderDetails,
  allowance: Subscription.Subscription["allowance"],
  creditPrice: Usd.Usd,
): Subscription.Subscription => ({
  name: tier.name,
  displayName: nonEmpty(tier.display_name),
  description: Option.fromNullable(tier.description),
  features: (tier.features ?? []).map((feature) => feature.info),
  type: tierType(tier.type),
  price: price(tier.price),
  annualDiscount: Option.fromNullable(tier.annual_discount),
  billingMode: tier.billing_mode ?? STANDARD,
  customQuote: tier.is_custom_quote ?? false,
  customModels: tier.ml_custom_models ?? false,
  supportTier: tier.support_tier,
  trainingData: tier.training_data_behavior,
  endpointsIncluded: tier.endpoints_included ?? [],
  toolsIncluded: tier.zoo_tools_included ?? [],
  shareLinks: tier.share_links ?? [],
  allowance,
  creditPrice,
  pendingAction: Option.fromNullable(action_type),
})

const currentPlan = (details: Body.CurrentDetails): Subscription.Subscription =>
  plan(
    details,
    allowanceOfCurrent(details.modeling_app),
    details.modeling_app.pay_as_you_go_api_credit_price ?? Usd.zero,
  )

const olderPlan = (details: Body.OlderDetails): Subscription.Subscription =>
  plan(details, { value: Option.some(details.modeling_app.pay_as_you_go_credits), credits: Option.none() }, Usd.zero)

const shared = (body: Body.Current | Body.Older, subscription: Subscription.Subscription | undefined) => ({
  due: body.total_due == null ? AmountDue.notRequested : AmountDue.due(body.total_due),
  subscriptionId: Option.fromNullable(body.subscription_id),
  subscription: Option.fromNullable(subscription),
  enterprisePrice: Option.map(Option.fromNullable(body.modeling_app_enterprise_price), price),
  id: Option.fromNullable(body.id),
  mapId: Option.fromNullable(body.map_id),
  createdAt: body.created_at,
  updatedAt: body.updated_at,
})

/** A body since 2025-05-04. */
export const current = (body: Body.Current): CustomerBalance => ({
  monthly: {
    value: body.monthly_api_credits_remaining_monetary_value,
    credits: Option.some(body.monthly_api_credits_remaining),
  },
  stable: {
    _tag: "Granted",
    value: body.stable_api_credits_remaining_monetary_value,
    credits: body.stable_api_credits_remaining,
  },
  refresh:
    body.monthly_api_credits_refresh_at == null
      ? RefreshSchedule.unscheduled
      : RefreshSchedule.refreshAt(body.monthly_api_credits_refresh_at),
  ...shared(body, body.subscription_details == null ? undefined : currentPlan(body.subscription_details)),
})

/** A body before 2025-05-04: its pre-paid cash and credits are the two parts of the stable pool. */
export const older = (body: Body.Older): CustomerBalance => ({
  monthly: { value: body.monthly_credits_remaining, credits: Option.none() },
  stable: { _tag: "PrePaid", cash: body.pre_pay_cash_remaining, credits: body.pre_pay_credits_remaining },
  refresh: RefreshSchedule.unscheduled,
  ...shared(body, body.subscription_details == null ? undefined : olderPlan(body.subscription_details)),
})
