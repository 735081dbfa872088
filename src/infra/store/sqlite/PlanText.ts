/** The slowly changing parts of a balance as canonical JSON text: what many snapshots have in common, kept once. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../domain/balance/CustomerBalance.js"
import * as Price from "../../../domain/balance/Price.js"
import * as Subscription from "../../../domain/balance/Subscription.js"

const Plan = CustomerBalance.CustomerBalance.pick("subscription", "subscriptionId", "enterprisePrice", "id", "mapId")
/** `{ subscription, subscriptionId, enterprisePrice, id, mapId }` of a balance. */
export type Plan = typeof Plan.Type

const encodePlan = Schema.encodeEither(Plan)

/** A balance's plan to its text; fails where a part is outside of its schema. */
export const encode = (balance: Plan): Either.Either<string, ParseResult.ParseError> => {
  const { subscription, subscriptionId, enterprisePrice, id, mapId } = balance
  return Either.map(encodePlan({ subscription, subscriptionId, enterprisePrice, id, mapId }), (plan) =>
    JSON.stringify(plan),
  )
}

/** A plan from its text. */
export const decode = Schema.decodeEither(Schema.parseJson(Plan))

const sameText = Option.getEquivalence<string>((a, b) => a === b)
const samePrice = Option.getEquivalence(Price.same)
const sameSubscription = Option.getEquivalence(Subscription.equivalence)

/** Whether two balances have the same plan, and so the same text. */
export const equivalence = (a: Plan, b: Plan): boolean =>
  a === b ||
  (sameSubscription(a.subscription, b.subscription) &&
    sameText(a.subscriptionId, b.subscriptionId) &&
    samePrice(a.enterprisePrice, b.enterprisePrice) &&
    sameText(a.id, b.id) &&
    sameText(a.mapId, b.mapId))
