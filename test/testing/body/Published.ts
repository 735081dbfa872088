/** What the published descriptions of the API had in each revision, field by field and member by member, for the tests of what tells it. */
import type { Bodies } from "../../../src/testing.js"

/** Fields that came and went. Those of the tier and of the subscription's details have its name before theirs. */
export interface Change {
  readonly came?: ReadonlyArray<string>
  readonly went?: ReadonlyArray<string>
}

/** The fields of the first revision. */
export const first: ReadonlyArray<string> = [
  "id",
  "map_id",
  "monthly_credits_remaining",
  "pre_pay_cash_remaining",
  "pre_pay_credits_remaining",
  "total_due",
  "created_at",
  "updated_at",
  "subscription_id",
  "subscription_details",
  "modeling_app_enterprise_price",
  "details.modeling_app",
  "tier.name",
  "tier.description",
  "tier.features",
  "tier.type",
  "tier.price",
  "tier.support_tier",
  "tier.training_data_behavior",
  "tier.zoo_tools_included",
  "tier.pay_as_you_go_credits",
]

/** How the fields of each revision differ from those of the one before. */
export const changes: Readonly<Record<Bodies.Revision, Change>> = {
  "2024-02-29": {},
  "2024-10-11": { came: ["tier.annual_discount", "tier.share_links"] },
  "2025-04-03": { came: ["tier.endpoints_included"] },
  "2025-05-04": {
    went: [
      "monthly_credits_remaining",
      "pre_pay_cash_remaining",
      "pre_pay_credits_remaining",
      "tier.pay_as_you_go_credits",
    ],
    came: [
      "monthly_api_credits_remaining",
      "monthly_api_credits_remaining_monetary_value",
      "stable_api_credits_remaining",
      "stable_api_credits_remaining_monetary_value",
      "tier.monthly_pay_as_you_go_api_credits",
      "tier.monthly_pay_as_you_go_api_credits_monetary_value",
      "tier.pay_as_you_go_api_credit_price",
    ],
  },
  "2025-05-07": {},
  "2025-05-10": {},
  "2025-07-18": {},
  "2025-07-25": {},
  "2025-09-30": {},
  "2025-10-28": { went: ["id", "map_id"] },
  "2025-10-30": { came: ["tier.display_name"] },
  "2025-11-04": { went: ["modeling_app_enterprise_price"] },
  "2025-11-07": {},
  "2025-11-10": { came: ["tier.is_custom_quote", "tier.ml_custom_models"] },
  "2025-12-17": { came: ["details.action_type", "details.action_client_secret"] },
  "2026-03-31": { came: ["tier.billing_mode"] },
  "2026-04-02": { went: ["tier.is_custom_quote"] },
  "2026-08-04": { came: ["monthly_api_credits_refresh_at"] },
}

/** Fields without which a body is none of any revision that has them. */
export const alwaysRequired: ReadonlyArray<string> = [
  "monthly_credits_remaining",
  "pre_pay_cash_remaining",
  "pre_pay_credits_remaining",
  "monthly_api_credits_remaining",
  "monthly_api_credits_remaining_monetary_value",
  "stable_api_credits_remaining",
  "stable_api_credits_remaining_monetary_value",
  "id",
  "map_id",
  "created_at",
  "updated_at",
  "details.modeling_app",
  "tier.name",
  "tier.type",
  "tier.price",
  "tier.support_tier",
  "tier.training_data_behavior",
  "tier.pay_as_you_go_credits",
]

/** The members of each closed set in a revision. `*` stands for any other text. */
export const members = (revision: Bodies.Revision) => ({
  names: [
    ..."free pro team enterprise".split(" "),
    ...(revision < "2025-07-25" ? [] : ["plus"]),
    ...(revision < "2025-10-30" ? [] : ["*"]),
  ],
  supportTiers:
    revision < "2025-05-10"
      ? ["community", "standard", "premium", "priority"]
      : ["community", "standard_email", "priority_email", "premium"],
  tools: ["modeling_app", "text_to_cad", ...(revision < "2025-11-07" ? ["diff_chrome_extension"] : [])],
  endpoints: revision < "2025-04-03" ? [] : ["modeling", "ml", "file"],
  shareLinks: revision < "2024-10-11" ? [] : ["public", "password_protected", "organization_only"],
  intervals: ["day", "week", "month", "year", ...(revision < "2025-12-17" ? [] : ["unknown"])],
  trainingData: ["always", "default_on", "default_off"],
  billingModes: revision < "2026-03-31" ? ["standard"] : ["standard", "contract"],
  pendingActions: revision < "2025-12-17" ? ["none"] : ["none", "payment_intent", "setup_intent"],
  prices: ["Contract", "Flat", "PerUser"],
  tierTypes: ["Individual", "Organization"],
  stable: [revision < "2025-05-04" ? "PrePaid" : "Granted"],
  due: revision < "2025-05-07" ? ["Due"] : ["Due", "NotRequested"],
  refresh: revision < "2026-08-04" ? ["Unscheduled"] : ["RefreshAt", "Unscheduled"],
  withId: [revision < "2025-10-28"],
  withEnterprisePrice: revision < "2025-11-04" ? [false, true] : [false],
  withAllowanceValue: revision < "2025-09-30" ? [true] : [false, true],
  withDisplayName: revision < "2025-10-30" ? [false] : [false, true],
  withDiscount: revision < "2024-10-11" ? [false] : [false, true],
  wholeDiscount: revision < "2024-10-11" ? [] : revision < "2025-07-18" ? [true] : [false, true],
  customQuote: revision < "2025-11-10" || revision >= "2026-04-02" ? [false] : [false, true],
  customModels: revision < "2025-11-10" ? [false] : [false, true],
})

/** The sets of {@link members}. */
export type Members = ReturnType<typeof members>
