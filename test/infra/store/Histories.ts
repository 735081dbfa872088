/** Histories that are hard for a store: equal snapshots in a row, amounts due now and then, ends of hours, days and months. */
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import type * as Account from "../../../src/domain/history/Account.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import { exampleBody } from "../../../src/testing/exampleBody.js"
import * as Samples from "./Samples.js"

const MINUTE = 60_000
const base = Either.getOrThrow(CustomerBalance.decodeText(exampleBody)).balance

/** Moments around which much happens: the middle of a day, a midnight, a month's first, and a time before 1970. */
const moments = [
  Date.UTC(2026, 4, 8, 12),
  Date.UTC(2026, 4, 9),
  Date.UTC(2026, 5, 1),
  Date.UTC(2026, 5, 1, 5),
  Date.UTC(1969, 11, 31, 23, 50),
]

const amount = FastCheck.constantFrom("0", "0.01", "4", "19.99", "20", "40")
const plan = FastCheck.constantFrom(
  Option.none(),
  base.subscription,
  Option.map(base.subscription, (subscription) => ({ ...subscription, name: "Other" })),
)

const balance = (at: number): FastCheck.Arbitrary<CustomerBalance.CustomerBalance> =>
  FastCheck.record({
    monthly: amount,
    stable: FastCheck.constantFrom("0", "0", "5", "12.50"),
    due: FastCheck.option(FastCheck.constantFrom("0", "3", "7.25", "30"), { nil: undefined }),
    subscription: plan,
    refresh: FastCheck.constantFrom(undefined, Date.UTC(2026, 5, 1), Date.UTC(2026, 6, 1)),
    updated: FastCheck.constantFrom(-MINUTE, 0, -MINUTE * 90),
    model: FastCheck.constantFrom("Granted", "Granted", "Granted", "PrePaid"),
  }).map(({ due, model, monthly, refresh, stable, subscription, updated }) =>
    Samples.balance(monthly, {
      stable:
        model === "Granted"
          ? { _tag: "Granted", value: Usd.unsafeFromText(stable), credits: Credits.unsafeFromBigInt(7n) }
          : { _tag: "PrePaid", cash: Usd.unsafeFromText(stable), credits: Usd.zero },
      due: due === undefined ? { _tag: "NotRequested" } : Samples.due(due),
      refresh:
        refresh === undefined ? { _tag: "Unscheduled" } : { _tag: "RefreshAt", at: Timestamp.fromMillis(refresh) },
      subscription,
      updatedAt: Timestamp.fromMillis(at + updated),
    }),
  )

/** A snapshot, how often it is repeated, and how many minutes apart. */
const run = FastCheck.record({
  moment: FastCheck.constantFrom(...moments),
  minutes: FastCheck.integer({ min: -90, max: 90 }),
  repeats: FastCheck.constantFrom(1, 1, 2, 5, 9),
  every: FastCheck.constantFrom(1, 7, 30),
}).chain(({ every, minutes, moment, repeats }) =>
  balance(moment + minutes * MINUTE).map((same) => ({ start: moment + minutes * MINUTE, repeats, every, same })),
)

/** Snapshots of one account, in any order, some of them twice. */
export const of = (account: Account.Account): FastCheck.Arbitrary<ReadonlyArray<Snapshot.Snapshot>> =>
  FastCheck.array(run, { minLength: 1, maxLength: 12 })
    .map((runs) =>
      runs.flatMap(({ every, repeats, same, start }) =>
        Array.from({ length: repeats }, (_, nth) =>
          Snapshot.make(account, Timestamp.fromMillis(start + nth * every * MINUTE), {
            ...same,
            ...(nth % 3 === 1 ? { due: { _tag: "NotRequested" as const } } : {}),
          }),
        ),
      ),
    )
    .chain((all) =>
      FastCheck.tuple(
        FastCheck.shuffledSubarray(all, { minLength: all.length }),
        FastCheck.subarray(all, { maxLength: Math.min(5, all.length) }),
      ).map(([shuffled, again]) => [...shuffled, ...again]),
    )
