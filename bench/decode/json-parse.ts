/** The floor: text to plain values, nothing checked and nothing converted. */
import type { Candidate, Input } from "./Evidence.js"

type Amount = string | number

/** The body as it stands, as far as the evidence needs it. */
interface Body {
  readonly monthly_api_credits_remaining: number
  readonly monthly_api_credits_remaining_monetary_value: Amount
  readonly stable_api_credits_remaining_monetary_value: Amount
  readonly total_due: Amount
  readonly updated_at: string
  readonly modeling_app_enterprise_price: { readonly price: Amount }
  readonly subscription_details: {
    readonly modeling_app: {
      readonly monthly_pay_as_you_go_api_credits_monetary_value: Amount
      readonly pay_as_you_go_api_credit_price: Amount
      readonly price: { readonly price: Amount }
      readonly support_tier: string
      readonly type: { readonly saml_sso: boolean }
    }
  }
}

export const make = ({ text }: Input): Candidate<Body> => ({
  run: () => JSON.parse(text),
  evidence: (body) => {
    const tier = body.subscription_details.modeling_app
    return {
      monthly: String(body.monthly_api_credits_remaining_monetary_value),
      stable: String(body.stable_api_credits_remaining_monetary_value),
      due: String(body.total_due),
      allowance: String(tier.monthly_pay_as_you_go_api_credits_monetary_value),
      creditPrice: String(tier.pay_as_you_go_api_credit_price),
      price: String(tier.price.price),
      enterprisePrice: String(body.modeling_app_enterprise_price.price),
      credits: String(body.monthly_api_credits_remaining),
      updatedAt: Date.parse(body.updated_at),
      samlSso: tier.type.saml_sso,
      supportTier: tier.support_tier,
    }
  },
})
