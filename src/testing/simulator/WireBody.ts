import * as Price from "./Price.js"
import type { Settings } from "./Settings.js"
import type { State } from "./Truth.js"

/** How a body is printed. */
export interface BodyOptions {
  /** Whether `total_due` was asked for; the field is absent otherwise. */
  readonly includeTotalDue: boolean
  /** Money as JSON text with two decimals ("41.20", the default) or as a JSON number (41.2). */
  readonly money?: "text" | "number"
}

const time = (t: number): string => new Date(t).toISOString()

const print = (settings: Settings, state: State, { includeTotalDue, money = "text" }: BodyOptions): string => {
  const usd = (cents: number) => (money === "text" ? Price.dollars(cents) : cents / 100)
  const { plan, refresh } = settings
  const refreshAt = refresh?.announced === true ? state.refreshAt : null
  return JSON.stringify({
    created_at: time(settings.createdAt),
    updated_at: time(state.updatedAt),
    monthly_api_credits_remaining: Price.creditsOf(state.monthlyCents),
    monthly_api_credits_remaining_monetary_value: usd(state.monthlyCents),
    monthly_api_credits_refresh_at: refreshAt === null ? null : time(refreshAt),
    stable_api_credits_remaining: Price.creditsOf(state.stableCents),
    stable_api_credits_remaining_monetary_value: usd(state.stableCents),
    ...(includeTotalDue ? { total_due: usd(state.dueCents) } : {}),
    subscription_id: settings.subscriptionId,
    subscription_details: {
      modeling_app: {
        name: plan.name,
        display_name: plan.displayName,
        description: plan.description,
        features: plan.features.map((info) => ({ info })),
        endpoints_included: plan.endpointsIncluded,
        zoo_tools_included: plan.toolsIncluded,
        share_links: plan.shareLinks,
        support_tier: plan.supportTier,
        training_data_behavior: plan.trainingDataBehavior,
        type: plan.type,
        price:
          plan.price.type === "contract"
            ? { type: "contract" }
            : { type: plan.price.type, interval: "month", price: usd(plan.price.cents) },
        annual_discount: plan.annualDiscount,
        billing_mode: plan.price.type === "contract" ? "contract" : "standard",
        ml_custom_models: plan.customModels,
        monthly_pay_as_you_go_api_credits: Price.creditsOf(plan.monthlyAllowanceCents),
        monthly_pay_as_you_go_api_credits_monetary_value: usd(plan.monthlyAllowanceCents),
        pay_as_you_go_api_credit_price: money === "text" ? Price.dollarsPerCredit : Number(Price.dollarsPerCredit),
      },
    },
  })
}

/**
 * Prints customer balances as JSON text, in the revision of 2026-08-04. Between two changes of the account the last text of
 * each kind is given again, which is most of what a poller asks for.
 */
export const printer = (settings: Settings): ((state: State, options: BodyOptions) => string) => {
  const last = new Map<string, { readonly state: State; readonly text: string }>()
  return (state, options) => {
    const kind = `${options.includeTotalDue} ${options.money ?? "text"}`
    const known = last.get(kind)
    if (known?.state === state) return known.text
    const text = print(settings, state, options)
    last.set(kind, { state, text })
    return text
  }
}

/** The answer of `GET /user` as JSON text. */
export const user = ({ id, email, payAsYouGo, createdAt }: Settings): string =>
  JSON.stringify({
    id,
    email,
    name: "Simulated account",
    allow_pay_as_you_go: payAsYouGo,
    created_at: time(createdAt),
    updated_at: time(createdAt),
  })

/** The answer of `GET /user/org` and `GET /org` as JSON text. */
export const organization = ({ organizationId, email, createdAt }: Settings): string =>
  JSON.stringify({
    id: organizationId,
    name: "Simulated organization",
    billing_email: email,
    created_at: time(createdAt),
    updated_at: time(createdAt),
  })
