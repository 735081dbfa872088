/**
 * An account of 10.00 USD a month whose truth is known to the cent: an allowance of 10.00 USD, 20.00 USD granted in the second week, a burst into
 * pay as you go in the third month, and an invoice that is paid on the fifth of each month. It counts whole cents by itself and imports no code
 * of the ledger.
 */
import * as Option from "effect/Option"
import type * as Snapshot from "../../../src/domain/history/Snapshot.js"
import * as Usd from "../../../src/domain/money/Usd.js"
import { look, plan } from "../../domain/history/looks.js"
import { cents } from "../../domain/history/simulated.js"

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR
export const QUARTER = 15 * MINUTE

/** The first snapshot and the last one. */
export const FROM = Date.UTC(2026, 7, 1)
export const TO = Date.UTC(2026, 10, 30, 23, 45)

/** Sums of a span, in cents. */
export interface Sums {
  readonly monthly: number
  readonly stable: number
  readonly payAsYouGo: number
  readonly refreshed: number
  readonly expired: number
  readonly granted: number
  readonly renewals: number
  readonly paid: number
}

/** Balances, in cents. */
export interface Balances {
  readonly monthly: number
  readonly stable: number
  readonly due: number
}

/** What happened in the quarter of an hour before a moment, usage first, and what stands at the moment. */
export interface Step {
  readonly at: number
  readonly sums: Sums
  readonly balances: Balances
}

const MONTHLY_CENTS = 1000
const GRANT_AT = Date.UTC(2026, 7, 10, 14)
const GRANT_CENTS = 2000

/** Numbers from 0 to 1 that look random. */
const random = (seed: number) => {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** Cents that are used in the quarter of an hour before a moment. */
const usedBefore = (date: Date, next: () => number): number => {
  const isBurst = date.getUTCMonth() === 9 && date.getUTCDate() > 10 && date.getUTCDate() < 20
  if (isBurst) return Math.floor(next() * 9)
  return next() < 0.15 ? Math.floor(next() * 7) : 0
}

const step = (at: number, before: Balances, next: () => number): Step => {
  const date = new Date(at)
  const used = usedBefore(date, next)
  const monthly = Math.min(used, before.monthly)
  const stable = Math.min(used - monthly, before.stable)
  const payAsYouGo = used - monthly - stable
  const isFirst = date.getUTCDate() === 1 && date.getUTCHours() === 0 && date.getUTCMinutes() === 0
  const left = before.monthly - monthly
  const [refreshed, expired, renewals] = isFirst ? [MONTHLY_CENTS, left, MONTHLY_CENTS] : [0, 0, 0]
  const granted = at === GRANT_AT ? GRANT_CENTS : 0
  const isPaid = date.getUTCDate() === 5 && date.getUTCHours() === 10 && date.getUTCMinutes() === 0
  const due = before.due + payAsYouGo + renewals
  const paid = isPaid ? due : 0
  return {
    at,
    sums: { monthly, stable, payAsYouGo, refreshed, expired, granted, renewals, paid },
    balances: { monthly: left + refreshed - expired, stable: before.stable - stable + granted, due: due - paid },
  }
}

const NOTHING: Sums = {
  monthly: 0,
  stable: 0,
  payAsYouGo: 0,
  refreshed: 0,
  expired: 0,
  granted: 0,
  renewals: 0,
  paid: 0,
}

/** Four months of the account by the quarter of an hour. */
export const steps: ReadonlyArray<Step> = (() => {
  const next = random(7)
  let last: Step = { at: FROM, sums: NOTHING, balances: { monthly: MONTHLY_CENTS, stable: 0, due: 0 } }
  const all = [last]
  for (let at = FROM + QUARTER; at <= TO; at += QUARTER) {
    last = step(at, last.balances, next)
    all.push(last)
  }
  return all
})()

const plus = (a: Sums, b: Sums): Sums => ({
  monthly: a.monthly + b.monthly,
  stable: a.stable + b.stable,
  payAsYouGo: a.payAsYouGo + b.payAsYouGo,
  refreshed: a.refreshed + b.refreshed,
  expired: a.expired + b.expired,
  granted: a.granted + b.granted,
  renewals: a.renewals + b.renewals,
  paid: a.paid + b.paid,
})

const isBetween = (at: number, from: number, to: number): boolean => at > from && at <= to

/** What happened between two moments; a refresh and a renewal at a border belong to what follows it. */
export const between = (from: number, to: number): Sums => {
  let sums = NOTHING
  for (const { at, sums: each } of steps) {
    if (at < from || at > to) continue
    const { expired, refreshed, renewals, ...moved } = each
    if (isBetween(at, from, to)) sums = plus(sums, { ...NOTHING, ...moved })
    if (at < to) sums = plus(sums, { ...NOTHING, expired, refreshed, renewals })
  }
  return sums
}

/** What stands before a moment's refresh and renewal. */
export const balancesAt = (at: number): Balances => {
  const { due, granted, monthly, paid, payAsYouGo, renewals, stable, ...cycle } = { due: 0, ...between(FROM, at) }
  return {
    monthly: MONTHLY_CENTS + cycle.refreshed - cycle.expired - monthly,
    stable: granted - stable,
    due: due + renewals + payAsYouGo - paid,
  }
}

const subscription = (monthly: Usd.Usd) =>
  Option.map(plan, (of) => ({
    ...of,
    price: { _tag: "Flat" as const, interval: { _tag: "Month" as const }, price: monthly },
    allowance: { value: Option.some(monthly), credits: Option.none() },
  }))

const firstAfter = (at: number): string => {
  const date = new Date(at)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1)).toISOString()
}

/** How the account is polled. */
export interface Polling {
  /** @default every 15 minutes */
  readonly every?: number
  /** Between these moments it is not polled. */
  readonly hole?: readonly [from: number, to: number]
  /** How often the amount due is asked for. @default always */
  readonly dueEvery?: number
  /** By how much every amount is greater, the allowance and the price too. @default 1 */
  readonly scale?: number
}

/** Snapshots of the account. */
export const snapshots = ({
  dueEvery = QUARTER,
  every = QUARTER,
  hole,
  scale = 1,
}: Polling = {}): ReadonlyArray<Snapshot.Snapshot> => {
  const usd = (count: number): Usd.Usd => cents(count * scale)
  const text = (count: number): string => Usd.format(usd(count))
  const of = subscription(usd(MONTHLY_CENTS))
  return steps
    .filter(({ at }) => (at - FROM) % every === 0 && !(hole && at > hole[0] && at < hole[1]))
    .map(({ at, balances: { due, monthly, stable } }) => {
      const credits = { monthly: text(monthly), stable: text(stable), refreshAt: firstAfter(at) }
      const asked = (at - FROM) % dueEvery === 0 ? { due: text(due) } : {}
      return look({ at: new Date(at).toISOString(), ...credits, ...asked }, of)
    })
}
