/** The accounts of a file as a table, and the result of a merge. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Account from "../../domain/history/Account.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type { AccountSummary } from "../../infra/store/SnapshotStore.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Json from "./Json.js"
import * as Table from "./Table.js"

/** Every account with the number and the span of its snapshots, and the end of its pruned span. */
export const Listed = Schema.Struct({
  accounts: Schema.Array(
    Schema.Struct({
      account: Account.Account,
      snapshots: Json.Count,
      first: Timestamp.FromText,
      last: Timestamp.FromText,
      sealedUntil: Schema.OptionFromNullOr(Timestamp.FromText),
    }),
  ),
}).annotations({ identifier: "Accounts" })

/** The accounts as JSON. */
export const json = Json.printer(Listed)

const isLabel = ({ account }: AccountSummary): boolean => account.owner._tag === "Labelled"

const LABELS = [
  "me:LABEL is the account of a token whose id could not be resolved. If you know the id:",
  "zoo-runway accounts join me:LABEL user:ID",
]

const NOTHING = "no accounts yet: begin with zoo-runway fetch, or zoo-runway import FILE"

const PRUNED =
  "Pruned: up to that time, the last snapshot of each UTC day or hour is stored, and the usage of every day."

/** An account on lines of its own, where the table has less room than it takes. */
const block = (
  { account, first, last, sealedUntil, snapshots }: AccountSummary,
  times: Format.Times,
  columns: number,
): ReadonlyArray<string> => [
  ...Table.fill([Account.formatOwner(account.owner), `at ${account.baseUrl}`], columns),
  ...Table.fill(
    [
      `${Format.count(snapshots, "snapshot")},`,
      `${times.moment(first)} to`,
      times.moment(last),
      ...Option.match(sealedUntil, { onNone: () => [], onSome: (at) => [`(pruned up to ${times.moment(at)})`] }),
    ],
    columns,
    "  ",
  ),
]

/** The lines of a table; times are in `zone`. */
export const lines = (
  accounts: ReadonlyArray<AccountSummary>,
  zone: string,
  colors: Colors,
  columns = Number.POSITIVE_INFINITY,
): ReadonlyArray<string> => {
  if (accounts.length === 0) return [NOTHING]
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const isPruned = accounts.some(({ sealedUntil }) => Option.isSome(sealedUntil))
  const head = ["Subject", "Base URL", "Snapshots", "First", "Last", ...(isPruned ? ["Pruned"] : [])].map((name) =>
    colors.bold(name),
  )
  const rows = accounts.map(({ account, first, last, sealedUntil, snapshots }) => [
    Account.formatOwner(account.owner),
    account.baseUrl,
    `${snapshots}`,
    times.moment(first),
    times.moment(last),
    ...(isPruned ? [Option.match(sealedUntil, { onNone: () => "", onSome: times.moment })] : []),
  ])
  const table = Table.align([head, ...rows], [2])
  const isWide = table.some((line) => Table.width(line) > columns)
  const notes = [...(isPruned ? ["", PRUNED] : []), ...(accounts.some(isLabel) ? ["", ...LABELS] : [])]
  return [
    ...(isWide ? accounts.flatMap((account) => block(account, times, columns)) : table),
    ...notes.flatMap((note) => (note === "" ? [note] : Table.fill(note.split(" "), columns))),
  ]
}

/** Result of a merge. */
export const Joined = Schema.Struct({
  from: Account.Account,
  into: Account.Account,
  /** Snapshots that moved; those that the other account had already are counted too. */
  moved: Json.Count,
  /** Snapshots of the account that they moved into. */
  snapshots: Json.Count,
}).annotations({ identifier: "Joined" })
/** Result of a merge. */
export type Joined = typeof Joined.Type

/** The result of a merge as JSON. */
export const joinedJson = Json.printer(Joined)

/** The result of a merge in a line. */
export const joinedLine = ({ from, into, moved, snapshots }: Joined): string => {
  const [source, target] = [from, into].map(({ owner }) => Account.formatOwner(owner))
  return `${Format.count(moved, "snapshot")} moved from ${source} to ${target}, which has ${snapshots} now`
}
