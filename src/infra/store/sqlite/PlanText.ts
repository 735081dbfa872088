/** The slowly changing parts of a balance as canonical JSON text: what many snapshots have in common, kept once. */
import * as Either from "effect/Either"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as CustomerBalance from "../../../domain/balance/CustomerBalance.js"

const Plan = CustomerBalance.CustomerBalance.pick("subscription", "subscriptionId", "enterprisePrice", "id", "mapId")
/** `{ subscription, subscriptionId, enterprisePrice, id, mapId }` of a balance. */
export type Plan = typeof Plan.Type

const encodePlan = Schema.encodeEither(Plan)

/** A balance's plan to its text; fails where a part is outside of its schema. */
export const encode = (balance: CustomerBalance.CustomerBalance): Either.Either<string, ParseResult.ParseError> => {
  const { subscription, subscriptionId, enterprisePrice, id, mapId } = balance
  return Either.map(encodePlan({ subscription, subscriptionId, enterprisePrice, id, mapId }), (plan) =>
    JSON.stringify(plan),
  )
}

/** A plan from its text. */
export const decode = Schema.decodeEither(Schema.parseJson(Plan))

/** Whether two balances have the same plan, and so the same text. */
export const equivalence = Schema.equivalence(Plan)
