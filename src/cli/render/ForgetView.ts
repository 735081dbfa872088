/** What forgetting removes, or would. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import * as Format from "./Format.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** An account with the count of its looks, and their span where it has any: of a pruned account sums alone may be kept. */
export const ForgottenAccount = Schema.Struct({
  account: Account.Account,
  looks: Count,
  span: Schema.OptionFromNullOr(Schema.Struct({ first: Timestamp.FromText, last: Timestamp.FromText })),
})
/** An account that is forgotten, or would be. */
export type ForgottenAccount = typeof ForgottenAccount.Type

/** What was removed, or would be, where `dryRun`. */
export const Forgotten = Schema.Struct({
  dryRun: Schema.Boolean,
  accounts: Schema.Array(ForgottenAccount),
}).annotations({ identifier: "Forgotten" })
/** What was removed, or would be. */
export type Forgotten = typeof Forgotten.Type

const encode = Schema.encodeSync(Forgotten)

/** The whole as JSON. */
export const json = (forgotten: Forgotten): string => JSON.stringify(encode(forgotten), null, 2)

/** A line an account, and what follows; times are in `zone`. */
export const lines = ({ accounts, dryRun }: Forgotten, zone: string): ReadonlyArray<string> => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const told = accounts.map(({ account, looks, span }) => {
    const what = Option.match(span, {
      onNone: () => "the sums of pruned days",
      onSome: ({ first, last }) =>
        `${Format.count(looks, "look")}, from ${times.moment(first)} to ${times.moment(last)}`,
    })
    return `${Format.text(Account.formatOwner(account.owner))} at ${account.baseUrl}: ${what}`
  })
  return dryRun
    ? [
        "Forgetting would remove, with its sums and whoever was known to open it:",
        ...told.map((line) => `  ${line}`),
        "Nothing was removed: this was a dry run. To forget, say the same with --yes. It cannot be undone.",
      ]
    : [
        "Forgotten, with its sums and whoever was known to open it:",
        ...told.map((line) => `  ${line}`),
        "Nothing of it is left in the file. Backups and exports that were made before still hold it.",
      ]
}
