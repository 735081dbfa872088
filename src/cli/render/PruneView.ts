/** What pruning removes and keeps, or would. */
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Table from "./Table.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** What became of an account, or would: its looks before, the days that were pruned, and what went of them and stayed. */
export const PrunedAccount = Schema.Struct({
  account: Account.Account,
  looks: Count,
  days: Count,
  removed: Count,
  /** Looks of the pruned days that stay. */
  kept: Count,
})
/** What became of an account, or would. */
export type PrunedAccount = typeof PrunedAccount.Type

/** What became of a file, or would, where `dryRun`. */
export const Pruned = Schema.Struct({
  dryRun: Schema.Boolean,
  /** The midnight (UTC) that the pruned days end by. */
  before: Timestamp.FromText,
  /** What is kept of a day: the last look of each hour, of the day, or none. */
  thin: Schema.NullOr(Schema.Literal("hour", "day")),
  accounts: Schema.Array(PrunedAccount),
  removed: Count,
}).annotations({ identifier: "Pruned" })
/** What became of a file, or would. */
export type Pruned = typeof Pruned.Type

const encode = Schema.encodeSync(Pruned)

/** The whole as JSON. */
export const json = (pruned: Pruned): string => JSON.stringify(encode(pruned), null, 2)

const kindOf = ({ thin }: Pruned): string =>
  thin === null ? "every look" : `all but the last look of each ${thin}, and those beside an event`

/** The lines of a table, and what follows from it; times are in `zone`. */
export const lines = (pruned: Pruned, zone: string, colors: Colors): ReadonlyArray<string> => {
  const { accounts, before, dryRun, removed } = pruned
  const until = Format.times(zone, Timestamp.fromMillis(0)).moment(before)
  if (accounts.length === 0) return ["nothing is kept, so that there is nothing to prune"]
  if (removed === 0) return [`nothing to prune up to ${until}: no day that ended by then has looks that would go`]
  const rows = accounts.map(({ account, days, kept, looks, removed: gone }) => [
    Format.text(Account.formatOwner(account.owner)),
    account.baseUrl,
    `${days}`,
    `${gone}`,
    `${kept}`,
    `${looks - gone}`,
  ])
  const head = dryRun
    ? ["Subject", "Base URL", "Days", "Would go", "Stay of them", "Stay in all"]
    : ["Subject", "Base URL", "Days", "Gone", "Stay of them", "Stay in all"]
  const title = `${dryRun ? "Pruning would remove" : "Pruned"} ${kindOf(pruned)}, of the days up to ${until}:`
  return [
    title,
    "",
    ...Table.align([head.map((name) => colors.bold(name)), ...rows], [2, 3, 4, 5]),
    "",
    "Sums of usage of these days stay as they are; looks of them are not taken in again.",
    dryRun
      ? "Nothing was removed: this was a dry run. To prune, say the same with --yes; zoo-runway backup FILE keeps a copy."
      : `${Format.count(removed, "look")} removed. The file keeps its size: the room is used again.`,
  ]
}
