/** What must hold of the rows of a statement, whatever their borders. */
import * as Option from "effect/Option"
import * as Consumption from "../../src/domain/history/Consumption.js"
import * as Estimate from "../../src/domain/history/Estimate.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as StatementRows from "../../src/domain/history/StatementRows.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import * as Folded from "./Folded.js"
import type { Scenario } from "./Scenario.js"
import * as Sums from "./Sums.js"
import type { TrueAccount } from "./TrueAccount.js"
import type { Law, Violation } from "./Violation.js"

const DAY = 86_400_000

/** A ledger, and its usage. */
interface Source extends Folded.Folded {
  readonly usage: Consumption.Consumption
}

const sourceOf = (looks: ReadonlyArray<Snapshot.Snapshot>): Source => ({
  ...Folded.of(looks),
  usage: Consumption.fromLedger(Ledger.fromHistory(looks)),
})

const between = (borders: ReadonlyArray<number>, { days, open, usage }: Source): ReadonlyArray<StatementRows.Row> => {
  const builder = new StatementRows.Builder(borders, usage)
  for (const day of days) builder.add(day)
  for (const entry of open) builder.addOpen(entry)
  return [...builder.rows()]
}

/** Borders from the first look to the last one, every so many days at an offset from UTC midnight. */
const bordersOf = (from: number, to: number, days: number, offset: number): ReadonlyArray<number> => {
  const borders = [from]
  for (let at = (Math.floor(from / DAY) + 1) * DAY + offset; at < to; at += days * DAY) if (at > from) borders.push(at)
  return [...borders, to]
}

const boundsOf = ({ lower, upper }: Estimate.Estimate): Sums.Bounds => ({
  lower: lower.value,
  upper: Option.getOrUndefined(upper)?.value,
})

/** Sums that say by how much something was used, charged or paid, and not where a balance stands. */
const isFlow = (name: string): boolean => !/^(?:corrections|opening|closing)/.test(name)

const rowSums = (row: StatementRows.Row): ReadonlyArray<readonly [string, Estimate.Estimate]> => [
  ["usage", row.usage],
  ["monthly", row.usageOf.monthly],
  ["stable", row.usageOf.stable],
  ["pay as you go", row.usageOf.payAsYouGo],
  ["refreshed", row.refreshed],
  ["expired", row.expired],
  ["granted", row.granted],
  ["renewals", row.renewals],
  ["charged", row.charged],
  ["paid", row.paid],
  ["corrections of monthly", row.corrections.monthly],
  ["corrections of stable", row.corrections.stable],
  ["corrections of due", row.corrections.due],
  ["opening monthly", row.opening.monthly],
  ["opening stable", row.opening.stable],
  ["closing monthly", row.closing.monthly],
  ["closing stable", row.closing.stable],
  ...Option.toArray(Option.map(row.opening.due, (due) => ["opening due", due] as const)),
  ...Option.toArray(Option.map(row.closing.due, (due) => ["closing due", due] as const)),
]

/** By how much the estimates of a row miss its closing balances, in nano-dollars. */
const residuals = (row: StatementRows.Row): ReadonlyArray<bigint> => {
  const of = ({ expected }: Estimate.Estimate): bigint => expected.value
  const { closing, corrections, opening, usageOf } = row
  const due = Option.zipWith(opening.due, closing.due, (a, b) => {
    const moved = of(row.renewals) + of(row.charged) - of(row.paid) + of(corrections.due)
    return of(a) + moved - of(b)
  })
  return [
    of(opening.monthly) +
      of(row.refreshed) -
      of(row.expired) -
      of(usageOf.monthly) +
      of(corrections.monthly) -
      of(closing.monthly),
    of(opening.stable) + of(row.granted) - of(usageOf.stable) + of(corrections.stable) - of(closing.stable),
    ...Option.toArray(due),
  ]
}

/** Sums of rows that add up to those of the whole. */
export const FLOWS: ReadonlyArray<readonly [name: string, of: (row: StatementRows.Row) => Estimate.Estimate]> = [
  ["usage", (row) => row.usage],
  ["refreshed", (row) => row.refreshed],
  ["expired", (row) => row.expired],
  ["granted", (row) => row.granted],
  ["renewals", (row) => row.renewals],
  ["charged", (row) => row.charged],
  ["paid", (row) => row.paid],
]

/** Checks rows with borders at several places; `unhidden`: every assumption of the ledger holds for the account. */
export const check = (
  scenario: Scenario,
  account: TrueAccount,
  looks: ReadonlyArray<Snapshot.Snapshot>,
  unhidden: boolean,
): { readonly checked: number; readonly violations: ReadonlyArray<Violation> } => {
  const [first, last] = [looks[0]?.observedAt.epochMillis, looks.at(-1)?.observedAt.epochMillis]
  if (first === undefined || last === undefined || first >= last) return { checked: 0, violations: [] }
  const source = sourceOf(looks)
  const lag = (scenario.options.lagSeconds ?? 0) * 1000
  const violations: Array<Violation> = []
  let checked = 0
  const broken = (law: Law, sort: string, detail: string): void => {
    violations.push({ law, sort, number: scenario.number, detail: `    ${detail}` })
  }
  const [whole] = between([first, last], source)
  if (whole === undefined) return { checked, violations }
  for (const [days, offset] of [
    [1, 0],
    [7, 0.25 * DAY - 900_000],
    [30, 0],
  ] as const) {
    const rows = between(bordersOf(first, last, days, offset), source)
    for (const [index, row] of [...rows, whole].entries()) {
      checked++
      const place = `${Timestamp.format(row.from)} to ${Timestamp.format(row.to)}`
      for (const [name, sum] of rowSums(row)) {
        if (!Sums.contains(boundsOf(sum), sum.expected.value)) {
          broken("rows lie within their bounds", name, `${place} ${Sums.show(boundsOf(sum))}: ${sum.expected.value}`)
        }
        if (isFlow(name) && sum.expected.value < 0n) {
          broken("rows lie within their bounds", `negative ${name}`, `${place} ${sum.expected.value}`)
        }
      }
      for (const [book, residual] of residuals(row).entries()) {
        if (residual !== 0n) broken("rows close", `${book}`, `${place} by ${residual}`)
      }
      const before = rows[index - 1]
      if (before !== undefined && row !== whole) {
        const follows =
          before.closing.monthly.expected.value === row.opening.monthly.expected.value &&
          before.closing.stable.expected.value === row.opening.stable.expected.value
        if (!follows) broken("rows follow on", "", place)
      }
      const used = Consumption.over(source.usage, row).usage
      if (used.expected.value !== row.usage.expected.value) {
        broken(
          "rows add up",
          "usage of the series",
          `${place} ${used.expected.value} is not ${row.usage.expected.value}`,
        )
      }
      if (!unhidden) continue
      const [from, to] = [row.from.epochMillis - lag, row.to.epochMillis - lag]
      const truth = account.usageBetween(from, to)
      const events = account.eventsBetween(from, to)
      const sumOf = (tag: string, cents: (event: (typeof events)[number]) => number) =>
        events.reduce((sum, event) => (event._tag === tag ? sum + cents(event) : sum), 0)
      const amount = (event: (typeof events)[number]) => ("cents" in event ? event.cents : 0)
      const [opening, closing] = [account.stateAt(from), account.stateAt(to)]
      // A refresh at a border belongs to what follows it.
      const isAtBorder = [from, to].some((at) => account.eventsBetween(at - 1, at).length > 0)
      const facts: ReadonlyArray<readonly [string, Estimate.Estimate | undefined, number]> = [
        ["monthly", row.usageOf.monthly, truth.monthlyCents],
        ["stable", row.usageOf.stable, truth.stableCents],
        ["pay as you go", row.usageOf.payAsYouGo, truth.payAsYouGoCents],
        ["usage", row.usage, truth.totalCents],
        ["granted", row.granted, sumOf("Grant", amount)],
        ["stable at the end", row.closing.stable, closing.stableCents],
        ["stable at the beginning", row.opening.stable, opening.stableCents],
        // A renewal at a price that no body tells is a charge that nothing explains.
        ["charges", Estimate.add(row.renewals, row.charged), sumOf("Renewal", amount) + truth.payAsYouGoCents],
        ["paid", row.paid, sumOf("Payment", amount)],
        ["due at the end", Option.getOrUndefined(row.closing.due), closing.dueCents],
        ...(isAtBorder
          ? []
          : ([
              [
                "refreshed",
                row.refreshed,
                sumOf("Refresh", (event) => (event._tag === "Refresh" ? event.grantedCents : 0)),
              ],
              [
                "expired",
                row.expired,
                sumOf("Refresh", (event) => (event._tag === "Refresh" ? event.expiredCents : 0)),
              ],
              ["monthly at the end", row.closing.monthly, closing.monthlyCents],
              ["monthly at the beginning", row.opening.monthly, opening.monthlyCents],
            ] as const)),
      ]
      for (const [name, sum, cents] of facts) {
        if (sum !== undefined && !Sums.contains(boundsOf(sum), Sums.ofCents(cents))) {
          broken(
            "rows hold the truth",
            `${days} days, ${name}`,
            `${place} ${Sums.show(boundsOf(sum))}: truth ${cents} cents`,
          )
        }
      }
    }
    const add = (of: (row: StatementRows.Row) => Estimate.Estimate) =>
      rows.reduce((sum, row) => sum + of(row).expected.value, 0n)
    for (const [name, of] of FLOWS) {
      if (add(of) !== of(whole).expected.value) {
        broken("rows add up", name, `${days} days: ${add(of)} is not ${of(whole).expected.value}`)
      }
    }
  }
  return { checked, violations }
}
