/** Looks at an account in few words, and events told in a form that reads well in a failure. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as AmountDue from "../../../src/domain/balance/AmountDue.js"
import * as CustomerBalance from "../../../src/domain/balance/CustomerBalance.js"
import * as RefreshSchedule from "../../../src/domain/balance/RefreshSchedule.js"
import * as Ledger from "../../../src/domain/history/Ledger.js"
import * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Credits from "../../../src/domain/money/Credits.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../src/testing/AccountSimulator.js"
import { account } from "./simulated.js"

export const usd = Usd.unsafeFromText

/** What a look says. */
export interface Look {
  readonly at: string
  readonly monthly: string
  readonly stable: string
  readonly due?: string
  readonly refreshAt?: string
}

/** The plus plan: an allowance of 20 USD, 20 USD a month, 10 % off by the year. */
export const plan = Either.getOrThrow(
  CustomerBalance.decodeText(
    AccountSimulator.simulate({ seed: 1, from: 0, to: 1, plan: "plus" }).bodyAt(0, { includeTotalDue: false }),
  ),
).balance.subscription

/** A look at an account on the plus plan: an allowance of 20 USD, 20 USD a month. */
export const look = ({ at, due, monthly, refreshAt, stable }: Look, subscription = plan): Snapshot.Snapshot => {
  const observed = Timestamp.unsafeFromText(at)
  return Snapshot.make(account, observed, {
    monthly: { value: usd(monthly), credits: Option.none() },
    stable: { _tag: "Granted", value: usd(stable), credits: Credits.unsafeFromBigInt(0n) },
    due: due === undefined ? AmountDue.notRequested : AmountDue.due(usd(due)),
    refresh:
      refreshAt === undefined
        ? RefreshSchedule.unscheduled
        : RefreshSchedule.refreshAt(Timestamp.unsafeFromText(refreshAt)),
    subscriptionId: Option.none(),
    subscription,
    enterprisePrice: Option.none(),
    id: Option.none(),
    mapId: Option.none(),
    createdAt: observed,
    updatedAt: observed,
  })
}

/** Events in a form that reads well in a failure: `Usage Monthly 1.50`, `Grant 5.00..`. */
export const told = (entries: ReadonlyArray<Ledger.Entry>): ReadonlyArray<string> =>
  entries.flatMap((entry) =>
    entry.events.map((event) => {
      const detail =
        "pool" in event
          ? ` ${event.pool}`
          : "kind" in event
            ? ` ${event.kind}`
            : "book" in event
              ? ` ${event.book}`
              : ""
      const { amount } = event
      const written =
        amount._tag === "Exact"
          ? Usd.format(amount.usd)
          : `${Usd.format(amount.lower)}..${Option.match(amount.upper, { onNone: () => "", onSome: Usd.format })}`
      return `${event._tag}${detail} ${written}`
    }),
  )

/** The events between two looks, told. */
export const between = (a: Look, b: Look) => told(Ledger.between(look(a), look(b)))
