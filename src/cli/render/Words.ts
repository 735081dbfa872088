/** What happens next, in one sentence. Each clause is read off the values that the table shows. */
import * as Option from "effect/Option"
import type { Assumption } from "../../domain/history/Assumption.js"
import * as Usd from "../../domain/money/Usd.js"
import type * as Bill from "../../domain/runway/Bill.js"
import type * as Projection from "../../domain/runway/Projection.js"
import type * as Report from "../../domain/runway/Report.js"
import type * as Runway from "../../domain/runway/Runway.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as Format from "./Format.js"

/** Assumptions of a ledger in words. */
export const ASSUMED: Readonly<Record<Assumption, string>> = {
  GrantsShow: "grants are only what the snapshots show",
  PaymentsShow: "payments are only what the snapshots show",
  RefreshesShow: "refreshes that nothing announces are only what the snapshots show",
  ContractsRenewApart: "a contract's price is not charged here",
  AllowanceIsHighestSeen: "the allowance is the highest seen",
}

type Projected = Extract<Projection.Projection, { readonly _tag: "Projected" }>

/** A chance of a charge that the sentence tells although the median is none. */
const MIN_CHANCE = 0.02

const isBlocked = (projection: Projected): boolean =>
  Option.exists(projection.overdraft, (policy) => policy._tag === "Blocked")

const isBefore = (at: Timestamp.Timestamp, end: Timestamp.Timestamp): boolean => at.epochMillis < end.epochMillis

const isMonthFirst = (at: Timestamp.Timestamp): boolean => new Date(at.epochMillis).getUTCDate() === 1

const untilEnd = (projection: Projected, times: Format.Times): string => {
  if (projection.charges[0]?.event !== "CycleEnd") return `the time to ${times.day(projection.end)}`
  return isMonthFirst(projection.end) ? "the rest of the month" : "the rest of the cycle"
}

/** What happens once nothing is left. */
const afterwards = (projection: Projected): string => {
  if (isBlocked(projection)) return "service stops"
  if (projection.charges[0]?.outcome._tag === "ChargedOrBlocked") return "usage is charged or blocked"
  return Option.isSome(projection.overdraft) ? "usage is charged" : "usage is charged or service stops"
}

type RunsOut = Extract<Runway.Runway, { readonly _tag: "RunsOut" }>

/** Until when credits last that run out, with what the table says of how sure that is. */
const lasting = (what: string, of: RunsOut, now: Timestamp.Timestamp, times: Format.Times): string =>
  isBefore(now, of.at)
    ? `${what} last until ${times.day(of.at)} (${Format.daysOf(of, times)})`
    : `${what} are likely used up by now (${Format.chance(of.chance)} chance)`

/** How likely it is that credits do not last so long. */
const unless = (chance: number): string =>
  chance < MIN_CHANCE ? "" : ` (${Format.chance(chance)} chance that they do not)`

/** Whether the plan includes no monthly credits, so that none can be used up. */
export const hasNoMonthly = ({ balance }: Report.Report): boolean =>
  Option.exists(
    Option.flatMap(balance.subscription, ({ allowance }) => allowance.value),
    (usd) => !Usd.isPositive(usd),
  )

const ofMonthly = ({ monthly, now }: Projected, report: Report.Report, times: Format.Times): string => {
  switch (monthly._tag) {
    case "Empty":
      return hasNoMonthly(report) ? "the plan includes no monthly credits" : "monthly credits are used up"
    case "RunsOut":
      return lasting("monthly credits", monthly, now, times)
    case "LastsCycle":
      return `monthly credits last to the refresh on ${times.day(monthly.until)}${unless(monthly.chance)}`
    case "LastsBeyond":
      return `monthly credits last beyond ${times.day(monthly.until)}${unless(monthly.chance)}`
    case "NoUse":
      return "no usage was observed, so that the credits last"
    case "Blocked":
    case "NotEnoughHistory":
    case "TooOld":
      return "how long monthly credits last is not known"
  }
}

/** What covers the time from the end of the monthly credits to the end of the projection; nothing where those last so long. */
const ofStable = (projection: Projected, hasStable: boolean, times: Format.Times): ReadonlyArray<string> => {
  const { credits, end, monthly, now } = projection
  const isGone = monthly._tag === "Empty" || (monthly._tag === "RunsOut" && isBefore(monthly.at, end))
  if (!isGone) return []
  if (credits._tag === "Empty") return [`no stable credits are left, ${afterwards(projection)}`]
  if (credits._tag !== "RunsOut" || !isBefore(credits.at, end)) {
    return hasStable ? [`stable credits cover ${untilEnd(projection, times)}`] : []
  }
  const isSame = monthly._tag === "RunsOut" && times.day(monthly.at) === times.day(credits.at)
  return isSame
    ? [`then ${afterwards(projection)}`]
    : [`${lasting("all credits", credits, now, times)}, then ${afterwards(projection)}`]
}

/** Under what condition usage is charged, where that is not known. */
export const ifCharged = (projection: Projection.Projection): string =>
  projection._tag === "Projected" && projection.assumptions.includes("OverdraftNotTold")
    ? " if pay as you go is on"
    : ""

const ofCharge = (projection: Projected): string => {
  if (isBlocked(projection)) return "no charge for usage, as pay as you go is off"
  const [charge] = projection.charges
  const condition = ifCharged(projection)
  const [point, chance] = [charge?.usd.point ?? 0, charge?.chance ?? 0]
  const any = point === 0 && chance >= MIN_CHANCE ? ` (${Format.chance(chance)} chance of any)` : ""
  const range = point > 0 && charge !== undefined ? ` (${Format.interval(charge.usd)})` : ""
  return `projected charge ${Format.dollars(point)} USD${any}${range}${condition}`
}

/** What is left out of a bill, where anything is. */
export const without = ({ renewals }: Pick<Bill.Bill, "renewals">): string =>
  Option.isNone(renewals) ? " without renewals" : ""

/** What is due at the end, where that is another amount than the charge. */
const ofBill = ({ bill }: Report.Report, times: Format.Times): ReadonlyArray<string> =>
  Option.match(bill, {
    onNone: () => [],
    onSome: (known) => {
      const { at, charge, total } = known
      if (total.point === charge.point) return []
      const range = Format.interval(total)
      return [`expected bill on ${times.day(at)}${without(known)} ${Format.dollars(total.point)} USD (${range})`]
    },
  })

/** That the amount due and the charge pass the collection threshold, where they do. */
const ofThreshold = ({ charges, now }: Projected, times: Format.Times): ReadonlyArray<string> => {
  const outcome = charges[0]?.outcome
  if (outcome?._tag !== "ChargedOrBlocked") return []
  const when = isBefore(now, outcome.at) ? `passed on ${times.day(outcome.at)}` : "likely passed by now"
  return [`the collection threshold of ${Format.money(outcome.threshold)} USD is ${when}`]
}

/** The clauses of what happens next: `monthly credits last until Thu 27 Nov`, `stable credits cover the rest of the month`, ... */
export const next = (report: Report.Report, times: Format.Times): ReadonlyArray<string> => {
  const { left, projection } = report
  if (Option.isSome(report.block)) {
    return ["the API has stopped service", "until it goes on, no credits are used and nothing is charged for usage"]
  }
  if (projection._tag !== "Projected") {
    const intro = projection._tag === "TooOld" ? "no projection" : "not enough history for a projection"
    return `${intro}: ${projection.why}`.split("; ")
  }
  return [
    ofMonthly(projection, report, times),
    ...ofStable(projection, Usd.isPositive(left.stable), times),
    ofCharge(projection),
    ...ofBill(report, times),
    ...ofThreshold(projection, times),
  ]
}
