/** Snapshots for the tests of stores: generated ones whose times collide often, and ones made by hand. */
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as AmountDue from "../../../src/domain/balance/AmountDue.js"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"

export const UUID = "6a0b6e4e-8a2a-4c39-9d5e-0f0b0c0d0e0f"
export const user = Account.user(Account.DEFAULT_BASE_URL, UUID)
export const organization = Account.organization(Account.DEFAULT_BASE_URL, UUID)
export const elsewhere = Account.user("https://api.example.com/zoo", UUID)
export const labelled = Account.labelled(Account.DEFAULT_BASE_URL, "0badcafe")
export const accounts = [user, organization, elsewhere, labelled]

/** The time `minutes` after noon of a day in May 2025. */
export const at = (minutes: number): Timestamp.Timestamp =>
  Timestamp.fromMillis(Date.UTC(2025, 4, 8, 12) + minutes * 60_000)

/** A balance without a plan that has `monthly` dollars left. */
export const balance = (
  monthly: string,
  parts: Partial<CustomerBalance.CustomerBalance> = {},
): CustomerBalance.CustomerBalance => ({
  monthly: { value: Usd.unsafeFromText(monthly), credits: Option.some(Credits.unsafeFromBigInt(1205n)) },
  stable: { _tag: "Granted", value: Usd.zero, credits: Credits.unsafeFromBigInt(0n) },
  due: { _tag: "NotRequested" },
  refresh: { _tag: "Unscheduled" },
  subscriptionId: Option.none(),
  subscription: Option.none(),
  enterprisePrice: Option.none(),
  id: Option.none(),
  mapId: Option.none(),
  createdAt: at(-1000),
  updatedAt: at(-1),
  ...parts,
})

export const due = (usd: string): AmountDue.AmountDue => ({ _tag: "Due", usd: Usd.unsafeFromText(usd) })

/** A snapshot of `user` at a minute. */
export const snapshot = (minutes: number, monthly: string, parts: Partial<CustomerBalance.CustomerBalance> = {}) =>
  Snapshot.make(user, at(minutes), balance(monthly, parts))

const encodeSnapshot = Schema.encodeSync(Snapshot.Snapshot)

/** A snapshot as canonical JSON text: two are the same to the last digit exactly when their texts are. */
export const text = (self: Snapshot.Snapshot): string => JSON.stringify(encodeSnapshot(self))
export const texts = (self: Iterable<Snapshot.Snapshot>): ReadonlyArray<string> => Array.from(self, text)

/** Balances of every shape, with times that collide often. */
const balances: FastCheck.Arbitrary<CustomerBalance.CustomerBalance> = FastCheck.tuple(
  Arbitrary.make(Schema.typeSchema(CustomerBalance.CustomerBalance)),
  FastCheck.constantFrom(-2, -1, 0),
).map(([any, updated]) => ({ ...any, updatedAt: at(updated) }))

/** Any snapshot: few accounts and times, any balance. */
export const snapshots: FastCheck.Arbitrary<Snapshot.Snapshot> = FastCheck.tuple(
  FastCheck.constantFrom(...accounts),
  FastCheck.integer({ min: 0, max: 4 }),
  balances,
).map(([account, minutes, any]) => Snapshot.make(account, at(minutes), any))

/** A set of snapshots, and the same in another order with some of them repeated. */
export const arrivals: FastCheck.Arbitrary<{
  readonly set: ReadonlyArray<Snapshot.Snapshot>
  readonly arrival: ReadonlyArray<Snapshot.Snapshot>
}> = FastCheck.array(snapshots, { maxLength: 10 }).chain((set) =>
  FastCheck.subarray(set).chain((again) => {
    const all = [...set, ...again]
    return FastCheck.shuffledSubarray(all, { minLength: all.length }).map((arrival) => ({ set, arrival }))
  }),
)

const bytes = (self: Snapshot.Snapshot): Buffer => Buffer.from(JSON.stringify(CustomerBalance.encode(self.balance)))

/** The texts that a store must return for one account: by both times, then by canonical bytes, each once. */
export const expected = (set: ReadonlyArray<Snapshot.Snapshot>, account: Account.Account): ReadonlyArray<string> => {
  const ordered = set
    .filter((each) => Account.equals(each.account, account))
    .sort(
      (a, b) =>
        a.observedAt.epochMillis - b.observedAt.epochMillis ||
        a.balance.updatedAt.epochMillis - b.balance.updatedAt.epochMillis ||
        Buffer.compare(bytes(a), bytes(b)),
    )
  return [...new Set(texts(ordered))]
}
