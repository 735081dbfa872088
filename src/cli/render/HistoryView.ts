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

/** A table of snapshots; times are in `zone`, amounts exact. Snapshots that do not count, or not yet, are marked. */
export const make = (zone: string, colors: Colors, now: Timestamp.Timestamp): View => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const columns = [moments(times), MONEY, MONEY, MONEY, moments(times)]
  return {
    head: (account) => [
      `${colors.bold(Account.formatOwner(account.owner))} ${colors.dim(`at ${new URL(account.baseUrl).host}`)}`,
      "",
      colors.bold(Table.row(["Seen", "Monthly", "Stable", "Due", "Next refresh"], columns)),
    ],
    row: (snapshot) => {
      const { balance, observedAt, standing } = snapshot
      const refresh = balance.refresh._tag === "RefreshAt" ? times.moment(balance.refresh.at) : "not announced"
      const row = Table.row(
        [
          times.moment(observedAt),
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
      return marks.length === 0 ? row : `${row}  ${colors.yellow(marks.join(", "))}`
    },
  }
}
