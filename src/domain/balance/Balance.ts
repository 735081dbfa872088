/** The schema of a balance, apart from the gate that reads it from bodies. Use it through `CustomerBalance`. */
import * as Schema from "effect/Schema"
import * as Timestamp from "../time/Timestamp.js"
import * as AmountDue from "./AmountDue.js"
import * as Pool from "./Pool.js"
import * as Price from "./Price.js"
import * as RefreshSchedule from "./RefreshSchedule.js"
import * as Subscription from "./Subscription.js"

/**
 * The balance, and its canonical JSON: fixed order of keys, amounts as plain decimals, each standing once.
 *
 * `id` and `mapId` are UUIDs that bodies up to 2025-10-27 carry; `enterprisePrice` stands in bodies up to 2025-11-03.
 */
export const CustomerBalance = Schema.Struct({
  monthly: Pool.Monthly,
  stable: Pool.Stable,
  due: AmountDue.AmountDue,
  refresh: RefreshSchedule.RefreshSchedule,
  subscriptionId: Schema.OptionFromNullOr(Schema.String),
  subscription: Schema.OptionFromNullOr(Subscription.Subscription),
  enterprisePrice: Schema.OptionFromNullOr(Price.Price),
  id: Schema.OptionFromNullOr(Schema.String),
  mapId: Schema.OptionFromNullOr(Schema.String),
  createdAt: Timestamp.FromText,
  updatedAt: Timestamp.FromText,
}).annotations({ identifier: "CustomerBalance" })
/** A customer's balance. */
export type CustomerBalance = typeof CustomerBalance.Type
