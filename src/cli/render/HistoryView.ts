/** Readings as rows of a table, each made by itself so that a history of any length can be printed. */
import type * as CustomerBalance from "../../domain/balance/CustomerBalance.js"
import * as Account from "../../domain/history/Account.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type * as MarkedHistory from "../../services/MarkedHistory.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Table from "./Table.js"

/** A heading and rows. */
export interface View {
  readonly head: (account: Account.Account) => ReadonlyArray<string>
  readonly row: (snapshot: MarkedHistory.Marked) => string
}

const MONEY: Table.Column = { width: 12, side: "right" }

/** A column of moments, as wide as they get in winter and in summer. */
export const moments = (times: Format.Times): Table.Column => ({
  width: Math.max(
    ...[Date.UTC(2026, 0, 28), Date.UTC(2026, 8, 30)].map((at) => Table.width(times.moment(Timestamp.fromMillis(at)))),
  ),
})

/** The amount due for people. */
export const due = ({ due: amount }: CustomerBalance.CustomerBalance): string =>
  amount._tag === "Due" ? Usd.format(amount.usd) : "not asked"

/** The account of a table, and of a narrow one the zone of its times. */
export const heading = (
  { baseUrl, owner }: Account.Account,
  colors: Colors,
  columns: number,
  zone?: string,
): ReadonlyArray<string> => [
  ...Table.fill([colors.bold(Account.formatOwner(owner)), colors.dim(`at ${new URL(baseUrl).host}`)], columns),
  ...(zone === undefined ? [] : [colors.dim(`times in ${zone}`)]),
]

/** The width of `2026-11-27 14:05`. */
export const STAMP: Table.Column = { width: 16 }

/**
 * A table of snapshots; times are in `zone`, amounts exact. Snapshots that do not count, or not yet, are marked. Where the table has less room
 * than it takes, times are shorter and marks are on a line of their own.
 */
export const make = (
  zone: string,
  colors: Colors,
  now: Timestamp.Timestamp,
  available = Number.POSITIVE_INFINITY,
): View => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const wide = [moments(times), MONEY, MONEY, MONEY, moments(times)]
  const isNarrow = Table.rowWidth(wide) > available
  const columns = isNarrow ? [STAMP, MONEY, MONEY, MONEY, STAMP] : wide
  const time = isNarrow ? times.stamp : times.moment
  return {
    head: (account) => [
      ...heading(account, colors, available, isNarrow ? zone : undefined),
      "",
      colors.bold(Table.row(["Seen", "Monthly", "Stable", "Due", "Next refresh"], columns)),
    ],
    row: (snapshot) => {
      const { balance, observedAt, standing } = snapshot
      const refresh = balance.refresh._tag === "RefreshAt" ? time(balance.refresh.at) : "not announced"
      const row = Table.row(
        [
          time(observedAt),
          Usd.format(Snapshot.monthly(snapshot)),
          Usd.format(Snapshot.stable(snapshot)),
          due(balance),
          refresh,
        ],
        columns,
      )
      const isFuture = observedAt.epochMillis > now.epochMillis
      const marks = [standing === "Current" ? "" : standing.toLowerCase(), isFuture ? "in the future" : ""].filter(
        Boolean,
      )
      if (marks.length === 0) return row
      const mark = `  ${colors.yellow(marks.join(", "))}`
      return Table.width(row + mark) > available ? `${row}\n${mark}` : row + mark
    },
  }
}
