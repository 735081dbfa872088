/** A report as a table for people: balance, burn rate, the last days, runway, and what happens next. */
import * as Option from "effect/Option"
import * as Block from "../../domain/balance/Block.js"
import * as RefreshSchedule from "../../domain/balance/RefreshSchedule.js"
import * as Account from "../../domain/history/Account.js"
import * as Usd from "../../domain/money/Usd.js"
import type * as Bill from "../../domain/runway/Bill.js"
import * as DecayedRate from "../../domain/runway/DecayedRate.js"
import type * as Pace from "../../domain/runway/Pace.js"
import type * as Projection from "../../domain/runway/Projection.js"
import * as Report from "../../domain/runway/Report.js"
import type * as Runway from "../../domain/runway/Runway.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import type { Colors } from "../Terminal.js"
import * as BalanceView from "./BalanceView.js"
import * as Format from "./Format.js"
import * as Sparkline from "./Sparkline.js"
import * as Table from "./Table.js"
import * as Words from "./Words.js"

/** Columns that a line of words takes at most. */
const WIDTH = 80

/** Where the values of a table begin. */
const VALUES = " ".repeat(Table.LABEL_WIDTH + 2)

const window = (days: number): string => (days === 1 ? "last 24 h" : `last ${days} d`)

/** The column of credits. */
const CREDITS = 2

const NOT_ENOUGH = "not enough history"
/** A window may be covered in full by snapshots too far apart to tell a rate of it. */
const NO_RATE = { LittleCovered: NOT_ENOUGH, FewSnapshots: "too few snapshots" } as const

const rate = ({ burn, creditUnit, creditsPerDay, days, perDay }: Report.Report["rates"][number]) => [
  `  ${window(days)}`,
  burn._tag === "NotEnoughHistory"
    ? NO_RATE[burn.reason]
    : Option.match(perDay, { onNone: () => "", onSome: Format.estimate }),
  Option.match(creditsPerDay, {
    onNone: () => (burn._tag === "Measured" && Option.isNone(creditUnit) ? "unit changed" : ""),
    onSome: Format.credits,
  }),
  Format.share(burn.coverage),
  burn.snapshots === 0 ? "" : Format.span(burn.longestGapMillis),
]

/**
 * The rates side by side, each with what it is based on: the covered share of its window, and the longest time without a snapshot that reaches into it.
 * Credits are a column where the body tells their price.
 */
const rates = (report: Report.Report, colors: Colors): ReadonlyArray<string> => {
  const isPriced = report.rates.some(({ creditsPerDay }) => Option.isSome(creditsPerDay))
  const head = ["USD a day", "credits a day", "coverage", "longest gap"].map(colors.dim)
  const rows = [
    [colors.bold("Burn rate"), ...head],
    ...report.rates.map(rate),
    [
      `  half-life ${Report.HALF_LIFE_HOURS} h`,
      ...Option.match(report.decayed, {
        onNone: () => [NOT_ENOUGH, "", ""],
        onSome: (of) => [Format.rate(DecayedRate.perDay(of)), "", Format.share(DecayedRate.coverage(of))],
      }),
      "",
    ],
  ]
  return isPriced
    ? Table.align(rows, [CREDITS, 3, 4])
    : Table.align(
        rows.map((row) => row.filter((_, column) => column !== CREDITS)),
        [2, 3],
      )
}

/** Once nothing is left, the allowance was used up some time ago: then the ratio is the least that it can be. */
const pace = ({ elapsed, ratio, used }: Pace.Pace, colors: Colors): ReadonlyArray<string> => {
  const shares = `${Format.share(used)} of the allowance in ${Format.share(elapsed)} of the cycle`
  const least = used < 1 ? "" : "at least "
  return Table.align([[colors.bold("Pace"), ratio === null ? shares : `${least}${ratio.toFixed(2)} x: ${shares}`]])
}

/** Nothing is claimed of days of which nothing is observed, but that they are not. */
const lastDays = ({ days, daysTotal }: Report.Report, colors: Colors): ReadonlyArray<string> => {
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return []
  const bars = days.map(({ coverage, usage }) => (coverage > 0 ? Usd.toNumberApproximate(usage.expected) : undefined))
  const dates = first.date === last.date ? first.date : `${first.date} to ${last.date}`
  const span = `${dates}${last.complete ? "" : " (so far)"}`
  return [
    ...Table.align([[colors.bold(`Last ${Format.count(days.length, "day")}`), colors.cyan(Sparkline.draw(bars))]]),
    ...[
      ...Table.fill(`${span}: ${usedOn(daysTotal)}`.split(" "), WIDTH, "  "),
      ...notObserved(days.length, daysTotal),
    ].map(colors.dim),
  ]
}

type DaysTotal = Report.Report["daysTotal"]

const usedOn = ({ most, usage }: DaysTotal): string =>
  Option.match(most, {
    onNone: () => "not observed",
    onSome: (day) => {
      const about = `${Format.money(usage.expected)} USD${Option.isSome(usage.upper) ? "" : " or more"}`
      return `${about}, most ${Format.money(day.usage)} on ${day.date}`
    },
  })

const notObserved = (days: number, { observed, unobserved }: DaysTotal): ReadonlyArray<string> => {
  if (observed === 0 || observed === days) return []
  const sum = Usd.isPositive(unobserved) ? `, and ${Format.money(unobserved)} USD on them` : ""
  return [`  ${days - observed} of ${days} days not observed (${Sparkline.UNKNOWN})${sum}`]
}

const runway = (
  of: Runway.Runway,
  now: Timestamp.Timestamp,
  times: Format.Times,
  empty = "used up",
): readonly [string, string] => {
  switch (of._tag) {
    case "Blocked":
      return ["service is stopped", ""]
    case "Empty":
      return [empty, ""]
    case "RunsOut": {
      const isPast = of.at.epochMillis <= now.epochMillis
      return isPast
        ? ["likely used up by now", `${Format.chance(of.chance)} chance`]
        : [`until ${times.day(of.at)}`, Format.daysOf(of, times)]
    }
    case "LastsCycle":
      return ["to the refresh", `${Format.chance(of.chance)} chance that they do not`]
    case "LastsBeyond":
      return [`beyond ${times.day(of.until)}`, `${Format.chance(of.chance)} chance that they do not`]
    case "NoUse":
      return ["no usage observed", ""]
    case "NotEnoughHistory":
      return ["not enough history", of.why]
    case "TooOld":
      return ["too old a balance", ""]
  }
}

/** What a projection assumes, in words; `undefined` where another line says it. */
const assumed = (
  assumption: Projected["assumptions"][number],
  { balance, now }: Report.Report,
  projection: Projected,
  times: Format.Times,
) => {
  switch (assumption) {
    case "OverdraftNotTold":
      return undefined
    case "PendingRefreshIsApplied":
      return Option.match(projection.pendingSince, {
        onNone: () => undefined,
        onSome: (since) => `the refresh due since ${times.day(since)} was applied`,
      })
    case "UsageWentOn":
      return "usage went on after the balance was observed"
    case "EndsAtRefresh":
      return "the end asked for lies after the refresh"
    case "EndsAtLimit":
      return "the end asked for lies more than 400 days ahead"
    case "EndChosen":
      return "no refresh is known: the projection covers 30 days"
    case "UsageIsEven":
      return "beyond the cycle, usage goes on as in it"
    case "AllowanceIsLastRefresh":
      return "refreshes bring what the last one brought"
    case "AnchorIsLastDayShown":
      return "refreshes come on the day of the month of the known ones"
    case "RefreshFollowsHistory":
      return "the next refresh comes a month after the last one"
    case "RefreshIsFarAway":
      return RefreshSchedule.isLongPast(balance.refresh, now)
        ? "the announced refresh is over 400 days in the past, and not used"
        : "the announced refresh is over 400 days away, and not used"
  }
}

/** Whether service is stopped, or likely is before the end: then the forecast of usage is one of demand. */
const isCutShort = ({ block, overdraft }: Report.Report, { credits, end }: Projected): boolean => {
  const isGone = credits._tag === "Empty" || (credits._tag === "RunsOut" && credits.at.epochMillis < end.epochMillis)
  return Option.isSome(block) || (isGone && Option.exists(overdraft.policy, ({ _tag }) => _tag === "Blocked"))
}

type Projected = Extract<Projection.Projection, { readonly _tag: "Projected" }>

const MINUTE = 60_000

const projection = (report: Report.Report, times: Format.Times, colors: Colors): ReadonlyArray<string> => {
  const of = report.projection
  if (of._tag !== "Projected") return []
  const [charge] = of.charges
  const isOld = report.now.epochMillis - report.observedAt.epochMillis >= MINUTE
  const isChargedSince = isOld && charge !== undefined && charge.usd.point > 0
  const charged =
    charge === undefined
      ? []
      : [
          [
            "Projected charge",
            `${Format.dollars(charge.usd.point)} USD`,
            `${Format.interval(charge.usd)}; any: ${Format.chance(charge.chance)}`,
          ],
        ]
  const isNotPast = (at: Timestamp.Timestamp): boolean => at.epochMillis > report.now.epochMillis
  const passed =
    charge?.outcome._tag === "ChargedOrBlocked"
      ? [
          [
            "Threshold passed",
            `${Format.money(charge.outcome.threshold)} USD`,
            `${isNotPast(charge.outcome.at) ? `on ${times.day(charge.outcome.at)}` : "by now"}: charged or blocked`,
          ],
        ]
      : []
  const assumptions = of.assumptions.flatMap((each) => assumed(each, report, of, times) ?? [])
  const hasNoMonthly = Words.hasNoMonthly(report)
  return [
    ...Table.align([
      [colors.bold(`Projection to ${times.day(of.end)}`)],
      [
        isCutShort(report, of) ? "  Usage if served" : isOld ? "  Usage from now" : "  Usage",
        `${Format.dollars(of.usage.point)} USD`,
        Format.interval(of.usage),
      ],
      ["  Monthly credits", ...runway(of.monthly, report.now, times, hasNoMonthly ? "none in the plan" : undefined)],
      ["  All credits", ...runway(of.credits, report.now, times, hasNoMonthly ? "none left" : undefined)],
      ...[...charged, ...passed].map(([name, ...rest]) => [`  ${name}`, ...rest]),
    ]),
    ...(isChargedSince
      ? Table.fill(
          `The charge is that since ${times.moment(report.observedAt)}, the usage that from now on.`.split(" "),
          WIDTH,
          "  ",
        ).map(colors.dim)
      : []),
    ...assumptions.map((words, index) => colors.dim(`  ${index === 0 ? "Assumes" : "       "} ${words}`)),
  ]
}

/** Why the renewals of a bill are not known. */
const NO_RENEWALS: Readonly<Record<Bill.Unknown, string>> = {
  PlanNotTold: "the plan and its price are not told",
  NotSeen: "no renewal of the plan was seen yet",
  OtherPlan: "no renewal of this plan was seen yet",
  Overdue: "the last one due did not come",
}

/** The expected bill, part by part; nothing where the amount due was not asked for. */
const bill = (report: Report.Report, times: Format.Times, colors: Colors) =>
  Option.match(report.bill, {
    onNone: () => [],
    onSome: (known) => {
      const { at, charge, due, renewals, renewalsUnknown = "NotSeen", total } = known
      const { balance, now, observedAt } = report
      const condition = Words.ifCharged(report.projection)
      const plan = Option.match(balance.subscription, { onNone: () => "plan", onSome: BalanceView.planName })
      const dates = Option.match(renewals, { onNone: () => [], onSome: (known) => known.at.map(times.day) })
      const renewal = Option.match(renewals, {
        onNone: () => ["not known", "", NO_RENEWALS[renewalsUnknown]],
        onSome: ({ usd }) => [
          Format.money(usd),
          "USD",
          dates.length === 0 ? "none before then" : `${plan}, about ${dates.join(", ")}`,
        ],
      })
      const isOld = now.epochMillis - observedAt.epochMillis >= MINUTE
      return Table.align(
        [
          [colors.bold(`Expected bill on ${times.day(at)}, if nothing is paid before`)],
          ["  Amount due", Format.money(due), "USD", isOld ? `observed on ${times.day(observedAt)}` : "now"],
          ["  Renewals", ...renewal],
          ["  Usage", Format.dollars(charge.point), "USD", `${Format.interval(charge)}${condition}`],
          ["  Expected bill", Format.dollars(total.point), "USD", `${Format.interval(total)}${Words.without(known)}`],
        ],
        [1],
      )
    },
  })

const SOURCES = { given: "as given", stored: "as given before", observed: "by the history" } as const

const overdraft = ({ policy, source }: Report.Report["overdraft"]): string =>
  source === "unknown"
    ? "not known whether it is on"
    : `${Option.exists(policy, ({ _tag }) => _tag === "PayAsYouGo") ? "on" : "off"}, ${SOURCES[source]}`

/** Whether usage beyond the credits is charged, and whether the API serves the account at all. */
const service = (report: Report.Report, colors: Colors): ReadonlyArray<string> => [
  ...Table.align([["Pay as you go", overdraft(report.overdraft)]]),
  ...Option.toArray(report.block).flatMap(({ message, reason }) => [
    ...Table.align([[colors.bold("Service"), colors.red(`stopped: ${Format.text(Block.Reason.toText(reason))}`)]]),
    ...Option.match(message, {
      onNone: () => [],
      onSome: (words) => Table.fill(words.split(/\s+/u).map(Format.text), WIDTH, "  "),
    }),
  ]),
]

/** Which moment a report is of, and how old its balance is. */
const heading = (
  report: Report.Report,
  isPast: boolean,
  times: Format.Times,
  colors: Colors,
): ReadonlyArray<string> => {
  const host = new URL(report.account.baseUrl).host
  const age = Format.span(report.now.epochMillis - report.observedAt.epochMillis)
  const owner = `${colors.bold(Account.formatOwner(report.account.owner))} ${colors.dim(`at ${host}`)}`
  return isPast
    ? [colors.bold(`As of ${times.moment(report.now)}: balance observed ${age} before`), owner]
    : [owner, colors.dim(`${times.moment(report.now)}, balance observed ${age} ago`)]
}

/** Clauses as a sentence: a clause stays on one line where it fits on one. */
const sentence = (clauses: ReadonlyArray<string>): ReadonlyArray<string> => {
  const ended = clauses.map((clause, index) => `${clause}${index === clauses.length - 1 ? "." : ";"}`)
  return Table.fill(
    ended.flatMap((clause) => (Table.width(clause) <= WIDTH ? [clause] : Table.fill(clause.split(" "), WIDTH))),
    WIDTH,
  )
}

/** Options of the view. */
export interface Options {
  /** The report is of a moment that was asked for. @default false */
  readonly isPast?: boolean
}

/** The report as lines; times are in `zone`. */
export const lines = (
  report: Report.Report,
  zone: string,
  colors: Colors,
  { isPast = false }: Options = {},
): ReadonlyArray<string> => {
  const times = Format.times(zone, report.now)
  return [
    ...heading(report, isPast, times, colors),
    "",
    ...BalanceView.lines(report.balance, report.now, times, colors),
    ...service(report, colors),
    "",
    ...rates(report, colors),
    ...Option.match(report.pace, { onNone: () => [], onSome: (of) => pace(of, colors) }),
    ...lastDays(report, colors),
    "",
    ...projection(report, times, colors),
    "",
    ...bill(report, times, colors),
    "",
    ...sentence(Words.next(report, times)).map(colors.green),
  ]
    .filter((line, index, all) => line !== "" || all[index - 1] !== "")
    .flatMap((line) => Table.wrap(line, WIDTH, VALUES))
}
