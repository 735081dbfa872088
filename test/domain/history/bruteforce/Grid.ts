/** Pairs of looks with small amounts: every level of the pools, of the amount due, of the allowance and of the price, with every sort of evidence. */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as AmountDue from "../../../../src/domain/balance/AmountDue.js"
import * as CustomerBalance from "../../../../src/domain/balance/CustomerBalance.js"
import * as Price from "../../../../src/domain/balance/Price.js"
import * as RefreshSchedule from "../../../../src/domain/balance/RefreshSchedule.js"
import * as Ledger from "../../../../src/domain/history/Ledger.js"
import * as Snapshot from "../../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../../src/domain/money/Usd.js"
import * as Timestamp from "../../../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../../../src/testing/AccountSimulator.js"
import { account } from "../simulated.js"
import type * as Search from "./Search.js"

const DAY = 86_400_000
/** Nano-dollars in a unit of the search, which is a dollar. */
export const NANO = 1_000_000_000
const units = (count: number): Usd.Usd => Usd.unsafeFromNanos(BigInt(count) * BigInt(NANO))

/** What two looks tell of refreshes: times of observation, announced times, and how many there can have been. */
interface Evidence {
  readonly name: string
  readonly from: string
  readonly to: string
  readonly announced?: { readonly before: string; readonly after: string }
  readonly refreshes: (rose: boolean) => ReadonlyArray<number>
}

/** Every sort of evidence. */
export const EVIDENCE: ReadonlyArray<Evidence> = [
  {
    name: "an announced time that stays",
    from: "2026-05-10T10:00:00Z",
    to: "2026-05-12T10:00:00Z",
    announced: { before: "2026-06-01T00:00:00Z", after: "2026-06-01T00:00:00Z" },
    refreshes: () => [0],
  },
  {
    name: "an announced time that moves on by a month",
    from: "2026-05-31T12:00:00Z",
    to: "2026-06-02T10:00:00Z",
    announced: { before: "2026-06-01T00:00:00Z", after: "2026-07-01T00:00:00Z" },
    refreshes: () => [1],
  },
  {
    name: "an announced time that moves on by two months",
    from: "2026-04-30T12:00:00Z",
    to: "2026-06-02T10:00:00Z",
    announced: { before: "2026-05-01T00:00:00Z", after: "2026-07-01T00:00:00Z" },
    refreshes: () => [2],
  },
  {
    name: "a month's first and nothing announced",
    from: "2026-05-31T12:00:00Z",
    to: "2026-06-02T10:00:00Z",
    refreshes: (rose) => (rose ? [1] : [0, 1]),
  },
  {
    name: "no month's first and nothing announced",
    from: "2026-05-10T10:00:00Z",
    to: "2026-05-12T10:00:00Z",
    refreshes: () => [0],
  },
]

const MONTHLY = [0, 1, 2, 3]
const STABLE = [0, 1, 2]
const ALLOWANCES = [0, 1, 2, 3]
const PRICES = [0, 2, 3]
const POOLS = MONTHLY.flatMap((monthly) => STABLE.map((stable) => ({ monthly, stable })))
const PAIRS_OF_POOLS = POOLS.flatMap((opening) => POOLS.map((closing) => [opening, closing] as const))
const NOT_REQUESTED = undefined
const DUES: ReadonlyArray<readonly [number | undefined, number | undefined]> = [
  [NOT_REQUESTED, NOT_REQUESTED],
  [NOT_REQUESTED, 1],
  [1, NOT_REQUESTED],
  ...[0, 1, 2, 3, 4, 6].map((closing) => [0, closing] as const),
  ...[0, 1, 2, 3].map((closing) => [2, closing] as const),
]

const plan = Option.getOrThrow(
  Either.getOrThrow(
    CustomerBalance.decodeText(
      AccountSimulator.simulate({ seed: 1, from: 0, to: 1, plan: "plus" }).bodyAt(0, { includeTotalDue: false }),
    ),
  ).balance.subscription,
)

/** Looks at one side of a span, made once for each level of the pools and the amount due. */
const looks = (at: string, refreshAt: string | undefined, allowance: number, price: number) => {
  const made = new Map<string, Snapshot.Snapshot>()
  const observed = Timestamp.unsafeFromText(at)
  const shared = {
    refresh:
      refreshAt === undefined
        ? RefreshSchedule.unscheduled
        : RefreshSchedule.refreshAt(Timestamp.unsafeFromText(refreshAt)),
    subscription: Option.some({
      ...plan,
      annualDiscount: Option.none(),
      allowance: { value: Option.some(units(allowance)), credits: Option.none() },
      price: Price.Flat.make({ interval: Price.Interval.fromText("month"), price: units(price) }),
    }),
    subscriptionId: Option.none(),
    enterprisePrice: Option.none(),
    id: Option.none(),
    mapId: Option.none(),
    createdAt: observed,
    updatedAt: observed,
  } as const
  return ({ monthly, stable }: Search.Pair["opening"], due: number | undefined): Snapshot.Snapshot => {
    const key = `${monthly} ${stable} ${due}`
    const known = made.get(key)
    if (known !== undefined) return known
    const look = Snapshot.make(account, observed, {
      ...shared,
      monthly: { value: units(monthly), credits: Option.none() },
      stable: { _tag: "PrePaid", cash: units(stable), credits: Usd.zero },
      due: due === undefined ? AmountDue.notRequested : AmountDue.due(units(due)),
    })
    made.set(key, look)
    return look
  }
}

/** A pair of looks, as the search and as the ledger see it. */
export interface Case {
  readonly evidence: Evidence
  readonly pair: Search.Pair
  readonly dues: readonly [number | undefined, number | undefined]
  readonly ledger: () => ReadonlyArray<Ledger.Entry>
}

/** How many pairs there are of each sort of evidence. */
export const SIZE = ALLOWANCES.length * PRICES.length * POOLS.length ** 2 * DUES.length

/** Every pair of looks with some evidence. */
export function* grid(evidence: Evidence): Iterable<Case> {
  const { announced, from, to } = evidence
  const days = (Date.parse(to) - Date.parse(from)) / DAY
  for (const allowance of ALLOWANCES) {
    for (const price of PRICES) {
      const before = looks(from, announced?.before, allowance, price)
      const after = looks(to, announced?.after, allowance, price)
      for (const [opening, closing] of PAIRS_OF_POOLS) {
        const refreshes = evidence.refreshes(opening.monthly < closing.monthly)
        for (const dues of DUES) {
          const [first, last] = dues
          const due = first === undefined || last === undefined ? undefined : { opening: first, closing: last }
          const ledger = () => Ledger.between(before(opening, first), after(closing, last))
          const pair = { opening, closing, due, allowance, price, refreshes, days }
          yield { evidence, pair, dues, ledger }
        }
      }
    }
  }
}
