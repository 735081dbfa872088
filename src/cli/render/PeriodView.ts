/** A statement by periods as tables for people: usage by pool, the credits, and the amount due. */
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import * as Estimate from "../../domain/history/Estimate.js"
import type { Balances, Row } from "../../domain/history/StatementRows.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Calendar from "../../domain/time/Calendar.js"
import type { PeriodStatement } from "../../services/PeriodStatement.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as Table from "./Table.js"

/** A column: its name, and its amount in a row; `None` where it is not known. */
interface Column {
  readonly name: string
  readonly of: (row: Row) => Option.Option<Estimate.Estimate>
  /** What stands at the end of a row, and not in it: the total of it is the last one. */
  readonly opening?: (balances: Balances) => Option.Option<Estimate.Estimate>
}

const column = (name: string, of: (row: Row) => Estimate.Estimate): Column => ({
  name,
  of: (row) => Option.some(of(row)),
})

const balance = (name: string, of: (balances: Balances) => Option.Option<Estimate.Estimate>): Column => ({
  name,
  of: (row) => of(row.closing),
  opening: of,
})

const left = ({ monthly, stable }: Balances): Option.Option<Estimate.Estimate> =>
  Option.some(Estimate.add(monthly, stable))

const USAGE: ReadonlyArray<Column> = [
  column("Monthly", (row) => row.usageOf.monthly),
  column("Stable", (row) => row.usageOf.stable),
  column("Pay as you go", (row) => row.usageOf.payAsYouGo),
  column("All", (row) => row.usage),
]

const CREDITS: ReadonlyArray<Column> = [
  column("Refreshed", (row) => row.refreshed),
  column("Granted", (row) => row.granted),
  column("Used", (row) => Estimate.add(row.usageOf.monthly, row.usageOf.stable)),
  column("Expired", (row) => row.expired),
  column("Corrected", (row) => Estimate.add(row.corrections.monthly, row.corrections.stable)),
  balance("Left", left),
]

const DUE: ReadonlyArray<Column> = [
  column("Renewals", (row) => row.renewals),
  column("For usage", (row) => row.charged),
  column("Paid", (row) => row.paid),
  column("Corrected", (row) => row.corrections.due),
  balance("Due", ({ due }) => due),
]

const isNothing = (sum: Estimate.Estimate): boolean => Estimate.isExact(sum) && Usd.isZero(sum.expected)

/** Whether the bounds are further apart than a cent shows. */
const isRough = ({ lower, upper }: Estimate.Estimate): boolean =>
  Option.match(upper, { onNone: () => true, onSome: (usd) => Format.money(usd) !== Format.money(lower) })

const cell = (sum: Option.Option<Estimate.Estimate>): string =>
  Option.match(sum, {
    onNone: () => "–",
    onSome: (known) => `${isRough(known) ? "~" : ""}${Format.money(known.expected)}`,
  })

/** The name of the period that a row lies in. */
export const nameOf = ({ by, zone }: PeriodStatement, row: Row): string => {
  const { date } = Calendar.dayAt(row.from, zone)
  return by === "month" ? date.slice(0, 7) : date
}

const CELL: Table.Column = { width: 13, side: "right" }
const NARROW: Table.Column = { width: 9, side: "right" }
const NAME: Table.Column = { width: 13 }

const bound = (which: "lower" | "upper", sum: Option.Option<Estimate.Estimate>): string =>
  Option.match(sum, {
    onNone: () => "",
    onSome: (known) => {
      if (!isRough(known)) return ""
      if (which === "lower") return Format.money(known.lower)
      return Option.match(known.upper, { onNone: () => "no limit", onSome: Format.money })
    },
  })

/** Rows of bounds under a row, where some of its amounts are not known to the cent. */
const boundsOf = (sums: ReadonlyArray<Option.Option<Estimate.Estimate>>): ReadonlyArray<ReadonlyArray<string>> =>
  sums.some(Option.exists(isRough))
    ? [
        ["  at least", ...sums.map((sum) => bound("lower", sum))],
        ["  at most", ...sums.map((sum) => bound("upper", sum))],
      ]
    : []

const table = (
  title: string,
  columns: ReadonlyArray<Column>,
  statement: PeriodStatement,
  colors: Colors,
): ReadonlyArray<string> => {
  const { by, rows, totals } = statement
  const shown = columns.filter(
    ({ name, of }) => name !== "Corrected" || [...rows, totals].some((row) => !Option.exists(of(row), isNothing)),
  )
  const widths = [NAME, ...shown.map(() => (shown.length > 4 ? NARROW : CELL))]
  const line = (cells: ReadonlyArray<string>): string => Table.row(cells, widths)
  const cellsOf = (row: Row) => shown.map(({ of }) => of(row))
  const [first] = rows
  const hasBalance = shown.some(({ opening }) => opening !== undefined)
  const opening =
    first === undefined || !hasBalance
      ? []
      : [line(["opening", ...shown.map((each) => (each.opening ? cell(each.opening(first.opening)) : ""))])]
  const sums = cellsOf(totals)
  return [
    colors.bold(title),
    colors.dim(line(["", ...shown.map(({ name }) => name)])),
    ...opening,
    ...rows.flatMap((row) => {
      const found = cellsOf(row)
      return [
        line([nameOf(statement, row), ...found.map(cell)]),
        ...(by === "day" ? [] : boundsOf(found)).map((cells) => colors.dim(line(cells))),
      ]
    }),
    colors.bold(line(["total", ...sums.map(cell)])),
    ...boundsOf(sums).map((cells) => colors.dim(line(cells))),
    "",
  ]
}

const PERIODS = { day: "day", week: "week, from Monday", month: "month", cycle: "cycle" } as const

/** The lines of a statement. */
export const lines = (statement: PeriodStatement, colors: Colors): ReadonlyArray<string> => {
  const { account, by, totals, zone } = statement
  const { stamp } = Format.times(zone, totals.to)
  const all = [USAGE, CREDITS, DUE].flat().flatMap(({ of }) => [...statement.rows, totals].map(of))
  return [
    `${colors.bold(Account.formatOwner(account.owner))} ${colors.dim(`at ${new URL(account.baseUrl).host}`)}`,
    `By ${PERIODS[by]}, from ${stamp(totals.from)} to ${stamp(totals.to)} ${zone}. Amounts in USD.`,
    "",
    ...table("Used", USAGE, statement, colors),
    ...table("Credits", CREDITS, statement, colors),
    ...table("Amount due", DUE, statement, colors),
    ...(all.some(Option.exists(isRough))
      ? ["~ is an estimate between bounds: no snapshot tells the amount to the cent."]
      : []),
  ]
}
