/**
 * The canonical JSON text of a balance, the very text that `JSON.stringify(CustomerBalance.encode(balance))` gives, put together by hand.
 *
 * The plan is by far its largest part and seldom changes, and a store hands out one object for the same plan: its text is remembered for as
 * long as the object lives.
 */
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import type * as Pool from "../../domain/balance/Pool.js"
import * as Price from "../../domain/balance/Price.js"
import * as Subscription from "../../domain/balance/Subscription.js"
import * as Credits from "../../domain/money/Credits.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Memo from "../../infra/Memo.js"

const encodeSubscription = Schema.encodeSync(Subscription.Subscription)
const encodePrice = Schema.encodeSync(Price.Price)

/** The canonical JSON text of a plan. */
export const subscription: (self: Subscription.Subscription) => string = Memo.byObject((self) =>
  JSON.stringify(encodeSubscription(self)),
)

/** The canonical JSON text of a price. */
export const price: (self: Price.Price) => string = Memo.byObject((self) => JSON.stringify(encodePrice(self)))

const orNull = <A>(option: Option.Option<A>, write: (value: A) => string): string =>
  option._tag === "Some" ? write(option.value) : "null"

const text = (value: string): string => JSON.stringify(value)
const usd = (value: Usd.Usd): string => `"${Usd.format(value)}"`
const credits = (value: Credits.Credits): string => `"${Credits.format(value)}"`
const time = (value: Timestamp.Timestamp): string => `"${Timestamp.format(value)}"`

const stable = (self: Pool.Stable): string =>
  self._tag === "Granted"
    ? `{"_tag":"Granted","value":${usd(self.value)},"credits":${credits(self.credits)}}`
    : `{"_tag":"PrePaid","cash":${usd(self.cash)},"credits":${usd(self.credits)}}`

/** The canonical JSON text of a balance. */
export const balance = (self: CustomerBalance.CustomerBalance): string => {
  const { due, monthly, refresh } = self
  return (
    `{"monthly":{"value":${usd(monthly.value)},"credits":${orNull(monthly.credits, credits)}}` +
    `,"stable":${stable(self.stable)}` +
    `,"due":${due._tag === "Due" ? `{"_tag":"Due","usd":${usd(due.usd)}}` : '{"_tag":"NotRequested"}'}` +
    `,"refresh":${refresh._tag === "RefreshAt" ? `{"_tag":"RefreshAt","at":${time(refresh.at)}}` : '{"_tag":"Unscheduled"}'}` +
    `,"subscriptionId":${orNull(self.subscriptionId, text)}` +
    `,"subscription":${orNull(self.subscription, subscription)}` +
    `,"enterprisePrice":${orNull(self.enterprisePrice, price)}` +
    `,"id":${orNull(self.id, text)}` +
    `,"mapId":${orNull(self.mapId, text)}` +
    `,"createdAt":${time(self.createdAt)}` +
    `,"updatedAt":${time(self.updatedAt)}}`
  )
}
