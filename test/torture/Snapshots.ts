/**
 * Snapshots of simulated accounts, each defined by its index and a seed alone, so that processes which share nothing make the same ones.
 *
 * Accounts take turns; every other one has pre-paid credits, as the older credit model has. Snapshots are 7.5 minutes apart, those on the hour to
 * the millisecond, the others later by some seconds. A few have the time of the one before and another content. No two are the same.
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import type * as Pool from "../../src/domain/balance/Pool.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { Random } from "../fuzz/Random.js"

/** Which snapshots there are. */
export interface Options {
  readonly seed: number
  readonly accounts: number
  /** Snapshots of each account. */
  readonly each: number
  /** Hours from one hour with snapshots to the next one. @default 1 */
  readonly hours?: number
}

/** The snapshots of a seed. */
export interface Snapshots {
  readonly count: number
  readonly accounts: number
  /** The snapshot of an index, from 0: of account `index % accounts`, observed later than those of that account before it, or at the same time. */
  readonly at: (index: number) => Snapshot.Snapshot
  readonly accountOf: (index: number) => Account.Account
}

/** When the first snapshots are, a few days before a month's end. */
export const START = Date.UTC(2026, 0, 27)

/** Between two snapshots, so that each eighth is on the hour. */
export const EVERY = 450_000
const ON_THE_HOUR = 8
const HOUR = ON_THE_HOUR * EVERY
const MAX_JITTER = 200_000

const plans = ["pro", "plus", "free", "team", "contract"] as const

interface Simulated {
  readonly account: Account.Account
  readonly bodyAt: AccountSimulator.SimulatedAccount["bodyAt"]
}

const simulate = ({ each, hours = 1, seed }: Options, number: number): Simulated => {
  const random = new Random(seed, number)
  const simulated = AccountSimulator.simulate({
    seed: random.below(2 ** 31),
    from: START - EVERY,
    to: START + (each / ON_THE_HOUR + 1) * hours * HOUR,
    plan: plans[number % plans.length] ?? "pro",
    payAsYouGo: random.chance(0.7),
    dailyCents: random.between(50, 1500),
    lagSeconds: random.pick([0, 0, 60, 600]),
  })
  const owner = number % 3 === 2 ? Account.organization : Account.user
  return { account: owner(Account.DEFAULT_BASE_URL, simulated.id), bodyAt: simulated.bodyAt }
}

const prepaid = ({ monthly, stable, ...rest }: CustomerBalance.CustomerBalance): CustomerBalance.CustomerBalance => {
  const whole = stable._tag === "Granted" ? Usd.toNanos(stable.value) : 0n
  const parts: Pool.Stable = {
    _tag: "PrePaid",
    cash: Usd.unsafeFromNanos(whole / 2n),
    credits: Usd.unsafeFromNanos(whole - whole / 2n),
  }
  return { ...rest, monthly: { value: monthly.value, credits: Option.none() }, stable: parts }
}

const MILLI_DOLLAR = Usd.unsafeFromText("0.001")

/** The snapshots of a seed. */
export const make = (options: Options): Snapshots => {
  const { accounts, each, hours = 1, seed } = options
  const simulated = new Map<number, Simulated>()
  const simulatedOf = (number: number): Simulated => {
    const known = simulated.get(number) ?? simulate(options, number)
    simulated.set(number, known)
    return known
  }
  const timeOf = (nth: number, index: number): number =>
    START +
    Math.floor(nth / ON_THE_HOUR) * hours * HOUR +
    (nth % ON_THE_HOUR) * EVERY +
    (nth % ON_THE_HOUR === 0 ? 0 : new Random(seed, index).below(MAX_JITTER))
  const at = (index: number): Snapshot.Snapshot => {
    const [number, nth] = [index % accounts, Math.floor(index / accounts)]
    const random = new Random(seed, index)
    random.below(1)
    const isTwin = nth > 0 && nth % ON_THE_HOUR !== 0 && random.chance(0.04)
    const time = isTwin ? timeOf(nth - 1, index - accounts) : timeOf(nth, index)
    const { account, bodyAt } = simulatedOf(number)
    const decoded = CustomerBalance.decodeText(bodyAt(time, { includeTotalDue: random.chance(0.4) }))
    const { balance } = Either.getOrThrow(decoded)
    const mine = number % 2 === 1 ? prepaid(balance) : balance
    const { monthly, updatedAt } = mine
    // Half of the twins have another amount, too.
    const value = isTwin && random.chance(0.5) ? Usd.add(monthly.value, MILLI_DOLLAR) : monthly.value
    return Snapshot.make(account, Timestamp.fromMillis(time), {
      ...mine,
      monthly: { ...monthly, value },
      updatedAt: isTwin ? Timestamp.fromMillis(updatedAt.epochMillis + 1) : updatedAt,
    })
  }
  return { count: accounts * each, accounts, at, accountOf: (index) => simulatedOf(index % accounts).account }
}
