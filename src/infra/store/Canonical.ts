/**
 * The canonical bytes of a balance, which tell two bodies of one account and time apart and put them in order.
 *
 * They are the UTF-8 bytes of the balance's canonical JSON (`CustomerBalance.encode`).
 */
import * as Order_ from "effect/Order"
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import * as Snapshot from "../../domain/history/Snapshot.js"

const bytes = (self: Snapshot.Snapshot): Buffer => Buffer.from(JSON.stringify(CustomerBalance.encode(self.balance)))

/** Snapshots of one account in the order of a store: `Snapshot.Order`, ties by canonical bytes. Equal means the same to the last digit. */
export const Order: Order_.Order<Snapshot.Snapshot> = Order_.combine(
  Snapshot.Order,
  Order_.mapInput((a: Buffer, b: Buffer) => Buffer.compare(a, b) as -1 | 0 | 1, bytes),
)
