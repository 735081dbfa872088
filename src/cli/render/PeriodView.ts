/** A statement by periods as tables for people: usage by pool, the credits, and the amount due. */
import * as Option from "effect/Option"
import * as Estimate from "../../domain/history/Estimate.js"
import type { Balances, Row } from "../../domain/history/StatementRows.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Calendar from "../../domain/time/Calendar.js"
import type { PeriodStatement } from "../../services/PeriodStatement.js"
import type { Colors } from "../Terminal.js"
import * as Format from "./Format.js"
import * as HistoryView from "./HistoryView.js"
import * as Table from "./Table.js"
import * as Words from "./Words.js"

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

const CORRECTED = "Corrected"

const USAGE: ReadonlyArray<Column> = [
  column("Monthly", (row) => row.usageOf.monthly),
  column("Stable", (row) => row.usageOf.stable),
  column("Pay as you go", (row) => row.usageOf.payAsYouGo),
  column("All", (row) => row.usage),
]

const CREDITS: ReadonlyArray<Column> = [
  column("Refreshed", (row) => row.refreshed),
  column("Granted", (row) => row.granted),
  column("Used", (row) => row.usageOf.credits),
  column("Expired", (row) => row.expired),
  column(CORRECTED, (row) => row.corrections.credits),
  balance("Left", ({ credits }) => Option.some(credits)),
]

const DUE: ReadonlyArray<Column> = [
  column("Renewals", (row) => row.renewals),
  column("Other charges", (row) => row.charged),
  column("Paid", (row) => row.paid),
  column(CORRECTED, (row) => row.corrections.due),
  balance("Due", ({ due }) => due),
]

const isNothing = (sum: Estimate.Estimate): boolean => Estimate.isExact(sum) && Usd.isZero(sum.expected)

/** Whether the bounds are further apart than a cent shows. */
const isRough = ({ lower, upper }: Estimate.Estimate): boolean =>
  Option.match(upper, { onNone: () => true, onSome: (usd) => Format.money(usd) !== Format.money(lower) })

/** Whether the amount is not known at all: it may be zero or any amount. */
const isUnknown = ({ expected, lower, upper }: Estimate.Estimate): boolean =>
  Option.isNone(upper) && Usd.isZero(lower) && Usd.isZero(expected)

const UNKNOWN = "–"

/** What is known of a sum. */
const known = (sum: Option.Option<Estimate.Estimate>) => Option.filter(sum, (estimate) => !isUnknown(estimate))

const cell = (sum: Option.Option<Estimate.Estimate>): string =>
  Option.match(known(sum), {
    onNone: () => UNKNOWN,
    onSome: (estimate) => `${isRough(estimate) ? "~" : ""}${Format.money(estimate.expected)}`,
  })

/** The name of the period that a row lies in. */
export const nameOf = ({ by, zone }: PeriodStatement, row: Row): string => {
  const { date } = Calendar.dayAt(row.from, zone)
  return by === "month" ? date.slice(0, 7) : date
}

/** The lines fit so many columns, but for amounts that are too long for any table. */
const COLUMNS = 80
/** `2026-11-27`. */
const NAME: Table.Column = { width: 10 }
const MAX_WIDTH = 13

/** Columns of a table: all as wide as the widest cell takes, or each as wide as its own cells where that is too wide. */
const columnsOf = (lines: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<Table.Column> => {
  const [header = []] = lines
  const own = header.slice(1).map((_, index) => Math.max(...lines.map((cells) => Table.width(cells[index + 1] ?? ""))))
  const of = (widths: ReadonlyArray<number>): ReadonlyArray<Table.Column> => [
    NAME,
    ...widths.map((width) => ({ width, side: "right" as const })),
  ]
  const even = [MAX_WIDTH, Math.max(...own)].map((width) => of(own.map((each) => Math.max(width, each))))
  return even.find((columns) => Table.rowWidth(columns) <= COLUMNS) ?? of(own)
}

const bound = (which: "lower" | "upper", sum: Option.Option<Estimate.Estimate>): string =>
  Option.match(Option.filter(known(sum), isRough), {
    onNone: () => "",
    onSome: ({ lower, upper }) =>
      which === "lower" ? Format.money(lower) : Option.match(upper, { onNone: () => "no limit", onSome: Format.money }),
  })

/** Rows of bounds under a row, where some of its amounts are not known to the cent. */
const boundsOf = (sums: ReadonlyArray<Option.Option<Estimate.Estimate>>): ReadonlyArray<ReadonlyArray<string>> =>
  sums.some((sum) => Option.exists(known(sum), isRough))
    ? [
        ["  at least", ...sums.map((sum) => bound("lower", sum))],
        ["  at most", ...sums.map((sum) => bound("upper", sum))],
      ]
    : []

/** Corrections are rare: their column is there where anything was corrected. */
const isShown = ({ name, of }: Column, { rows, totals }: PeriodStatement): boolean =>
  name !== CORRECTED || [...rows, totals].some((row) => !Option.exists(of(row), isNothing))

const table = (
  title: string,
  possible: ReadonlyArray<Column>,
  statement: PeriodStatement,
  colors: Colors,
): ReadonlyArray<string> => {
  const { by, rows, totals } = statement
  const shown = possible.filter((each) => isShown(each, statement))
  const cellsOf = (row: Row) => shown.map(({ of }) => of(row))
  const [first] = rows
  const hasBalance = shown.some(({ opening }) => opening !== undefined)
  const header = ["", ...shown.map(({ name }) => name)]
  const opening =
    first === undefined || !hasBalance
      ? []
      : [["opening", ...shown.map((each) => (each.opening ? cell(each.opening(first.opening)) : ""))]]
  const body = rows.map((row) => {
    const found = cellsOf(row)
    const bounds = by === "day" ? [] : boundsOf(found)
    return { cells: [nameOf(statement, row), ...found.map(cell)], bounds }
  })
  const sums = cellsOf(totals)
  const [total, bounds] = [["total", ...sums.map(cell)], boundsOf(sums)]
  const cells = [header, ...opening, ...body.flatMap((row) => [row.cells, ...row.bounds]), total, ...bounds]
  const columns = columnsOf(cells)
  const line = (cells: ReadonlyArray<string>): string => Table.row(cells, columns)
  return [
    colors.bold(title),
    colors.dim(line(header)),
    ...opening.map(line),
    ...body.flatMap((row) => [line(row.cells), ...row.bounds.map((cells) => colors.dim(line(cells)))]),
    colors.bold(line(total)),
    ...bounds.map((cells) => colors.dim(line(cells))),
    "",
  ]
}

const PERIODS = { day: "day", week: "week (from Monday)", month: "month", cycle: "cycle" } as const

/** What all of it takes as true without evidence. */
const assumed = ({ assumes }: PeriodStatement): ReadonlyArray<string> =>
  assumes.length === 0
    ? []
    : Table.fill(`Assumes: ${assumes.map((each) => Words.ASSUMED[each]).join("; ")}.`.split(" "), COLUMNS)

/** The lines of a statement. */
export const lines = (statement: PeriodStatement, colors: Colors): ReadonlyArray<string> => {
  const { account, by, totals, zone } = statement
  const { stamp } = Format.times(zone, totals.to)
  const shown = [USAGE, CREDITS, DUE].flat().filter((each) => isShown(each, statement))
  const all = shown.flatMap(({ of }) => [...statement.rows, totals].map(of))
  const heading = [
    `By ${PERIODS[by]} in ${zone},`,
    `from ${stamp(totals.from)} to ${stamp(totals.to)}.`,
    "Amounts are in USD.",
  ]
  return [
    ...HistoryView.heading(account, colors, COLUMNS),
    ...Table.fill(heading, COLUMNS),
    "",
    ...table("Used", USAGE, statement, colors),
    ...table("Credits", CREDITS, statement, colors),
    ...table("Amount due", DUE, statement, colors),
    ...(all.some((sum) => Option.isNone(known(sum)))
      ? [`${UNKNOWN} is not known: the amount due that was asked for does not tell it.`]
      : []),
    ...(all.some((sum) => Option.exists(known(sum), isRough))
      ? [
          "~ is an estimate between bounds: no snapshot tells the amount to the cent.",
          ...(by === "day" ? ["The bounds of each day are in the output of --json and --format csv."] : []),
        ]
      : []),
    ...(shown.some(({ name }) => name === CORRECTED)
      ? ["Corrected is what no event explains, or what estimates at a border leave over."]
      : []),
    ...assumed(statement),
  ]
}
