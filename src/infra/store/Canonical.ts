/**
 * Canonical bytes of a balance, which tell two bodies of one account and time apart and put them in order: the UTF-8 bytes of its canonical JSON
 * (`CustomerBalance.encode`).
 */
import * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import type * as Snapshot from "../../domain/history/Snapshot.js"

/** The canonical bytes of a snapshot's balance. */
export const bytes = (self: Snapshot.Snapshot): Buffer =>
  Buffer.from(JSON.stringify(CustomerBalance.encode(self.balance)))

/**
 * Compares snapshots of one account in the order of a store: `Snapshot.Order`, ties by canonical bytes. 0 means that they are the same to the
 * last digit. `bytesOf` may cache.
 */
export const compare = (
  a: Snapshot.Snapshot,
  b: Snapshot.Snapshot,
  bytesOf: (snapshot: Snapshot.Snapshot) => Buffer = bytes,
): number =>
  a.observedAt.epochMillis - b.observedAt.epochMillis ||
  a.balance.updatedAt.epochMillis - b.balance.updatedAt.epochMillis ||
  Buffer.compare(bytesOf(a), bytesOf(b))
