/**
 * What a process does to a history: appends, as {@link file://./Steps.ts} has them, and now and then storing usage, pruning, and forgetting a
 * span. Defined by a seed alone.
 */
import { Random } from "../fuzz/Random.js"
import * as Snapshots from "./Snapshots.js"
import * as Steps from "./Steps.js"

/** One operation. Accounts are numbers from 0, times milliseconds since 1970. */
export type Operation =
  | { readonly _tag: "Append"; readonly step: Steps.Step }
  | { readonly _tag: "Fill"; readonly account: number }
  | {
      readonly _tag: "Prune"
      readonly account: number
      readonly before: number
      readonly keepLastOf: "Day" | "Hour"
    }
  | { readonly _tag: "Forget"; readonly account: number; readonly from: number; readonly to: number }

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Every index below `count` at least once, with the care of some accounts between. */
export const of = (seed: number, accounts: number, count: number): ReadonlyArray<Operation> => {
  const random = new Random(seed, 5)
  const operations: Array<Operation> = []
  let newest = 0
  for (const step of Steps.mixed(seed, count)) {
    operations.push({ _tag: "Append", step })
    newest = Math.max(newest, ...step)
    const now = Snapshots.START + Math.floor(newest / accounts) * Snapshots.EVERY
    const account = random.below(accounts)
    if (random.chance(0.06)) operations.push({ _tag: "Fill", account })
    if (random.chance(0.02)) {
      const before = now - random.between(1, 5) * DAY
      operations.push({ _tag: "Prune", account, before, keepLastOf: random.pick(["Day", "Hour"] as const) })
    }
    if (random.chance(0.02)) {
      const from = now - random.between(1, 72) * HOUR
      operations.push({ _tag: "Forget", account, from, to: from + random.between(1, 8) * HOUR })
    }
  }
  return operations
}
