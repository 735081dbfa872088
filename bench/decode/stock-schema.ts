/** The reference body as effect/Schema says it with the leaves that it brings. */
import * as BigDecimal from "effect/BigDecimal"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Candidate, Input } from "./Evidence.js"

const maybe = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { as: "Option", nullable: true })

const bodyOf = <I>(money: Schema.Schema<BigDecimal.BigDecimal, I>) => {
  const credits = Schema.BigIntFromNumber.pipe(Schema.nonNegativeBigInt())
  const interval = Schema.Literal("day", "week", "month", "year")
  const price = Schema.Union(
    Schema.Struct({ type: Schema.Literal("flat"), interval, price: money }),
    Schema.Struct({ type: Schema.Literal("per_user"), interval, price: money }),
    Schema.Struct({ type: Schema.Literal("enterprise") }),
  )
  const tier = Schema.Struct({
    name: Schema.Literal("free", "pro", "team", "enterprise"),
    description: Schema.String,
    features: maybe(Schema.Array(Schema.Struct({ info: Schema.String }))),
    type: Schema.Union(
      Schema.Struct({ type: Schema.Literal("individual") }),
      Schema.Struct({ type: Schema.Literal("organization"), saml_sso: Schema.Boolean }),
    ),
    price,
    annual_discount: maybe(Schema.NonNegative),
    support_tier: Schema.Literal("community", "standard", "premium", "priority"),
    training_data_behavior: Schema.Literal("always", "default_on", "default_off"),
    endpoints_included: maybe(Schema.Array(Schema.Literal("modeling", "ml", "file"))),
    zoo_tools_included: maybe(Schema.Array(Schema.Literal("modeling_app", "text_to_cad", "diff_chrome_extension"))),
    share_links: maybe(Schema.Array(Schema.Literal("public", "password_protected", "organization_only"))),
    monthly_pay_as_you_go_api_credits: credits,
    monthly_pay_as_you_go_api_credits_monetary_value: money,
    pay_as_you_go_api_credit_price: money,
  })
  return Schema.Struct({
    id: Schema.UUID,
    map_id: Schema.UUID,
    created_at: Schema.DateTimeUtc,
    updated_at: Schema.DateTimeUtc,
    monthly_api_credits_remaining: credits,
    monthly_api_credits_remaining_monetary_value: money,
    stable_api_credits_remaining: credits,
    stable_api_credits_remaining_monetary_value: money,
    total_due: maybe(money),
    subscription_id: maybe(Schema.String),
    subscription_details: maybe(Schema.Struct({ modeling_app: tier })),
    modeling_app_enterprise_price: maybe(price),
  })
}

type Body = ReturnType<typeof bodyOf<string>>["Type"]

const evidence = (found: Body) => {
  const tier = Option.getOrThrow(found.subscription_details).modeling_app
  const enterprise = Option.getOrThrow(found.modeling_app_enterprise_price)
  if (tier.type.type !== "organization" || tier.price.type !== "per_user" || enterprise.type !== "per_user") {
    throw new Error("another member")
  }
  return {
    monthly: BigDecimal.format(found.monthly_api_credits_remaining_monetary_value),
    stable: BigDecimal.format(found.stable_api_credits_remaining_monetary_value),
    due: BigDecimal.format(Option.getOrThrow(found.total_due)),
    allowance: BigDecimal.format(tier.monthly_pay_as_you_go_api_credits_monetary_value),
    creditPrice: BigDecimal.format(tier.pay_as_you_go_api_credit_price),
    price: BigDecimal.format(tier.price.price),
    enterprisePrice: BigDecimal.format(enterprise.price),
    credits: String(found.monthly_api_credits_remaining),
    updatedAt: DateTime.toEpochMillis(found.updated_at),
    samlSso: tier.type.saml_sso,
    supportTier: tier.support_tier,
  }
}

export const make = ({ form, text }: Input): Candidate<Body> => {
  const decode =
    form === "text"
      ? Schema.decodeUnknownSync(bodyOf(Schema.BigDecimal))
      : Schema.decodeUnknownSync(bodyOf(Schema.BigDecimalFromNumber))
  return { run: () => decode(JSON.parse(text)), evidence }
}
