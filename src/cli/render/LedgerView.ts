/** A statement as a table for people, written a part at a time. Amounts are exact, or between bounds. */
import * as Option from "effect/Option"
import type * as Pool from "../../domain/balance/Pool.js"
import type * as Account from "../../domain/history/Account.js"
import * as Amount from "../../domain/history/Amount.js"

import type * as Estimate from "../../domain/history/Estimate.js"
import type { Book, LedgerEvent } from "../../domain/history/LedgerEvent.js"
import * as Snapshot from "../../domain/history/Snapshot.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type * as Statement from "../../services/Statement.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as HistoryView from "./HistoryView.js"
import * as Table from "./Table.js"
import * as Words from "./Words.js"

const BOOK: Table.Column = { width: 10, side: "right" }

/** Within, what, amount, and what each book holds. */
const COLUMNS: ReadonlyArray<Table.Column> = [
  { width: 10 },
  { width: 28 },
  { width: 14, side: "right" },
  BOOK,
  BOOK,
  BOOK,
]

const POOLS: Readonly<Record<Pool.Name, string>> = {
  Monthly: "usage of monthly credits",
  Stable: "usage of stable credits",
  PayAsYouGo: "pay-as-you-go usage",
}
const CHARGES = { Usage: "charge for usage", Renewal: "charge for the plan", Unknown: "charge" } as const
const BOOKS: Readonly<Record<Book, string>> = {
  Monthly: "monthly credits",
  Stable: "stable credits",
  Due: "the amount due",
}

/** A plan's name as the API told it, on one line. */
const planName = (name: Option.Option<string>): string => Option.match(name, { onNone: () => "?", onSome: Format.text })

/** What an event is, in words. */
const kindOf = (event: LedgerEvent): string => {
  switch (event._tag) {
    case "Usage":
      return POOLS[event.pool]
    case "Refresh":
      return "refresh of monthly credits"
    case "Expiry":
      return "expiry of monthly credits"
    case "Grant":
      return "grant of stable credits"
    case "Charge":
      return CHARGES[event.kind]
    case "Payment":
      return "payment"
    case "PlanChange":
      return `plan: ${planName(event.before)} to ${planName(event.after)}`
    case "Correction":
      return `correction of ${BOOKS[event.book]}`
  }
}

/** What an event is, and how sure it is: `?` marks what may not have happened. */
const what = (event: LedgerEvent): string => {
  switch (event.confidence) {
    case "Certain":
      return kindOf(event)
    case "Likely":
      return `likely ${kindOf(event)}`
    case "Possible":
      return `${kindOf(event)} ?`
  }
}

const amountOf = (event: LedgerEvent): string =>
  event._tag === "PlanChange" ? "" : Format.bounds(Amount.lower(event.amount), Amount.upper(event.amount))

/** How long the event's span is, where it is no single moment. */
const within = ({ from, to }: LedgerEvent): string =>
  from.epochMillis < to.epochMillis ? Format.span(to.epochMillis - from.epochMillis) : ""

const levels = (snapshot: Snapshot.Snapshot, due = HistoryView.due(snapshot.balance)): ReadonlyArray<string> => [
  Usd.format(Snapshot.monthly(snapshot)),
  Usd.format(Snapshot.stable(snapshot)),
  due,
]

const estimate = ({ expected, lower, upper }: Estimate.Estimate): string => {
  const bounds = Format.bounds(lower, upper)
  const isBound = Usd.Equivalence(expected, lower) && (Option.isNone(upper) || Usd.Equivalence(expected, upper.value))
  return isBound ? `${bounds} USD` : `about ${Format.money(expected)} USD (${bounds})`
}

/** Between bounds. */
type Sum = Statement.Totals["refresh"]

const sums = ({ usageOf, ...totals }: Statement.Totals): ReadonlyArray<readonly [name: string, sum: Sum]> => [
  ["  monthly credits", usageOf.monthly],
  ["  stable credits", usageOf.stable],
  ["  pay as you go", usageOf.payAsYouGo],
  ["Refreshed", totals.refresh],
  ["Expired", totals.expiry],
  ["Granted", totals.grant],
  ["Renewals", totals.renewals],
  ["Other charges", totals.otherCharges],
  ["Paid", totals.payment],
  ["Corrected", totals.correction],
]

const isNothing = ({ lower, upper }: Sum): boolean => Usd.isZero(lower) && Option.exists(upper, Usd.isZero)

/** Until, within, what and the amount, where the balances are on a line of their own. */
const NARROW: ReadonlyArray<Table.Column> = [
  HistoryView.STAMP,
  { width: 9 },
  { width: 33 },
  { width: 12, side: "right" },
]
/** Where the third of them begins. */
const INDENT = " ".repeat(29)

const BALANCES = ["monthly", "stable", "due"] as const

/** A row of a narrow table: what does not fit is on the lines after it, flush right where it is the amount. */
const narrowRow = (
  [until = "", during = "", name = "", amount = "", ...held]: ReadonlyArray<string>,
  available: number,
): string => {
  const row = Table.row([until, during, name, amount], NARROW)
  const [first = "", ...more] = Table.fill(name.split(" "), available - INDENT.length)
  const wrapped = [Table.row([until, during, first], NARROW), ...more.map((line) => INDENT + line)]
  const levels = held.map((usd, index) => `${BALANCES[index]} ${usd}${index < held.length - 1 ? "," : ""}`)
  return [
    ...(Table.width(row) <= available ? [row] : [...wrapped, Table.pad(amount, available, "right")]),
    ...Table.fill(levels, available, INDENT),
  ].join("\n")
}

/**
 * Lines of the table; times are in `zone`. Snapshots without an event are counted, not shown. Where the table has less room than it takes, times are
 * shorter and the balances are on a line of their own.
 */
export const make = (zone: string, colors: Colors, available = Number.POSITIVE_INFINITY) => {
  const times = Format.times(zone, Timestamp.fromMillis(0))
  const columns = [HistoryView.moments(times), ...COLUMNS]
  const isNarrow = Table.rowWidth(columns) > available
  const time = isNarrow ? times.stamp : times.moment
  const rowOf = (cells: ReadonlyArray<string>): string =>
    isNarrow ? narrowRow(cells, available) : Table.row(cells, columns)
  const wrap = (line: string): ReadonlyArray<string> =>
    Table.fill(line.split(" "), available).map((each) => colors.dim(each))
  let [snapshots, quiet] = [0, 0]
  let last: Snapshot.Snapshot | undefined
  return {
    head: (account: Account.Account, { closing, opening, openingDue }: Statement.Statement): ReadonlyArray<string> => [
      ...HistoryView.heading(account, colors, available, isNarrow ? zone : undefined),
      colors.dim(`${times.moment(opening.observedAt)} to ${times.moment(closing.observedAt)}`),
      "",
      colors.bold(rowOf(["Until", "within", "what", "USD", ...(isNarrow ? [] : ["Monthly", "Stable", "Due"])])),
      rowOf([
        time(opening.observedAt),
        "",
        "opening balance",
        "",
        ...levels(
          opening,
          Option.match(openingDue, { onNone: () => "not asked", onSome: ({ usd }) => Usd.format(usd) }),
        ),
      ]),
      ...Option.toArray(
        Option.filterMap(openingDue, ({ at }) =>
          at.epochMillis < opening.observedAt.epochMillis
            ? Option.some(colors.dim(`the amount due at the opening is as of ${times.moment(at)}`))
            : Option.none(),
        ),
      ),
    ],
    closed: ({ entries, snapshot }: Statement.ClosedBy): ReadonlyArray<string> => {
      const events = entries.flatMap((entry) => entry.events)
      // The closing snapshot comes once more where the end of the history leaves an entry open.
      if (snapshot !== last) {
        snapshots++
        if (events.length === 0) quiet++
      }
      last = snapshot
      // The balances stand behind the last event that the snapshot closes.
      return events.map((event, index) =>
        rowOf([
          time(event.to),
          within(event),
          what(event),
          amountOf(event),
          ...(index === events.length - 1 ? levels(snapshot) : []),
        ]),
      )
    },
    foot: (totals: Statement.Totals): ReadonlyArray<string> => [
      "",
      ...Table.align([
        [colors.bold("Total usage"), colors.bold(estimate(totals.usage))],
        ...sums(totals).flatMap(([name, sum]) =>
          isNothing(sum) ? [] : [[name, `${Format.bounds(sum.lower, sum.upper)} USD`]],
        ),
      ]),
      ...(totals.assumes.length === 0
        ? []
        : wrap(`assumes: ${totals.assumes.map((each) => Words.ASSUMED[each]).join("; ")}`)),
      colors.dim(`${Format.count(snapshots, "snapshot")} after the opening one, ${quiet} without an event`),
    ],
  }
}
