/** A report as a table for people: balance, burn rate, the last days, runway, and what happens next. */
import * as Option from "effect/Option"
import * as Account from "../../domain/history/Account.js"
import * as Usd from "../../domain/money/Usd.js"
import * as DecayedRate from "../../domain/runway/DecayedRate.js"
import type * as Distribution from "../../domain/runway/Distribution.js"
import type * as Pace from "../../domain/runway/Pace.js"
import type * as Projection from "../../domain/runway/Projection.js"
import type * as Report from "../../domain/runway/Report.js"
import type * as Runway from "../../domain/runway/Runway.js"
import type { Colors } from "../Terminal.js"
import * as BalanceView from "./BalanceView.js"
import * as Format from "./Format.js"
import * as Sparkline from "./Sparkline.js"
import * as Table from "./Table.js"
import * as Words from "./Words.js"

const window = (days: number): string => (days === 1 ? "last 24 h" : `last ${days} d`)

/** The column of credits. */
const CREDITS = 2
/** As for a burn rate, less than an hour tells nothing. */
const LEAST_HOURS = 1

const perDay = ({ expected, lower, upper }: DecayedRate.DecayedRate) => ({
  lower: 24 * lower,
  expected: 24 * expected,
  upper: upper === null ? null : 24 * upper,
})

const rate = ({ burn, creditsPerDay, days, perDay }: Report.Report["rates"][number]) => [
  `  ${window(days)}`,
  Option.match(perDay, {
    onNone: () => (burn._tag === "Measured" ? "?" : "not enough history"),
    onSome: Format.estimate,
  }),
  Option.match(creditsPerDay, { onNone: () => "", onSome: ({ expected }) => Format.credits(expected) }),
  Format.share(burn.coverage),
]

/** The rates side by side: bounds stand at the first column alone. Credits are a column where the body tells their price. */
const rates = (report: Report.Report, colors: Colors): ReadonlyArray<string> => {
  const isPriced = report.rates.some(({ creditsPerDay }) => Option.isSome(creditsPerDay))
  const head = ["USD a day", "credits a day", "coverage"].map(colors.dim)
  const rows = [
    [colors.bold("Burn rate"), ...head],
    ...report.rates.map(rate),
    ...Option.toArray(report.decayed).map((of) => [
      `  half-life ${of.halfLifeHours} h`,
      of.weightedHours < LEAST_HOURS ? "not enough history" : Format.rate(perDay(of)),
      "",
      Format.share(DecayedRate.coverage(of)),
    ]),
  ]
  return isPriced
    ? Table.align(rows, [CREDITS, 3])
    : Table.align(
        rows.map((row) => row.filter((_, column) => column !== CREDITS)),
        [2],
      )
}

/** Once nothing is left, the allowance was used up some time ago: then the ratio is the least that it can be. */
const pace = ({ elapsed, ratio, used }: Pace.Pace, colors: Colors): ReadonlyArray<string> => {
  const shares = `${Format.share(used)} of the allowance used in ${Format.share(elapsed)} of the cycle`
  const least = used < 1 ? "" : "at least "
  return Table.align([[colors.bold("Pace"), ratio === null ? shares : `${least}${ratio.toFixed(2)} x: ${shares}`]])
}

const lastDays = (report: Report.Report, colors: Colors): ReadonlyArray<string> => {
  const [first] = report.days
  const last = report.days.at(-1)
  if (first === undefined || last === undefined) return []
  const used = report.days.map((day) => (day.coverage > 0 ? Usd.toNumberApproximate(day.usage.expected) : undefined))
  const most = report.days.reduce((a, b) => (Usd.lessThan(a.usage.expected, b.usage.expected) ? b : a))
  const total = Usd.sum(report.days.map((day) => day.usage.expected))
  return [
    ...Table.align([[colors.bold(`Last ${report.days.length} days`), colors.cyan(Sparkline.draw(used))]]),
    colors.dim(
      `  ${first.date} to ${last.date}: ${Format.money(total)} USD, most ${Format.money(most.usage.expected)} on ${most.date}`,
    ),
  ]
}

const interval = (distribution: Distribution.Distribution, write: (amount: number) => string): string => {
  const [band] = distribution.intervals
  if (band === undefined) return ""
  return `${Math.round(band.level * 100)} %: ${write(band.lower)} to ${band.upper === null ? "?" : write(band.upper)}`
}

const runway = (of: Runway.Runway, times: Format.Times): readonly [string, string] => {
  switch (of._tag) {
    case "Empty":
      return ["used up", ""]
    case "RunsOut": {
      const [earliest, latest] = [of.earliest, of.latest].map((at) => (at === null ? "later" : times.day(at)))
      return [`until ${times.day(of.at)}`, `${Math.round(of.level * 100)} %: ${earliest} to ${latest}`]
    }
    case "LastsCycle":
      return [`to the end of the cycle`, `${Format.chance(of.chance)} chance that they do not`]
    case "LastsBeyond":
      return [`beyond ${times.day(of.until)}`, ""]
    case "NoUse":
      return ["no use seen", ""]
    case "NotEnoughHistory":
      return ["not enough history", of.why]
  }
}

const projection = (of: Projection.Projection, times: Format.Times, colors: Colors): ReadonlyArray<string> => {
  if (of._tag === "NotEnoughHistory") return []
  const [charge] = of.charges
  const charged =
    charge === undefined
      ? []
      : [
          [
            "Projected charge",
            `${Format.dollars(charge.usd.point)} USD`,
            `${interval(charge.usd, Format.dollars)}, ${Format.chance(charge.chance)} chance of any`,
          ],
        ]
  return Table.align([
    [colors.bold(`Projection to ${times.day(of.end)}`)],
    ["  Usage", `${Format.dollars(of.usage.point)} USD`, interval(of.usage, Format.dollars)],
    ["  Monthly credits", ...runway(of.monthly, times)],
    ["  All credits", ...runway(of.credits, times)],
    ...charged.map(([name, ...rest]) => [`  ${name}`, ...rest]),
  ])
}

/** The report as lines; times are in `zone`. */
export const lines = (report: Report.Report, zone: string, colors: Colors): ReadonlyArray<string> => {
  const times = Format.times(zone, report.now)
  const host = new URL(report.account.baseUrl).host
  const age = report.now.epochMillis - report.observedAt.epochMillis
  return [
    `${colors.bold(Account.formatOwner(report.account.owner))} ${colors.dim(`at ${host}`)}`,
    colors.dim(`${times.moment(report.now)}, balance seen ${Format.span(age)} ago`),
    "",
    ...BalanceView.lines(report.balance, report.now, times, colors),
    "",
    ...rates(report, colors),
    ...Option.match(report.pace, { onNone: () => [], onSome: (of) => pace(of, colors) }),
    ...lastDays(report, colors),
    "",
    ...projection(report.projection, times, colors),
    "",
    colors.green(`${Words.next(report.projection, times)}.`),
  ].filter((line, index, all) => line !== "" || all[index - 1] !== "")
}
