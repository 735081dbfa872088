/**
 * Every explanation of a pair of looks, by exhaustive search over the runs of {@link World}.
 *
 * The two parts of a balance are searched by themselves and put together where they agree on the units of pay as you go: that is the one
 * action they share, so runs of the parts with as many of it can be interleaved into a run of the whole, and each run of the whole is two
 * such runs. `explanationsOfTheWhole` searches the whole at once, which is slow, to check that.
 */
import * as World from "./World.js"

/** What two looks tell: levels at both, and what may have happened between. */
export interface Pair {
  readonly opening: World.Pools
  readonly closing: World.Pools
  /** `undefined` where either look did not ask for the amount due. */
  readonly due: { readonly opening: number; readonly closing: number } | undefined
  readonly allowance: number
  readonly price: number
  /** How many refreshes there can have been. */
  readonly refreshes: ReadonlyArray<number>
  readonly days: number
}

/** What happened, in units. */
export interface Explanation {
  readonly monthly: number
  readonly stable: number
  readonly payAsYouGo: number
  readonly usage: number
  readonly refreshed: number
  readonly expired: number
  readonly granted: number
  readonly renewed: number
  readonly paid: number
}

/** No run grants or draws more than this; grants and pay as you go are what a run can repeat without end. */
export interface Cap {
  readonly granted: number
  readonly payAsYouGo: number
}

/** Wide enough that one unit less cuts off no explanation but one of infinitely many, for levels to 3 and a change of the amount due to 6. */
export const CAP: Cap = { granted: 5, payAsYouGo: 8 }

const MOST_REFRESHES = 2

/** Rules that follow from the pair alone: grants and payments happen only where the looks show one. */
const rulesOf = ({ allowance, closing, due, opening, price }: Pair): World.Rules => ({
  allowance,
  price,
  grants: closing.stable > opening.stable,
  payments: due !== undefined && due.closing < due.opening,
})

/** Everything reachable from `start`, each once; `key` tells what is the same. */
const reach = <A>(start: A, next: (node: A) => ReadonlyArray<A>, key: (node: A) => number): ReadonlyArray<A> => {
  const found = [start]
  const seen = new Set([key(start)])
  for (const node of found) {
    for (const other of next(node)) {
      const id = key(other)
      if (seen.has(id)) continue
      seen.add(id)
      found.push(other)
    }
  }
  return found
}

const flag = (yes: boolean): number => (yes ? 1 : 0)

/** Counts below 32 side by side in one number. */
const pack = (...counts: ReadonlyArray<number>): number => counts.reduce((id, count) => id * 32 + count, 0)

/** The pools after a run, with what the levels alone do not tell of it. */
interface PoolRun extends World.Pools {
  readonly refreshes: number
  readonly usedMonthly: number
  readonly granted: number
  readonly payAsYouGo: number
}

const poolRunsFrom = (opening: World.Pools, rules: World.Rules, cap: Cap): ReadonlyArray<PoolRun> =>
  reach<PoolRun>(
    { ...opening, refreshes: 0, usedMonthly: 0, granted: 0, payAsYouGo: 0 },
    (run) =>
      World.poolSteps(run, rules)
        .map(([action, { monthly, stable }]) => ({
          monthly,
          stable,
          refreshes: run.refreshes + flag(action === "Refresh"),
          usedMonthly: run.usedMonthly + flag(action === "UseMonthly"),
          granted: run.granted + flag(action === "Grant"),
          payAsYouGo: run.payAsYouGo + flag(action === "PayAsYouGo"),
        }))
        .filter(
          ({ granted, payAsYouGo, refreshes }) =>
            refreshes <= MOST_REFRESHES && granted <= cap.granted && payAsYouGo <= cap.payAsYouGo,
        ),
    (run) => pack(run.monthly, run.stable, run.refreshes, run.usedMonthly, run.granted, run.payAsYouGo),
  )

/** The amount due after a run, with what the level alone does not tell of it. */
interface DueRun {
  readonly due: number
  readonly payAsYouGo: number
  readonly renewals: number
}

const dueRunsFrom = (opening: number, rules: World.Rules, mostRenewals: number, cap: Cap): ReadonlyArray<DueRun> =>
  reach<DueRun>(
    { due: opening, payAsYouGo: 0, renewals: 0 },
    (run) =>
      World.dueSteps(run.due, rules)
        .map(([action, due]) => ({
          due,
          payAsYouGo: run.payAsYouGo + flag(action === "PayAsYouGo"),
          renewals: run.renewals + flag(action === "Renewal"),
        }))
        .filter(({ payAsYouGo, renewals }) => payAsYouGo <= cap.payAsYouGo && renewals <= mostRenewals),
    (run) => pack(run.due, run.payAsYouGo, run.renewals),
  )

const groupBy = <A>(items: ReadonlyArray<A>, key: (item: A) => number): ReadonlyMap<number, ReadonlyArray<A>> => {
  const groups = new Map<number, Array<A>>()
  for (const item of items) {
    const group = groups.get(key(item))
    if (group === undefined) groups.set(key(item), [item])
    else group.push(item)
  }
  return groups
}

/** A function that computes the value of each key once. */
const remember = <K extends ReadonlyArray<number>, A>(compute: (...key: K) => A): ((...key: K) => A) => {
  const known = new Map<number, { readonly value: A }>()
  return (...key) => {
    const id = pack(...key)
    const found = known.get(id) ?? { value: compute(...key) }
    known.set(id, found)
    return found.value
  }
}

const poolRuns = remember(
  (monthly: number, stable: number, allowance: number, grants: number, granted: number, payAsYouGo: number) => {
    const rules = { allowance, grants: grants === 1, price: 0, payments: false }
    const runs = poolRunsFrom({ monthly, stable }, rules, { granted, payAsYouGo })
    return groupBy(runs, (run) => pack(run.monthly, run.stable, run.refreshes))
  },
)

const dueRuns = remember(
  (opening: number, price: number, payments: number, mostRenewals: number, payAsYouGo: number) => {
    const rules = { price, payments: payments === 1, allowance: 0, grants: false }
    return groupBy(dueRunsFrom(opening, rules, mostRenewals, { granted: 0, payAsYouGo }), (run) => run.due)
  },
)

const explanation = (pair: Pair, pools: PoolRun, renewals: number): Explanation => {
  const { allowance, closing, due, opening, price } = pair
  const refreshed = pools.refreshes * allowance
  const stable = opening.stable + pools.granted - closing.stable
  const renewed = renewals * price
  return {
    monthly: pools.usedMonthly,
    stable,
    payAsYouGo: pools.payAsYouGo,
    usage: pools.usedMonthly + stable + pools.payAsYouGo,
    refreshed,
    expired: opening.monthly + refreshed - pools.usedMonthly - closing.monthly,
    granted: pools.granted,
    renewed,
    paid: due === undefined ? 0 : due.opening + pools.payAsYouGo + renewed - due.closing,
  }
}

/** Every explanation of a pair up to a cap. Where the amount due is not known at both looks, it says nothing of renewals and payments. */
export const explanations = (pair: Pair, cap: Cap = CAP): ReadonlyArray<Explanation> => {
  const { allowance, closing, days, due, opening, price, refreshes } = pair
  const { grants, payments } = rulesOf(pair)
  const byEnd = poolRuns(opening.monthly, opening.stable, allowance, flag(grants), cap.granted, cap.payAsYouGo)
  const pools = refreshes.flatMap((count) => byEnd.get(pack(closing.monthly, closing.stable, count)) ?? [])
  if (due === undefined) return pools.map((run) => explanation(pair, run, 0))
  const byDue = dueRuns(due.opening, price, flag(payments), World.mostRenewals(days), cap.payAsYouGo)
  const ofDue = byDue.get(due.closing) ?? []
  return pools.flatMap((run) =>
    ofDue
      .filter(({ payAsYouGo }) => payAsYouGo === run.payAsYouGo)
      .map(({ renewals }) => explanation(pair, run, renewals)),
  )
}

/** As {@link explanations} where the amount due is known at both looks, by a search over whole balances. */
export const explanationsOfTheWhole = (pair: Pair, cap: Cap): ReadonlyArray<Explanation> => {
  const { closing, days, due, opening, refreshes } = pair
  if (due === undefined) throw new Error("the whole is searched only where the amount due is known")
  const rules = rulesOf(pair)
  const runs = reach<PoolRun & DueRun>(
    { ...opening, due: due.opening, refreshes: 0, usedMonthly: 0, granted: 0, payAsYouGo: 0, renewals: 0 },
    (run) =>
      World.steps(run, rules)
        .map(([action, balance]) => ({
          ...balance,
          refreshes: run.refreshes + flag(action === "Refresh"),
          usedMonthly: run.usedMonthly + flag(action === "UseMonthly"),
          granted: run.granted + flag(action === "Grant"),
          payAsYouGo: run.payAsYouGo + flag(action === "PayAsYouGo"),
          renewals: run.renewals + flag(action === "Renewal"),
        }))
        .filter(
          ({ granted, payAsYouGo, refreshes, renewals }) =>
            refreshes <= MOST_REFRESHES &&
            granted <= cap.granted &&
            payAsYouGo <= cap.payAsYouGo &&
            renewals <= World.mostRenewals(days),
        ),
    (run) =>
      pack(run.monthly, run.stable, run.due, run.refreshes, run.usedMonthly, run.granted, run.payAsYouGo, run.renewals),
  )
  return runs
    .filter(
      (run) =>
        run.monthly === closing.monthly &&
        run.stable === closing.stable &&
        run.due === due.closing &&
        refreshes.includes(run.refreshes),
    )
    .map((run) => explanation(pair, run, run.renewals))
}

export const QUANTITIES = [
  "monthly",
  "stable",
  "payAsYouGo",
  "usage",
  "refreshed",
  "expired",
  "granted",
  "renewed",
  "paid",
] as const satisfies ReadonlyArray<keyof Explanation>
export type Quantity = (typeof QUANTITIES)[number]

/** Least and most of a quantity over all explanations; `Infinity` where a wider cap brings more. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** The range of each quantity; `undefined` where nothing explains the pair. */
export const ranges = (pair: Pair, cap: Cap = CAP): Readonly<Record<Quantity, Range>> | undefined => {
  const all = explanations(pair, cap)
  const within = all.filter(({ granted, payAsYouGo }) => granted < cap.granted && payAsYouGo < cap.payAsYouGo)
  if (within.length === 0) {
    if (all.length > 0) throw new Error("the cap is too tight for this pair")
    return undefined
  }
  const most = (of: ReadonlyArray<Explanation>, quantity: Quantity) =>
    of.reduce((highest, found) => Math.max(highest, found[quantity]), 0)
  const range = (quantity: Quantity): Range => {
    const least = within.reduce((lowest, found) => Math.min(lowest, found[quantity]), Infinity)
    const highest = most(within, quantity)
    return { least, most: most(all, quantity) > highest ? Infinity : highest }
  }
  return {
    monthly: range("monthly"),
    stable: range("stable"),
    payAsYouGo: range("payAsYouGo"),
    usage: range("usage"),
    refreshed: range("refreshed"),
    expired: range("expired"),
    granted: range("granted"),
    renewed: range("renewed"),
    paid: range("paid"),
  }
}
