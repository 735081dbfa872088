/** What is left of a plan when a body of some revision tells it. */
import * as Option from "effect/Option"
import type * as OpenSet from "../../domain/balance/OpenSet.js"
import * as Price from "../../domain/balance/Price.js"
import * as Subscription from "../../domain/balance/Subscription.js"
import type { Revision } from "../../domain/balance/wire/Revision.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Conversion from "./Conversion.js"
import * as Published from "./Published.js"

/** The member itself where the revision has it, else the fallback. */
const one = <Tag extends string>(
  set: OpenSet.Definition<Tag>,
  texts: ReadonlyArray<string>,
  member: OpenSet.OpenSet<Tag>,
  fallback: string,
): OpenSet.OpenSet<Tag> => {
  const text = set.toText(member)
  return set.fromText(texts.includes(text) ? text : fallback)
}

/** The members that the revision has. */
const many = <Tag extends string>(
  set: OpenSet.Definition<Tag>,
  texts: ReadonlyArray<string>,
  members: ReadonlyArray<OpenSet.OpenSet<Tag>>,
): ReadonlyArray<OpenSet.OpenSet<Tag>> =>
  members
    .map(set.toText)
    .filter((text) => texts.includes(text))
    .map(set.fromText)

/** A price. An interval that the revision does not have is `unknown` where it has that, else a month; an unknown kind is a contract. */
export const price = (price: Price.Price, revision: Revision): Price.Price => {
  if (price._tag === "Contract" || price._tag === "Unknown") return { _tag: "Contract" }
  const texts = Published.intervals(revision)
  const fallback = texts.includes("unknown") ? "unknown" : "month"
  return { ...price, interval: one(Price.Interval, texts, price.interval, fallback) }
}

const NEWER_SUPPORT = new Map([
  ["standard", "standard_email"],
  ["priority", "priority_email"],
])
const OLDER_SUPPORT = new Map([...NEWER_SUPPORT].map(([older, newer]) => [newer, older]))

const supportTier = (tier: Subscription.SupportTier, revision: Revision): Subscription.SupportTier => {
  const text = Subscription.SupportTier.toText(tier)
  const renamed = Published.isFrom(revision, "2025-05-10") ? NEWER_SUPPORT.get(text) : OLDER_SUPPORT.get(text)
  const member = Subscription.SupportTier.fromText(renamed ?? text)
  return one(Subscription.SupportTier, Published.supportTiers(revision), member, "community")
}

const name = ({ name, type }: Subscription.Subscription, revision: Revision): string => {
  const names = Published.tierNames(revision)
  if (names === undefined || names.includes(name)) return name
  return type._tag === "Organization" ? "team" : "pro"
}

const features = (features: ReadonlyArray<string>): ReadonlyArray<string> =>
  features
    .filter((feature) => feature !== "")
    .slice(0, Published.MOST_FEATURES)
    .map((feature) => [...feature].slice(0, Published.MOST_FEATURE_CHARACTERS).join(""))

const annualDiscount = (discount: Option.Option<number>, revision: Revision): Option.Option<number> => {
  if (!Published.isFrom(revision, "2024-10-11")) return Option.none()
  return Option.map(discount, (percent) =>
    Published.isFrom(revision, "2025-07-18")
      ? Math.abs(percent)
      : Math.min(Math.round(Math.abs(percent)), Number.MAX_SAFE_INTEGER),
  )
}

const allowance = (
  { credits, value }: Subscription.Subscription["allowance"],
  revision: Revision,
): Subscription.Subscription["allowance"] => {
  if (Published.isOlderModel(revision))
    return { value: Option.some(Conversion.valueOf({ value, credits })), credits: Option.none() }
  const count = Conversion.creditsOf({ value, credits })
  // From then on the value may be left out; left out beside no credits it is 0.
  const isTold = Option.isSome(value) || count === 0n || !Published.isFrom(revision, "2025-09-30")
  return {
    value: isTold ? Option.some(Conversion.valueOf({ value, credits })) : Option.none(),
    credits: Option.some(count),
  }
}

/** The plan that a body of a revision can tell. */
export const plan = (plan: Subscription.Subscription, revision: Revision): Subscription.Subscription => {
  const isFrom = (day: Revision): boolean => Published.isFrom(revision, day)
  const { BillingMode, Endpoint, PendingAction, ShareLink, Tool, TrainingData } = Subscription
  return {
    name: name(plan, revision),
    displayName: isFrom("2025-10-30") ? Option.filter(plan.displayName, (text) => text !== "") : Option.none(),
    description: plan.description,
    features: features(plan.features),
    type: plan.type._tag === "Unknown" ? { _tag: "Individual" } : plan.type,
    price: price(plan.price, revision),
    annualDiscount: annualDiscount(plan.annualDiscount, revision),
    billingMode: one(BillingMode, Published.billingModes(revision), plan.billingMode, "standard"),
    customQuote: isFrom("2025-11-10") && !isFrom("2026-04-02") && plan.customQuote,
    customModels: isFrom("2025-11-10") && plan.customModels,
    supportTier: supportTier(plan.supportTier, revision),
    trainingData: one(TrainingData, Published.trainingData, plan.trainingData, "default_on"),
    endpointsIncluded: many(Endpoint, Published.endpoints(revision), plan.endpointsIncluded),
    toolsIncluded: many(Tool, Published.tools(revision), plan.toolsIncluded),
    shareLinks: many(ShareLink, Published.shareLinks(revision), plan.shareLinks),
    allowance: allowance(plan.allowance, revision),
    creditPrice: Published.isOlderModel(revision) ? Usd.zero : plan.creditPrice,
    pendingAction: Option.filter(plan.pendingAction, (action) =>
      Published.pendingActions(revision).includes(PendingAction.toText(action)),
    ),
  }
}
