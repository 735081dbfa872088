/** A subscription plan: what the body says about it and what the billing needs of it. Amounts in whole cents. */
export interface Plan {
  readonly name: string
  readonly displayName: string
  readonly description: string
  /** Monthly credits are set back to this at every refresh. */
  readonly monthlyAllowanceCents: number
  /** A price a month, flat or for each of `members`; a contract renews outside the balance. */
  readonly price:
    | { readonly type: "flat"; readonly cents: number }
    | { readonly type: "per_user"; readonly cents: number; readonly members: number }
    | { readonly type: "contract" }
  /** Percentage off for paying by the year; simulated accounts pay by the month. */
  readonly annualDiscount: number | null
  readonly type: { readonly type: "individual" } | { readonly type: "organization"; readonly saml_sso: boolean }
  readonly features: ReadonlyArray<string>
  readonly endpointsIncluded: ReadonlyArray<"modeling" | "ml" | "file">
  readonly toolsIncluded: ReadonlyArray<"modeling_app" | "text_to_cad">
  readonly shareLinks: ReadonlyArray<"public" | "password_protected" | "organization_only">
  readonly supportTier: "community" | "standard_email" | "priority_email" | "premium"
  readonly trainingDataBehavior: "always" | "default_on" | "default_off"
  readonly customModels: boolean
}

const free: Plan = {
  name: "free",
  displayName: "Free",
  description: "Try the modelling tools",
  monthlyAllowanceCents: 1_000,
  price: { type: "flat", cents: 0 },
  annualDiscount: null,
  type: { type: "individual" },
  features: ["Credits every month", "Community support"],
  endpointsIncluded: [],
  toolsIncluded: ["modeling_app"],
  shareLinks: ["public"],
  supportTier: "community",
  trainingDataBehavior: "always",
  customModels: false,
}

const plus: Plan = {
  ...free,
  name: "plus",
  displayName: "Plus",
  description: "For makers",
  monthlyAllowanceCents: 2_000,
  price: { type: "flat", cents: 2_000 },
  annualDiscount: 10,
  features: ["More credits every month", "Private files"],
  toolsIncluded: ["modeling_app", "text_to_cad"],
  supportTier: "standard_email",
  trainingDataBehavior: "default_on",
}

const pro: Plan = {
  ...plus,
  name: "pro",
  displayName: "Pro",
  description: "For professionals",
  monthlyAllowanceCents: 4_000,
  price: { type: "flat", cents: 4_900 },
  annualDiscount: 12.5,
  features: ["Modelling without limits in the app", "Protected share links", "Support by e-mail"],
  endpointsIncluded: ["modeling"],
  shareLinks: ["public", "password_protected"],
  supportTier: "priority_email",
  trainingDataBehavior: "default_off",
}

const team: Plan = {
  ...pro,
  name: "team",
  displayName: "Team",
  description: "For organizations",
  monthlyAllowanceCents: 15_000,
  price: { type: "per_user", cents: 6_500, members: 4 },
  type: { type: "organization", saml_sso: false },
  features: ["Credits shared by the members", "Links for the organization"],
  endpointsIncluded: ["modeling", "file"],
  shareLinks: ["public", "password_protected", "organization_only"],
  supportTier: "premium",
}

const contract: Plan = {
  ...team,
  name: "contract",
  displayName: "Contract",
  description: "Terms by agreement",
  monthlyAllowanceCents: 0,
  price: { type: "contract" },
  annualDiscount: null,
  type: { type: "organization", saml_sso: true },
  features: ["Credits by agreement", "Single sign-on", "Models of your own"],
  endpointsIncluded: ["modeling", "ml", "file"],
  customModels: true,
}

/** Plausible plans. The prices and allowances of `pro` and `team` are made up. */
export const plans = { free, plus, pro, team, contract }

/** The name of a ready-made plan. */
export type PlanName = keyof typeof plans

/** What a renewal adds to the amount due, in cents; 0 where nothing renews. */
export const renewalCents = ({ price }: Plan): number => {
  switch (price.type) {
    case "flat":
      return price.cents
    case "per_user":
      return price.cents * price.members
    case "contract":
      return 0
  }
}
