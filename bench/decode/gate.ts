/** What this library's gate found. */
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Pool from "../../src/domain/balance/Pool.js"
import type * as Price from "../../src/domain/balance/Price.js"
import * as Subscription from "../../src/domain/balance/Subscription.js"
import * as Usd from "../../src/domain/money/Usd.js"
import { type Evidence, present } from "./Evidence.js"

/** What the gate answers. */
export type Answer = ReturnType<typeof CustomerBalance.decodeText>

const perUser = (price: Price.Price): string => {
  if (price._tag !== "PerUser") throw new Error("another price")
  return Usd.format(price.price)
}

export const evidence = (answer: Answer): Evidence => {
  const { balance } = Either.getOrThrow(answer)
  const { allowance, creditPrice, price, supportTier, type } = Option.getOrThrow(balance.subscription)
  if (balance.due._tag !== "Due" || type._tag !== "Organization") throw new Error("another member")
  return {
    monthly: Usd.format(balance.monthly.value),
    stable: Usd.format(Pool.stableValue(balance.stable)),
    due: Usd.format(balance.due.usd),
    allowance: Usd.format(Option.getOrThrow(allowance.value)),
    creditPrice: Usd.format(creditPrice),
    price: perUser(price),
    enterprisePrice: perUser(Option.getOrThrow(balance.enterprisePrice)),
    credits: String(present(Option.getOrUndefined(balance.monthly.credits))),
    updatedAt: DateTime.toEpochMillis(balance.updatedAt),
    samlSso: type.samlSso,
    supportTier: Subscription.SupportTier.toText(supportTier),
  }
}
