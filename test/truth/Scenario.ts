/** Accounts and how they are polled, each of a seed and a number alone. */
import * as AccountSimulator from "../../src/testing/AccountSimulator.js"
import { Random } from "../fuzz/Random.js"
import * as Polling from "./Polling.js"
import type * as TrueAccount from "./TrueAccount.js"

/** One account to try the ledger on. */
export interface Scenario extends TrueAccount.Setup {
  readonly number: number
  readonly polling: Polling.Polling
}

/** What a run leaves out. */
export interface Limits {
  /** About the most looks at an account that is polled at a step and not steady: its span is cut. Default: no limit. */
  readonly mostLooks?: number
}

const DAY = 86_400_000
const FIRST = Date.UTC(2026, 0, 1)
const names = ["free", "plus", "pro", "team", "contract"] as const

const planOf = (random: Random): AccountSimulator.Plan => {
  const plan = AccountSimulator.plans[random.pick(names)]
  return plan.price.type === "contract" ? { ...plan, monthlyAllowanceCents: random.pick([0, 5_000, 40_000]) } : plan
}

/** From `least` to `most`, each order of magnitude as often. */
const magnitude = (random: Random, least: number, most: number): number =>
  Math.round(least * (most / least) ** (random.below(1_000_001) / 1_000_000))

const lagOf = (random: Random, most: number): number =>
  random.weighted<() => number>([
    [3, () => 0],
    [2, () => random.between(1, 7_200)],
    [2, () => random.between(7_200, Math.min(most, 172_800))],
    [1, () => random.between(0, most)],
  ])()

const refreshOf = (random: Random, contract: boolean, steady: boolean): AccountSimulator.Refresh | null => {
  const odd = () => ({ day: random.between(1, 31), hour: random.below(24), minute: random.below(60) })
  const lagSeconds = lagOf(random, 20 * 86_400)
  const kind = random.below(100)
  if (contract) return kind < 40 || steady ? null : { ...odd(), lagSeconds, announced: false }
  // Some come early.
  if (kind < 8 && !steady) return { ...odd(), lagSeconds: -lagOf(random, 5 * 86_400), announced: true }
  if (kind < 50) return { ...odd(), lagSeconds, announced: true }
  if (kind < 60) return { announced: true }
  if (kind < 75) return { announced: false }
  if (kind < 92) return { lagSeconds: Math.min(lagSeconds, 172_800), announced: false }
  return null
}

const grantsOf = (random: Random, from: number, days: number): ReadonlyArray<AccountSimulator.Grant> | undefined =>
  random.weighted<() => ReadonlyArray<AccountSimulator.Grant> | undefined>([
    [2, () => undefined],
    [2, () => []],
    [
      1,
      () =>
        Array.from({ length: random.between(1, 12) }, () => ({
          at: from + random.between(1, days * DAY),
          cents: magnitude(random, 10, 20_000),
        })),
    ],
  ])()

const changeOf = (
  random: Random,
  from: number,
  days: number,
  before: AccountSimulator.Plan,
): TrueAccount.PlanChange | undefined => {
  const at = from + random.between(1, days * DAY - 1)
  const plan = planOf(random)
  const sets = random.chance(0.5)
  return random.chance(0.1) && plan.price.type !== "contract" && plan.name !== before.name
    ? { at, plan, sets }
    : undefined
}

const paymentDelayOf = (random: Random): number | undefined =>
  random.weighted<number | undefined>([
    [2, undefined],
    [1, 0],
    [1, 3_600],
    [1, 10 * 86_400],
    [1, 45 * 86_400],
  ])

/** The account of a seed and a number, and how it is polled. */
export const make = (seed: number, number: number, limits: Limits = {}): Scenario => {
  const random = new Random(seed, number)
  const polling = Polling.make(random, number, limits.mostLooks ?? Number.POSITIVE_INFINITY)
  const steady = Polling.isSteady(number)
  const from = FIRST + random.below(330 * 24 * 60) * 60_000
  const plan = planOf(random)
  const contract = plan.price.type === "contract"
  const refresh = refreshOf(random, contract, steady)
  const grants = grantsOf(random, from, polling.days)
  const change = contract || steady ? undefined : changeOf(random, from, polling.days, plan)
  const paymentDelaySeconds = paymentDelayOf(random)
  const collectionThresholdCents = random.weighted([
    [steady ? 0 : 1, 0],
    [3, 500],
    [9, 5_000],
    [3, 1_000_000],
  ])
  return {
    number,
    polling,
    change,
    options: {
      seed: random.below(2 ** 31),
      from,
      to: from + polling.days * DAY,
      plan,
      payAsYouGo: random.chance(0.6),
      dailyCents: magnitude(random, 5, 5_000),
      openingMonthlyCents: random.chance(0.5)
        ? plan.monthlyAllowanceCents
        : random.between(0, plan.monthlyAllowanceCents),
      openingStableCents: random.pick([0, 300, 2_000, 6_000, 100_000]),
      refresh,
      ...(grants === undefined || steady ? {} : { grants }),
      billingDay: random.between(1, 31),
      collectionThresholdCents,
      ...(paymentDelaySeconds === undefined ? {} : { paymentDelaySeconds }),
      lagSeconds: random.chance(0.2) ? random.between(1, 600) : 0,
    },
  }
}
