/**
 * A customer's balance: the one resource that the API publishes about credits, in the terms of this library.
 *
 * {@link decodeBytes} and {@link decodeText} are the gate: they take a body as it came over the wire and give the balance with the drift
 * they met, or a {@link BodyRejected}. {@link CustomerBalance} is the codec of the canonical JSON that `encode` writes.
 */
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

/** The canonical JSON of a balance. */
export type Encoded = typeof CustomerBalance.Encoded

/** A balance to its canonical JSON value. */
export const encode: (self: CustomerBalance) => Encoded = Schema.encodeSync(CustomerBalance)

/** A balance from its canonical JSON value; fails with a `ParseError`. */
export const decodeCanonical = Schema.decodeUnknown(CustomerBalance)

/** What the stable pool is worth, in either credit model. */
export const stableValue = (self: CustomerBalance) => Pool.stableValue(self.stable)

export { BodyRejected } from "./wire/BodyRejected.js"
export type { Drift } from "./wire/Drift.js"
export { type Decoded, decodeBytes, decodeText } from "./wire/Gate.js"
