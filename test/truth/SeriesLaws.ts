/** What must hold of the series of usage that a ledger gives. */
import * as Option from "effect/Option"
import * as Consumption from "../../src/domain/history/Consumption.js"
import type * as Ledger from "../../src/domain/history/Ledger.js"
import * as Timestamp from "../../src/domain/time/Timestamp.js"
import type { Scenario } from "./Scenario.js"
import * as Sums from "./Sums.js"
import type { TrueAccount } from "./TrueAccount.js"
import type { Law, Violation } from "./Violation.js"

const DAY = 86_400_000

/** How well usage was estimated, in cents: of the whole span, and of the intervals alone in which some is hidden. */
export interface Guess {
  readonly expected: number
  readonly truth: number
  readonly hiddenExpected: number
  readonly hiddenTruth: number
}

const cents = (nanos: bigint): number => Number(nanos) / 1e7

const upperOf = ({ upper }: { readonly upper: Option.Option<{ readonly value: bigint }> }): bigint | undefined =>
  Option.getOrUndefined(upper)?.value

/** Windows of a day each from the start to the end of a span, the last one shorter. */
const days = (from: number, to: number) => {
  const windows: Array<{ readonly from: Timestamp.Timestamp; readonly to: Timestamp.Timestamp }> = []
  for (let at = from; at < to; at += DAY) {
    windows.push({ from: Timestamp.fromMillis(at), to: Timestamp.fromMillis(Math.min(at + DAY, to)) })
  }
  return windows
}

/** Checks the series; `unhidden`: nothing happened that the ledger takes for granted that it does not. */
export const check = (
  scenario: Scenario,
  account: TrueAccount,
  entries: ReadonlyArray<Ledger.Entry>,
  unhidden: boolean,
): { readonly guess: Guess | undefined; readonly violations: ReadonlyArray<Violation> } => {
  const series = Consumption.fromLedger(entries)
  const violations: Array<Violation> = []
  const broken = (law: Law, sort: string, detail: string): void => {
    violations.push({ law, sort, number: scenario.number, detail: `    ${detail}` })
  }
  const lag = (scenario.options.lagSeconds ?? 0) * 1000
  const truthOf = (from: Timestamp.Timestamp, to: Timestamp.Timestamp) =>
    account.usageBetween(from.epochMillis - lag, to.epochMillis - lag)
  let [hiddenExpected, hiddenTruth] = [0, 0]
  for (const track of ["credits", "payAsYouGo"] as const) {
    for (const interval of series[track]) {
      const { expected, from, lower, to } = interval
      const bounds = { lower: lower.value, upper: upperOf(interval) }
      if (!Sums.contains(bounds, expected.value)) {
        broken("expected lies within its bounds", track, `${from} ${to} ${Sums.show(bounds)}: ${cents(expected.value)}`)
      }
      if (Sums.isExact(bounds)) continue
      const truth = truthOf(from, to)
      hiddenExpected += cents(expected.value)
      hiddenTruth += track === "credits" ? truth.monthlyCents + truth.stableCents : truth.payAsYouGoCents
    }
  }
  const seen = Option.getOrUndefined(Consumption.seen(series))
  if (seen === undefined) return { guess: undefined, violations }
  const { usage } = Consumption.over(series, seen)
  const truth = truthOf(seen.from, seen.to)
  const whole = { lower: usage.lower.value, upper: upperOf(usage) }
  if (unhidden && !Sums.contains(whole, Sums.ofCents(truth.totalCents))) {
    broken(
      "the whole lies within the bounds of consumption",
      "",
      `${Sums.show(whole)}: truth ${truth.totalCents} cents`,
    )
  }
  let sum = 0n
  for (const window of days(seen.from.epochMillis, seen.to.epochMillis)) {
    const day = Consumption.over(series, window).usage
    const [bounds, used] = [{ lower: day.lower.value, upper: upperOf(day) }, truthOf(window.from, window.to).totalCents]
    sum += day.expected.value
    if (!Sums.contains(bounds, day.expected.value)) {
      broken(
        "expected lies within its bounds",
        "a day",
        `${window.from} ${Sums.show(bounds)}: ${cents(day.expected.value)}`,
      )
    }
    if (unhidden && !Sums.contains(bounds, Sums.ofCents(used))) {
      broken("the whole lies within the bounds of consumption", "a day", `${window.from} ${Sums.show(bounds)}: ${used}`)
    }
  }
  if (sum !== usage.expected.value) {
    broken("the days add up to the whole", "", `${cents(sum)} is not ${cents(usage.expected.value)}`)
  }
  const guess = { expected: cents(usage.expected.value), truth: truth.totalCents, hiddenExpected, hiddenTruth }
  return { guess, violations }
}
