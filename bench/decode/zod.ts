/** The reference body as zod 4 says it, over a schema of money. */
import type * as BigDecimal from "effect/BigDecimal"
import * as z from "zod"
import { type Candidate, type Input, present } from "./Evidence.js"

/** Whole nano-dollars, or a decimal. */
type Exact = bigint | BigDecimal.BigDecimal

/** A plain decimal, at most ten digits before the point and nine behind. */
export const DECIMAL = /^-?\d{1,10}(?:\.\d{1,9})?$/

const bodyOf = (money: z.ZodType<Exact>) => {
  const date = z.iso.datetime({ offset: true }).transform((text) => new Date(text))
  const credits = z.int().nonnegative().transform(BigInt)
  const interval = z.enum(["day", "week", "month", "year"])
  const price = z.discriminatedUnion("type", [
    z.object({ type: z.literal("flat"), interval, price: money }),
    z.object({ type: z.literal("per_user"), interval, price: money }),
    z.object({ type: z.literal("enterprise") }),
  ])
  const tier = z.object({
    name: z.enum(["free", "pro", "team", "enterprise"]),
    description: z.string(),
    features: z.array(z.object({ info: z.string() })).nullish(),
    type: z.discriminatedUnion("type", [
      z.object({ type: z.literal("individual") }),
      z.object({ type: z.literal("organization"), saml_sso: z.boolean() }),
    ]),
    price,
    annual_discount: z.number().nonnegative().nullish(),
    support_tier: z.enum(["community", "standard", "premium", "priority"]),
    training_data_behavior: z.enum(["always", "default_on", "default_off"]),
    endpoints_included: z.array(z.enum(["modeling", "ml", "file"])).nullish(),
    zoo_tools_included: z.array(z.enum(["modeling_app", "text_to_cad", "diff_chrome_extension"])).nullish(),
    share_links: z.array(z.enum(["public", "password_protected", "organization_only"])).nullish(),
    monthly_pay_as_you_go_api_credits: credits,
    monthly_pay_as_you_go_api_credits_monetary_value: money,
    pay_as_you_go_api_credit_price: money,
  })
  return z.object({
    id: z.uuid(),
    map_id: z.uuid(),
    created_at: date,
    updated_at: date,
    monthly_api_credits_remaining: credits,
    monthly_api_credits_remaining_monetary_value: money,
    stable_api_credits_remaining: credits,
    stable_api_credits_remaining_monetary_value: money,
    total_due: money.nullish(),
    subscription_id: z.string().nullish(),
    subscription_details: z.object({ modeling_app: tier }).nullish(),
    modeling_app_enterprise_price: price.nullish(),
  })
}

type Body = z.output<ReturnType<typeof bodyOf>>

/** zod 4 over `JSON.parse`; `money` reads the form that the input has, `show` writes what it made. */
export const candidate = (
  { text }: Input,
  money: z.ZodType<Exact>,
  show: (money: Exact) => string,
): Candidate<Body> => {
  const body = bodyOf(money)
  return {
    run: () => body.parse(JSON.parse(text)),
    evidence: (found) => {
      const tier = present(found.subscription_details).modeling_app
      const enterprise = present(found.modeling_app_enterprise_price)
      if (tier.type.type !== "organization" || tier.price.type !== "per_user" || enterprise.type !== "per_user") {
        throw new Error("another member")
      }
      return {
        monthly: show(found.monthly_api_credits_remaining_monetary_value),
        stable: show(found.stable_api_credits_remaining_monetary_value),
        due: show(present(found.total_due)),
        allowance: show(tier.monthly_pay_as_you_go_api_credits_monetary_value),
        creditPrice: show(tier.pay_as_you_go_api_credit_price),
        price: show(tier.price.price),
        enterprisePrice: show(enterprise.price),
        credits: String(found.monthly_api_credits_remaining),
        updatedAt: found.updated_at.getTime(),
        samlSso: tier.type.saml_sso,
        supportTier: tier.support_tier,
      }
    },
  }
}
