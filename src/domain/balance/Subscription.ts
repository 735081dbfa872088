/** The plan that a balance belongs to, as far as the body tells it. */
import type * as Equivalence_ from "effect/Equivalence"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Credits from "../money/Credits.js"
import * as Usd from "../money/Usd.js"
import * as OpenSet from "./OpenSet.js"
import * as Price from "./Price.js"

/** Support that comes with a plan. `standard` and `priority` became `standard_email` and `priority_email` on 2025-05-10. */
export const SupportTier = OpenSet.make("SupportTier", {
  community: "Community",
  standard: "Standard",
  standard_email: "StandardEmail",
  priority: "Priority",
  priority_email: "PriorityEmail",
  premium: "Premium",
})
/** Support that comes with a plan. */
export type SupportTier = ReturnType<typeof SupportTier.fromText>

/** Whether the customer's data is used for training. */
export const TrainingData = OpenSet.make("TrainingData", {
  always: "Always",
  default_on: "DefaultOn",
  default_off: "DefaultOff",
})
/** `Always | DefaultOn | DefaultOff | Unknown{raw}`. */
export type TrainingData = ReturnType<typeof TrainingData.fromText>

/** Endpoints whose use is included in the plan, without credits. */
export const Endpoint = OpenSet.make("Endpoint", { modeling: "Modeling", ml: "Ml", file: "File" })
/** `Modeling | Ml | File | Unknown{raw}`. */
export type Endpoint = ReturnType<typeof Endpoint.fromText>

/** Tools whose use is included in the plan, without credits. */
export const Tool = OpenSet.make("Tool", {
  modeling_app: "ModelingApp",
  text_to_cad: "TextToCad",
  diff_chrome_extension: "DiffChromeExtension",
})
/** `ModelingApp | TextToCad | DiffChromeExtension | Unknown{raw}`. */
export type Tool = ReturnType<typeof Tool.fromText>

/** Who can be given access to a share link. */
export const ShareLink = OpenSet.make("ShareLink", {
  public: "Public",
  password_protected: "PasswordProtected",
  organization_only: "OrganizationOnly",
})
/** `Public | PasswordProtected | OrganizationOnly | Unknown{raw}`. */
export type ShareLink = ReturnType<typeof ShareLink.fromText>

/** Who owns billing: the plan's own prices, or a contract. */
export const BillingMode = OpenSet.make("BillingMode", { standard: "Standard", contract: "Contract" })
/** `Standard | Contract | Unknown{raw}`. */
export type BillingMode = ReturnType<typeof BillingMode.fromText>

/** What the customer still has to do about a payment. The secret that comes with it on the wire is dropped at the gate. */
export const PendingAction = OpenSet.make("PendingAction", {
  payment_intent: "PaymentIntent",
  setup_intent: "SetupIntent",
})
/** `PaymentIntent | SetupIntent | Unknown{raw}`. */
export type PendingAction = ReturnType<typeof PendingAction.fromText>

const Individual = Schema.TaggedStruct("Individual", {})
const Organization = Schema.TaggedStruct("Organization", { samlSso: Schema.Boolean })
const UnknownTierType = Schema.TaggedStruct("Unknown", { raw: Schema.String })

/** Whom the plan is for: `Individual | Organization{samlSso} | Unknown{raw}`. */
export const TierType = Schema.Union(Individual, Organization, UnknownTierType).annotations({ identifier: "TierType" })
/** `Individual | Organization{samlSso} | Unknown{raw}`. */
export type TierType = typeof TierType.Type

/**
 * A field whose absence has a published meaning, `value`. Canonical JSON writes the meaning; it is also what `null` reads as, which the first
 * history files have for an absent field.
 */
const orDefault = <A, I>(schema: Schema.Schema<A, I>, value: A): Schema.Schema<A, I | null> =>
  Schema.transform(Schema.NullOr(schema), Schema.typeSchema(schema), {
    strict: true,
    decode: (told) => told ?? value,
    encode: (known) => known,
  })

/**
 * The plan. `allowance` is what a refresh sets the monthly credits to (the tier's `monthly_pay_as_you_go_api_credits…`, older:
 * `pay_as_you_go_credits`, in spite of the names); its value is `None` where the body tells credits and no value. `creditPrice` is dollars a
 * credit, where 0 means that the body does not tell it.
 *
 * A body that leaves out what has a published default, because it is older than the field or because the field may be absent, means the default:
 * standard billing, no custom quote, no custom models, a price of 0. So the same plan told by two revisions is the same value.
 */
export const Subscription = Schema.Struct({
  name: Schema.String,
  displayName: Schema.OptionFromNullOr(Schema.String),
  description: Schema.OptionFromNullOr(Schema.String),
  features: Schema.Array(Schema.String),
  type: TierType,
  price: Price.Price,
  annualDiscount: Schema.OptionFromNullOr(Schema.Finite.pipe(Schema.nonNegative())),
  billingMode: orDefault(BillingMode.schema, BillingMode.fromText("standard")),
  customQuote: orDefault(Schema.Boolean, false),
  customModels: orDefault(Schema.Boolean, false),
  supportTier: SupportTier.schema,
  trainingData: TrainingData.schema,
  endpointsIncluded: Schema.Array(Endpoint.schema),
  toolsIncluded: Schema.Array(Tool.schema),
  shareLinks: Schema.Array(ShareLink.schema),
  allowance: Schema.Struct({
    value: Schema.OptionFromNullOr(Usd.FromText),
    credits: Schema.OptionFromNullOr(Credits.FromText),
  }),
  creditPrice: orDefault(Usd.FromText, Usd.zero),
  pendingAction: Schema.OptionFromNullOr(PendingAction.schema),
}).annotations({ identifier: "Subscription" })
/** The plan that a balance belongs to. */
export type Subscription = typeof Subscription.Type

/** Dollars a credit where the body tells it: 0 tells nothing. */
export const creditPrice = (self: Subscription): Option.Option<Usd.Usd> =>
  Usd.isPositive(self.creditPrice) ? Option.some(self.creditPrice) : Option.none()

/** What a renewal costs where the plan has one price for the whole subscription. */
export const renewalPrice = (self: Subscription): Option.Option<Usd.Usd> =>
  self.price._tag === "Flat" && Usd.isPositive(self.price.price) ? Option.some(self.price.price) : Option.none()

/** Whether a contract owns billing: then no calendar month refreshes the credits. */
export const isContract = (self: Subscription): boolean =>
  self.price._tag === "Contract" || self.billingMode._tag === "Contract"

type Member = { readonly _tag: string; readonly raw?: string }

// Known members of a set are one object each; an unknown one has a text.
const sameMember = (a: Member, b: Member): boolean => a === b || (a._tag === b._tag && a.raw === b.raw)

const sameMembers = (a: ReadonlyArray<Member>, b: ReadonlyArray<Member>): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (!sameMember(a[index] as Member, b[index] as Member)) return false
  return true
}

const sameTexts = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): boolean => {
  if (a === b) return true
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

const sameOption = <A>(
  a: Option.Option<A>,
  b: Option.Option<A>,
  same: (a: A, b: A) => boolean = (a, b) => a === b,
): boolean => (Option.isSome(a) ? Option.isSome(b) && same(a.value, b.value) : Option.isNone(b))

const sameType = (a: TierType, b: TierType): boolean => {
  if (a._tag === "Organization") return b._tag === "Organization" && a.samlSso === b.samlSso
  return sameMember(a, b)
}

/** Whether two plans are the same in every part: what the schema's own equivalence tells, at a fraction of its cost. */
export const equivalence: Equivalence_.Equivalence<Subscription> = (a, b) =>
  a === b ||
  (a.name === b.name &&
    sameOption(a.displayName, b.displayName) &&
    sameOption(a.description, b.description) &&
    sameTexts(a.features, b.features) &&
    sameType(a.type, b.type) &&
    Price.same(a.price, b.price) &&
    sameOption(a.annualDiscount, b.annualDiscount) &&
    sameMember(a.billingMode, b.billingMode) &&
    a.customQuote === b.customQuote &&
    a.customModels === b.customModels &&
    sameMember(a.supportTier, b.supportTier) &&
    sameMember(a.trainingData, b.trainingData) &&
    sameMembers(a.endpointsIncluded, b.endpointsIncluded) &&
    sameMembers(a.toolsIncluded, b.toolsIncluded) &&
    sameMembers(a.shareLinks, b.shareLinks) &&
    sameOption(a.allowance.value, b.allowance.value, Usd.Equivalence) &&
    sameOption(a.allowance.credits, b.allowance.credits) &&
    Usd.Equivalence(a.creditPrice, b.creditPrice) &&
    sameOption(a.pendingAction, b.pendingAction, sameMember))
