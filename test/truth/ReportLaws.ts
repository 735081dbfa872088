/** What must hold of a report at any moment, and of the screen that shows it: no two of its numbers contradict each other. */
import * as Option from "effect/Option"
import pico from "picocolors"
import * as StatusView from "../../src/cli/render/StatusView.js"
import * as Consumption from "../../src/domain/history/Consumption.js"
import * as Ledger from "../../src/domain/history/Ledger.js"
import type * as Snapshot from "../../src/domain/history/Snapshot.js"
import * as StatementRows from "../../src/domain/history/StatementRows.js"
import * as Usd from "../../src/domain/money/Usd.js"
import * as Report from "../../src/domain/runway/Report.js"
import * as Calendar from "../../src/domain/time/Calendar.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import { Random } from "../fuzz/Random.js"
import * as Folded from "./Folded.js"
import type { Scenario } from "./Scenario.js"
import type { Law, Violation } from "./Violation.js"

const HOUR = 3_600_000
const ZONES = ["UTC", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Chatham"] as const
/** Columns of a terminal. */
const WIDTH = 80

const sameUsd = (a: Usd.Usd, b: Usd.Usd): boolean => a.value === b.value

/** The first amount of a line of the screen, after its name. */
const amountOf = (lines: ReadonlyArray<string>, name: string): number | undefined => {
  const line = lines.find((each) => each.trimStart().startsWith(`${name} `))
  const found = line === undefined ? null : /^\s*-?[\d.]+/.exec(line.trimStart().slice(name.length))
  return found === null ? undefined : Number(found[0])
}

const isCentApart = (a: number, b: number): boolean => Math.abs(a - b) < 0.0151

/** Checks the report at some moment of the history, chosen by the number of the scenario. */
export const check = (
  scenario: Scenario,
  all: ReadonlyArray<Snapshot.Snapshot>,
): { readonly checked: number; readonly violations: ReadonlyArray<Violation> } => {
  const violations: Array<Violation> = []
  const random = new Random(scenario.number, 77)
  const looks = all.slice(0, Math.max(2, random.between(Math.floor(all.length / 4), all.length)))
  const last = looks.at(-1)
  if (last === undefined || looks.length < 2) return { checked: 0, violations }
  const zone = random.pick(ZONES)
  const now = Timestamp.fromMillis(
    last.observedAt.epochMillis +
      random.weighted([
        [3, 0],
        [2, HOUR],
        [1, 40 * HOUR],
      ]),
  )
  const consumption = Consumption.fromLedger(Ledger.fromHistory(looks))
  const ledger = Folded.of(looks)
  if (Option.isNone(ledger.last)) return { checked: 0, violations }
  const snapshot = ledger.last.value
  const report = Report.make({ snapshot, consumption, now, zone })
  const broken = (law: Law, sort: string, detail: string): void => {
    violations.push({
      law,
      sort,
      number: scenario.number,
      detail: `    at ${Timestamp.format(now)} in ${zone}: ${detail}`,
    })
  }
  const must = (holds: boolean, sort: string, detail: () => string): void => {
    if (!holds) broken("a report agrees with itself", sort, detail())
  }

  const { bill, days, left, projection, rates } = report
  must(sameUsd(left.total, Usd.add(left.monthly, left.stable)), "left", () => Usd.format(left.total))

  // Days add up to the window that they cover, and are the rows of a statement by days.
  const calendar = Calendar.days(Timestamp.fromMillis(now.epochMillis - 40 * 24 * HOUR), now, zone)
  const shownDays = calendar.filter(({ date }) => days.some((day) => day.date === date))
  must(shownDays.length === days.length, "dates", () => days.map(({ date }) => date).join())
  const [firstDay] = shownDays
  if (firstDay !== undefined) {
    const whole = Consumption.over(consumption, { from: firstDay.from, to: now }).usage.expected
    const sum = Usd.sum(days.map(({ usage }) => usage.expected))
    must(sameUsd(sum, whole), "days and window", () => `${Usd.format(sum)} is not ${Usd.format(whole)}`)
  }
  const [from, to] = [(looks[0] as Snapshot.Snapshot).observedAt.epochMillis, snapshot.observedAt.epochMillis]
  if (from < to) {
    const within = shownDays.map((day) => day.from.epochMillis).filter((at) => at > from && at < to)
    const builder = new StatementRows.Builder([from, ...within, to], consumption)
    for (const day of ledger.days) builder.add(day)
    for (const entry of ledger.open) builder.addOpen(entry)
    for (const row of builder.rows()) {
      const day = days.find(({ date }) => date === Calendar.dayAt(row.from, zone).date)
      // The first row holds all that lies before the days of the report, and the last one ends with the last snapshot.
      if (day === undefined || row.from.epochMillis === from) continue
      must(
        sameUsd(row.usage.expected, day.usage.expected),
        "row and day",
        () => `${Usd.format(day.usage.expected)} on ${day.date} is not ${Usd.format(row.usage.expected)}`,
      )
    }
  }

  // A rate is its usage over its covered time.
  for (const { burn, days: length, perDay } of rates) {
    if (burn._tag !== "Measured" || Option.isNone(perDay)) continue
    const rate = (Usd.toNumberApproximate(burn.usage.expected) / burn.coveredMillis) * 24 * HOUR
    const told = Usd.toNumberApproximate(perDay.value.expected)
    must(Math.abs(rate - told) < 1e-6 + rate * 1e-9, `rate of ${length} days`, () => `${told} is not ${rate}`)
    const { expected, lower, upper } = perDay.value
    const isOrdered = !Usd.lessThan(expected, lower) && !Option.exists(upper, (usd) => Usd.lessThan(usd, expected))
    must(isOrdered, `bounds of ${length} days`, () => `${told}`)
  }

  if (Option.isSome(bill)) {
    const { charge, due, renewals, total } = bill.value
    const known =
      Usd.toNumberApproximate(due) +
      Option.match(renewals, { onNone: () => 0, onSome: ({ usd }) => Usd.toNumberApproximate(usd) })
    must(
      Math.abs(known + charge.point - total.point) < 1e-5,
      "bill",
      () => `${known} + ${charge.point} is not ${total.point}`,
    )
  }
  if (projection._tag === "Projected") {
    const { credits, end, monthly } = projection
    const isLater =
      monthly._tag !== "RunsOut" || credits._tag !== "RunsOut" || credits.at.epochMillis >= monthly.at.epochMillis
    must(isLater, "monthly credits run out first", () => "all credits are gone before the monthly ones")
    for (const charge of projection.charges) {
      must(
        charge.usd.point === 0 || charge.chance >= 0.5,
        "median and chance",
        () => `${charge.usd.point} at ${charge.chance}`,
      )
      must(charge.at.epochMillis <= end.epochMillis, "charge within the projection", () => Timestamp.format(charge.at))
    }
    // What is used beyond what is left and comes is charged: never less.
    if (credits._tag === "RunsOut" && credits.at.epochMillis < now.epochMillis - HOUR) {
      must(credits.chance >= 0.5, "likely used up by now", () => `${credits.chance}`)
    }
  }

  const lines = StatusView.lines(report, zone, pico.createColors(false))
  for (const line of lines) must([...line].length <= WIDTH, "width", () => line)
  const shown = amountOf(lines, "Credits left")
  must(
    shown === undefined || isCentApart(shown, Usd.toNumberApproximate(left.total)),
    "credits left on the screen",
    () => `${shown}`,
  )
  const [due, renewals, usage, total] = ["Amount due", "Renewals", "Usage", "Expected bill"].map((name) =>
    amountOf(lines.slice(lines.findIndex((line) => line.startsWith("Expected bill"))), name),
  )
  if (Option.isSome(bill) && due !== undefined && usage !== undefined && total !== undefined) {
    must(
      isCentApart(due + (renewals ?? 0) + usage, total),
      "bill on the screen",
      () => `${due} ${renewals} ${usage} ${total}`,
    )
  }
  const sentence = lines.slice(lines.lastIndexOf("") + 1).join(" ")
  const told = /projected charge ([\d.]+) USD/.exec(sentence)
  const charged = amountOf(lines, "Projected charge")
  must(told === null || charged === Number(told[1]), "charge in the sentence", () => sentence)
  return { checked: 1, violations }
}
