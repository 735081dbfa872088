/** Result of pruning, or of its dry run. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Json from "./Json.js"
import * as Table from "./Table.js"

/** An account: its snapshots before pruning, those removed, those before the limit that stay, and the UTC days that lose snapshots. */
export const PrunedAccount = Schema.Struct({
  account: Account.Account,
  snapshots: Json.Count,
  days: Json.Count,
  removed: Json.Count,
  kept: Json.Count,
  /** End of the sealed span afterwards; null where the account is not sealed. */
  sealedUntil: Schema.OptionFromNullOr(Timestamp.FromText),
})
/** An account that is pruned. */
export type PrunedAccount = typeof PrunedAccount.Type

/** Result for a file; of a dry run what would be the result. */
export const Pruned = Schema.Struct({
  dryRun: Schema.Boolean,
  /** The UTC midnight up to which days are pruned. */
  before: Timestamp.FromText,
  /** The last snapshot of each of these stays. */
  thin: Schema.Literal("hour", "day"),
  accounts: Schema.Array(PrunedAccount),
  removed: Json.Count,
}).annotations({ identifier: "Pruned" })
/** Result for a file. */
export type Pruned = typeof Pruned.Type

/** The result as JSON. */
export const json = Json.printer(Pruned)

/** The lines of a table, and what follows from it; times are in `zone`, and seals are UTC midnights. */
export const lines = (pruned: Pruned, zone: string, colors: Colors): ReadonlyArray<string> => {
  const { accounts, before, dryRun, removed, thin } = pruned
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const until = times.moment(before)
  if (accounts.length === 0) return ["nothing to prune: the file has no accounts"]
  if (removed === 0)
    return [`nothing to prune before ${until}: no UTC day has more than the last snapshot of each ${thin}`]
  const isOneSite = new Set(accounts.map(({ account }) => account.baseUrl)).size === 1
  const rows = accounts.flatMap(({ account, days, kept, removed: gone, sealedUntil }) => [
    [
      Account.formatOwner(account.owner),
      `${gone}`,
      `${kept}`,
      `${days}`,
      Option.match(sealedUntil, { onNone: () => "not sealed", onSome: (at) => Timestamp.format(at).slice(0, 10) }),
    ],
    ...(isOneSite ? [] : [[`  at ${account.baseUrl}`]]),
  ])
  const head = ["Subject", dryRun ? "Remove" : "Removed", "Stay", "UTC days", "Sealed until"]
  const title = dryRun ? "Pruning would remove all snapshots" : "Pruned all snapshots"
  return [
    `${title} before ${until} except the last one of each UTC ${thin}:`,
    "",
    ...Table.align([head.map((name) => colors.bold(name)), ...rows], [1, 2, 3]),
    "",
    "Status, ledger and forecast keep their totals: the usage of every pruned day is stored.",
    `Snapshots from before the end of the sealed span ${dryRun ? "will not be" : "are not"} accepted any more.`,
    dryRun
      ? "This was a dry run. To prune, repeat the command with --yes; zoo-runway backup FILE makes a copy first."
      : `${Format.count(removed, "snapshot")} removed. The file keeps its size and reuses the free space.`,
  ]
}
