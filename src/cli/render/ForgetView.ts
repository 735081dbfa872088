/** Result of forgetting, or of its dry run. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Format from "./Format.js"
import * as Json from "./Json.js"

/** An account: the snapshots that are removed, the first and the last of them, and the number of those that stay. */
export const ForgottenAccount = Schema.Struct({
  account: Account.Account,
  snapshots: Json.Count,
  stay: Json.Count,
  span: Schema.Struct({ first: Timestamp.FromText, last: Timestamp.FromText }),
})
/** An account that is forgotten, or loses snapshots. */
export type ForgottenAccount = typeof ForgottenAccount.Type

/** Result for a file; of a dry run what would be the result. */
export const Forgotten = Schema.Struct({
  dryRun: Schema.Boolean,
  /** The requested span; both are null where whole accounts are forgotten. */
  from: Schema.OptionFromNullOr(Timestamp.FromText),
  to: Schema.OptionFromNullOr(Timestamp.FromText),
  accounts: Schema.Array(ForgottenAccount),
}).annotations({ identifier: "Forgotten" })
/** Result for a file. */
export type Forgotten = typeof Forgotten.Type

/** The result as JSON. */
export const json = Json.printer(Forgotten)

/** One line for each account, and what follows; times are in `zone`. */
export const lines = ({ accounts, dryRun, from, to }: Forgotten, zone: string): ReadonlyArray<string> => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const isWhole = Option.isNone(from) && Option.isNone(to)
  const rows = accounts.map(({ account, snapshots, span: { first, last }, stay }) => {
    const left = isWhole
      ? ""
      : `; ${stay === 0 ? "none stays, so the account goes" : Format.count(stay, "stays", "stay")}`
    const what = `${Format.count(snapshots, "snapshot")}, from ${times.moment(first)} to ${times.moment(last)}${left}`
    return `  ${Account.formatOwner(account.owner)} at ${account.baseUrl}: ${what}`
  })
  const what = isWhole ? "with usage and the links from tokens to the account" : "with the usage computed from them"
  return dryRun
    ? [
        `Would remove, ${what}:`,
        ...rows,
        "This was a dry run. To remove, repeat the command with --yes. It cannot be undone.",
      ]
    : [
        `Removed, ${what}:`,
        ...rows,
        "No trace is left in the file. Backups and exports that were made before still have it.",
      ]
}
