/**
 * A customer's balance: the one resource that the API publishes about credits, in the terms of this library.
 *
 * {@link decodeBytes} and {@link decodeText} are the gate: they take a body as it came over the wire and give the balance with the drift
 * they met, or a {@link BodyRejected}. {@link CustomerBalance} is the codec of the canonical JSON that `encode` writes.
 */
import * as Schema from "effect/Schema"
import { CustomerBalance } from "./Balance.js"
import * as Pool from "./Pool.js"

export { CustomerBalance } from "./Balance.js"

/** The canonical JSON of a balance. */
export type Encoded = typeof CustomerBalance.Encoded

/** A balance to its canonical JSON value. */
export const encode = (self: CustomerBalance): Encoded => Schema.encodeSync(CustomerBalance)(self)

/** A balance from its canonical JSON value; fails with a `ParseError`. */
export const decodeCanonical = (json: unknown) => Schema.decodeUnknown(CustomerBalance)(json)

/** What the stable pool is worth, in either credit model. */
export const stableValue = (self: CustomerBalance) => Pool.stableValue(self.stable)

export { BodyRejected } from "./wire/BodyRejected.js"
export type { Drift } from "./wire/Drift.js"
export { type Decoded, decodeBytes, decodeText } from "./wire/Gate.js"
