import * as Either from "effect/Either"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import type { SimulatedAccount } from "../../../src/testing/AccountSimulator.js"

export const account = Account.user(Account.DEFAULT_BASE_URL, "ac585dad-c443-433e-9e24-1ac0d8585a08")

/** Whole cents of the simulator as money. */
export const cents = (count: number): Usd.Usd => Usd.unsafeFromNanos(BigInt(count) * 10_000_000n)

export const snapshotAt = (
  simulated: SimulatedAccount,
  millis: number,
  options: { readonly includeTotalDue: boolean },
): Snapshot.Snapshot =>
  Either.match(CustomerBalance.decodeText(simulated.bodyAt(millis, options)), {
    onLeft: (rejected) => {
      throw rejected
    },
    onRight: ({ balance }) => Snapshot.make(account, Timestamp.fromMillis(millis), balance),
  })

/** Looks from `from` to `to`, every `every` milliseconds, both ends included. */
export const poll = function* (
  simulated: SimulatedAccount,
  from: number,
  to: number,
  every: number,
  includeTotalDue: (look: number) => boolean = () => true,
): Iterable<Snapshot.Snapshot> {
  let look = 0
  for (let at = from; at <= to; at += every)
    yield snapshotAt(simulated, at, { includeTotalDue: includeTotalDue(look++) })
}
