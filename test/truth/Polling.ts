/** When an account is looked at, and what is asked. */
import * as Either from "effect/Either"
import * as CustomerBalance from "../../src/domain/balance/CustomerBalance.js"
import * as Account from "../../src/domain/history/Account.js"
import * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { Random } from "../fuzz/Random.js"
import type { TrueAccount } from "./TrueAccount.js"

/** How often looks are taken: at a step, with or without jitter, or at steps of every length in turn. */
export type Every =
  | "minute"
  | "5 minutes"
  | "15 minutes"
  | "hour"
  | "6 hours"
  | "day"
  | "3 days"
  | "week"
  | "3 weeks"
  | "mixed"

/** How an account is looked at. */
export interface Polling {
  readonly every: Every
  readonly days: number
  readonly due: "always" | "sometimes" | "never"
  /** The share of the step by which looks come late, at most. */
  readonly jitter: number
  /** How often nothing is looked at for 1 to 40 days. */
  readonly gaps: number
  readonly seed: number
}

const MINUTE = 60_000
const DAY = 1440 * MINUTE

/** Minutes of each step; 0 where it changes. */
export const minutes: Readonly<Record<Every, number>> = {
  minute: 1,
  "5 minutes": 5,
  "15 minutes": 15,
  hour: 60,
  "6 hours": 360,
  day: 1_440,
  "3 days": 4_320,
  week: 10_080,
  "3 weeks": 30_240,
  mixed: 0,
}

/** Every eighth account is one of those that estimates are judged by: polled by the hour over many refreshes, and nothing odd. */
export const isSteady = (number: number): boolean => number % 8 === 1

const everyOf = (random: Random, number: number): Every => {
  if (number % 16 === 0) return "minute"
  if (isSteady(number)) return "hour"
  return random.pick(["5 minutes", "15 minutes", "hour", "6 hours", "day", "3 days", "week", "3 weeks", "mixed"])
}

const daysOf = (random: Random, every: Every, number: number): number => {
  switch (every) {
    case "minute":
      return random.between(10, 12)
    case "5 minutes":
      return random.between(10, 20)
    case "15 minutes":
      return random.between(10, 60)
    default:
      return isSteady(number) ? 120 : random.between(10, 120)
  }
}

/** The polling of an account. */
export const make = (random: Random, number: number, mostLooks: number): Polling => {
  const every = everyOf(random, number)
  const steady = isSteady(number)
  const days = daysOf(random, every, number)
  return {
    every,
    days: steady ? days : Math.min(days, Math.ceil((mostLooks * minutes[every]) / 1440) || days),
    due: steady
      ? "always"
      : random.weighted([
          [5, "always"],
          [3, "sometimes"],
          [2, "never"],
        ]),
    jitter: every !== "minute" && random.chance(0.3) ? random.pick([0.02, 0.5, 1]) : 0,
    gaps: !steady && every !== "minute" && random.chance(0.25) ? random.between(1, 3) : 0,
    seed: random.below(2 ** 31),
  }
}

const outages = (random: Random, { days, gaps }: Polling, from: number): ReadonlyArray<readonly [number, number]> =>
  Array.from({ length: gaps }, () => {
    const start = from + random.below(days * DAY)
    return [start, start + random.between(1, 40) * DAY]
  })

/** Times of the looks, oldest first; the whole span where it holds fewer than two. */
export const times = (polling: Polling, from: number): ReadonlyArray<number> => {
  const random = new Random(polling.seed)
  const to = from + polling.days * DAY
  const silent = outages(random, polling, from)
  const found: Array<number> = []
  const step = minutes[polling.every] * MINUTE
  for (let at = from; at <= to; ) {
    if (!silent.some(([start, end]) => at > start && at < end)) found.push(at)
    const next = step > 0 ? step : Math.round(MINUTE * minutes["3 weeks"] ** (random.below(1001) / 1000))
    at += polling.jitter === 0 ? next : next + random.below(Math.round(next * polling.jitter))
  }
  return found.length < 2 ? [from, to] : found
}

export const account = Account.user(Account.DEFAULT_BASE_URL, "3d4ba2ce-6bd5-44c8-9d6d-9a2f4c1fd1a0")

const decode = (text: string): CustomerBalance.CustomerBalance =>
  Either.getOrThrowWith(CustomerBalance.decodeText(text), (rejected) => rejected).balance

/** The looks at an account, oldest first. Bodies that read the same are decoded once. */
export const looks = (polling: Polling, truth: TrueAccount, from: number): ReadonlyArray<Snapshot.Snapshot> => {
  const random = new Random(polling.seed, 1)
  const last = new Map<boolean, { readonly text: string; readonly balance: CustomerBalance.CustomerBalance }>()
  const often = random.pick([0.5, 0.1, 0.02])
  return times(polling, from).map((at) => {
    const includeTotalDue = polling.due === "always" || (polling.due === "sometimes" && random.chance(often))
    const text = truth.bodyAt(at, { includeTotalDue })
    const known = last.get(includeTotalDue)
    const balance = known?.text === text ? known.balance : decode(text)
    last.set(includeTotalDue, { text, balance })
    return Snapshot.make(account, Timestamp.fromMillis(at), balance)
  })
}
