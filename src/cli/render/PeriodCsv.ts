/** A statement by periods as CSV: a row a period, and the totals; each amount with the bounds that hold for certain. */
import * as Option from "effect/Option"
import type * as Estimate from "../../domain/history/Estimate.js"
import type { Row } from "../../domain/history/StatementRows.js"
import * as Usd from "../../domain/money/Usd.js"
import * as Timestamp from "../../domain/time/Timestamp.js"
import type { PeriodStatement } from "../../services/PeriodStatement.js"

type Amount = readonly [name: string, of: (row: Row) => Option.Option<Estimate.Estimate>]

const amount = (name: string, of: (row: Row) => Estimate.Estimate): Amount => [name, (row) => Option.some(of(row))]

const AMOUNTS: ReadonlyArray<Amount> = [
  amount("opening_monthly", (row) => row.opening.monthly),
  amount("opening_stable", (row) => row.opening.stable),
  ["opening_due", (row) => row.opening.due],
  amount("usage", (row) => row.usage),
  amount("usage_monthly", (row) => row.usageOf.monthly),
  amount("usage_stable", (row) => row.usageOf.stable),
  amount("usage_pay_as_you_go", (row) => row.usageOf.payAsYouGo),
  amount("refreshed", (row) => row.refreshed),
  amount("expired", (row) => row.expired),
  amount("granted", (row) => row.granted),
  amount("renewals", (row) => row.renewals),
  amount("charged", (row) => row.charged),
  amount("paid", (row) => row.paid),
  amount("corrections_monthly", (row) => row.corrections.monthly),
  amount("corrections_stable", (row) => row.corrections.stable),
  amount("corrections_due", (row) => row.corrections.due),
  amount("closing_monthly", (row) => row.closing.monthly),
  amount("closing_stable", (row) => row.closing.stable),
  ["closing_due", (row) => row.closing.due],
]

const HEADER = ["period", "from", "to", ...AMOUNTS.flatMap(([name]) => [name, `${name}_lower`, `${name}_upper`])]

const cells = (sum: Option.Option<Estimate.Estimate>): ReadonlyArray<string> =>
  Option.match(sum, {
    onNone: () => ["", "", ""],
    onSome: ({ expected, lower, upper }) => [
      Usd.format(expected),
      Usd.format(lower),
      Option.match(upper, { onNone: () => "", onSome: Usd.format }),
    ],
  })

const line = (fields: ReadonlyArray<string>): string => `${fields.join(",")}\r\n`

/** The whole file. Amounts are in USD with all of their digits; an upper bound is empty where there is none, an amount due where it is not known. */
export const text = ({ rows, totals }: PeriodStatement, nameOf: (row: Row) => string): string => {
  const row = (name: string, of: Row): string =>
    line([
      name,
      Timestamp.format(of.from),
      Timestamp.format(of.to),
      ...AMOUNTS.flatMap(([, amountOf]) => cells(amountOf(of))),
    ])
  return [line(HEADER), ...rows.map((each) => row(nameOf(each), each)), row("total", totals)].join("")
}
