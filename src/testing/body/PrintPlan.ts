/** A plan as bodies of a revision tell it. */
import * as Option from "effect/Option"
import * as Price from "../../domain/balance/Price.js"
import * as Subscription from "../../domain/balance/Subscription.js"
import type { Revision } from "../../domain/balance/wire/Revision.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Fields from "./Fields.js"
import * as Json from "./Json.js"
import * as Published from "./Published.js"
import type { Spelling } from "./Spelling.js"

/** A price. */
export const price = (price: Price.Price, revision: Revision, { usd }: Spelling): Json.Json => {
  switch (price._tag) {
    case "Contract":
      return Json.object(["type", Published.contractPrice(revision)])
    case "Unknown":
      return Json.object(["type", price.raw])
    default:
      return Json.object(
        ["type", price._tag === "Flat" ? "flat" : "per_user"],
        ["interval", Price.Interval.toText(price.interval)],
        ["price", usd(price.price)],
      )
  }
}

const tierType = (type: Subscription.TierType): Json.Json => {
  switch (type._tag) {
    case "Individual":
      return Json.object(["type", "individual"])
    case "Organization":
      return Json.object(["type", "organization"], ["saml_sso", type.samlSso])
    case "Unknown":
      return Json.object(["type", type.raw])
  }
}

const discount =
  (revision: Revision, { double }: Spelling) =>
  (percent: number): Json.Json =>
    Published.isFrom(revision, "2025-07-18") ? double(percent) : Json.number(String(percent))

/** What a refresh sets the monthly credits to, in the model of the revision. */
const allowance = (
  plan: Subscription.Subscription,
  revision: Revision,
  spelling: Spelling,
): ReadonlyArray<Json.Member | undefined> => {
  const { credits, value } = plan.allowance
  const fields = Fields.of(spelling)
  if (Published.isOlderModel(revision))
    return [["pay_as_you_go_credits", spelling.usd(Option.getOrElse(value, () => Usd.zero))]]
  const count = Option.getOrElse(credits, () => 0n)
  const monetary = "monthly_pay_as_you_go_api_credits_monetary_value"
  const isDefault = count === 0n && Option.exists(value, Usd.isZero)
  return [
    fields.defaulted("monthly_pay_as_you_go_api_credits", Json.number(String(count)), count === 0n),
    Option.match(value, {
      onNone: () => undefined,
      onSome: (usd) =>
        fields.defaulted(monetary, spelling.usd(usd), isDefault && Published.isFrom(revision, "2025-09-30")),
    }),
    fields.defaulted("pay_as_you_go_api_credit_price", spelling.usd(plan.creditPrice), Usd.isZero(plan.creditPrice)),
  ]
}

const tier = (plan: Subscription.Subscription, revision: Revision, spelling: Spelling): Json.Json => {
  const { defaulted, list, nullable } = Fields.of(spelling)
  const from = (day: Revision, field: () => Json.Member | undefined) =>
    Published.isFrom(revision, day) ? field() : undefined
  const { BillingMode, Endpoint, ShareLink, SupportTier, Tool, TrainingData } = Subscription
  return Json.object(
    ["name", plan.name],
    from("2025-10-30", () => {
      const text = Option.getOrElse(plan.displayName, () => "")
      return defaulted("display_name", text, text === "")
    }),
    nullable("description", plan.description),
    list(
      "features",
      plan.features.map((info) => Json.object(["info", info])),
    ),
    ["type", tierType(plan.type)],
    ["price", price(plan.price, revision, spelling)],
    from("2024-10-11", () =>
      nullable("annual_discount", Option.map(plan.annualDiscount, discount(revision, spelling))),
    ),
    from("2026-03-31", () =>
      defaulted("billing_mode", BillingMode.toText(plan.billingMode), plan.billingMode._tag === "Standard"),
    ),
    Published.isFrom(revision, "2025-11-10") && !Published.isFrom(revision, "2026-04-02")
      ? defaulted("is_custom_quote", plan.customQuote, !plan.customQuote)
      : undefined,
    from("2025-11-10", () => defaulted("ml_custom_models", plan.customModels, !plan.customModels)),
    ["support_tier", SupportTier.toText(plan.supportTier)],
    ["training_data_behavior", TrainingData.toText(plan.trainingData)],
    from("2025-04-03", () => list("endpoints_included", plan.endpointsIncluded.map(Endpoint.toText))),
    list("zoo_tools_included", plan.toolsIncluded.map(Tool.toText)),
    from("2024-10-11", () => list("share_links", plan.shareLinks.map(ShareLink.toText))),
    ...allowance(plan, revision, spelling),
  )
}

/** The details of a subscription. The secret stands in them where the revision has one, and only where it is given. */
export const details = (
  plan: Subscription.Subscription,
  revision: Revision,
  spelling: Spelling,
  actionClientSecret: string | undefined,
): Json.Json => {
  const { nullable } = Fields.of(spelling)
  const modelingApp: Json.Member = ["modeling_app", tier(plan, revision, spelling)]
  if (!Published.isFrom(revision, "2025-12-17")) return Json.object(modelingApp)
  return Json.object(
    modelingApp,
    nullable("action_type", Option.map(plan.pendingAction, Subscription.PendingAction.toText)),
    nullable("action_client_secret", Option.fromNullable(actionClientSecret)),
  )
}
