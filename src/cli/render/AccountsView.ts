/** The accounts of a file: for people a table, and what a join did. */
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type { AccountSummary } from "../../infra/store/SnapshotStore.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Table from "./Table.js"

const Count = Schema.Int.pipe(Schema.nonNegative())

/** Every account with the count and the span of its looks. */
export const Json = Schema.Struct({
  accounts: Schema.Array(
    Schema.Struct({
      account: Account.Account,
      looks: Count,
      first: Timestamp.FromText,
      last: Timestamp.FromText,
    }),
  ),
}).annotations({ identifier: "Accounts" })

const encode = Schema.encodeSync(Json)

/** The accounts as JSON. */
export const json = (accounts: ReadonlyArray<AccountSummary>): string =>
  JSON.stringify(
    encode({ accounts: accounts.map(({ snapshots, ...summary }) => ({ ...summary, looks: snapshots })) }),
    null,
    2,
  )

const isLabel = ({ account }: AccountSummary): boolean => account.owner._tag === "Labelled"

const LABELS = [
  "me:LABEL is whoever held a token whose id could not be asked for. Where you know who it is:",
  "zoo-runway accounts join me:LABEL user:ID",
]

const NOTHING = "nothing is kept yet: begin with zoo-runway fetch, or zoo-runway import FILE"

const PRUNED = "Where no look is left, all were pruned, and their sums are kept."

/** The lines of a table; times are in `zone`. */
export const lines = (accounts: ReadonlyArray<AccountSummary>, zone: string, colors: Colors): ReadonlyArray<string> => {
  if (accounts.length === 0) return [NOTHING]
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const head = ["Subject", "Base URL", "Looks", "First", "Last"].map((name) => colors.bold(name))
  const rows = accounts.map(({ account, first, last, snapshots }) => [
    Format.text(Account.formatOwner(account.owner)),
    account.baseUrl,
    `${snapshots}`,
    times.moment(first),
    times.moment(last),
  ])
  return [
    ...Table.align([head, ...rows], [2]),
    ...(accounts.some(({ snapshots }) => snapshots === 0) ? ["", PRUNED] : []),
    ...(accounts.some(isLabel) ? ["", ...LABELS] : []),
  ]
}

/** What a join did. */
export const Joined = Schema.Struct({
  from: Account.Account,
  into: Account.Account,
  /** Looks that moved; those that the other account had already are counted too. */
  moved: Count,
  /** Looks of the account that they moved into. */
  looks: Count,
}).annotations({ identifier: "Joined" })
/** What a join did. */
export type Joined = typeof Joined.Type

const encodeJoined = Schema.encodeSync(Joined)

/** What a join did, as JSON. */
export const joinedJson = (joined: Joined): string => JSON.stringify(encodeJoined(joined), null, 2)

/** What a join did, in a line. */
export const joinedLine = ({ from, into, looks, moved }: Joined): string => {
  const [source, target] = [from, into].map(({ owner }) => Format.text(Account.formatOwner(owner)))
  return `${Format.count(moved, "look")} moved from ${source} to ${target}, which has ${looks} now`
}
