/** What happens next, in one sentence. */
import * as Option from "effect/Option"
import type * as Projection from "../../domain/runway/Projection.js"
import type * as Timestamp from "../../domain/time/Timestamp.js"
import * as Format from "./Format.js"

type Projected = Extract<Projection.Projection, { readonly _tag: "Projected" }>

const isBlocked = (projection: Projected): boolean =>
  Option.exists(projection.overdraft, (policy) => policy._tag === "Blocked")

const isBefore = (at: Timestamp.Timestamp, end: Timestamp.Timestamp): boolean => at.epochMillis < end.epochMillis

const isMonthFirst = (at: Timestamp.Timestamp): boolean => new Date(at.epochMillis).getUTCDate() === 1

const untilEnd = (projection: Projected, times: Format.Times): string => {
  if (projection.charges[0]?.event !== "CycleEnd") return `the time to ${times.day(projection.end)}`
  return isMonthFirst(projection.end) ? "the rest of the month" : "the rest of the cycle"
}

/** What happens once nothing is left. */
const afterwards = (projection: Projected): string =>
  isBlocked(projection) ? "then service stops" : "then usage is charged"

const ofMonthly = (projection: Projected, times: Format.Times): string => {
  const { monthly } = projection
  switch (monthly._tag) {
    case "Empty":
      return "monthly credits are used up"
    case "RunsOut":
      return `monthly credits last until ${times.day(monthly.at)}`
    case "LastsCycle":
      return `monthly credits last to the refresh on ${times.day(monthly.until)}`
    case "LastsBeyond":
      return `monthly credits last beyond ${times.day(monthly.until)}`
    case "NoUse":
      return "no use was seen, so that the credits last"
    case "NotEnoughHistory":
      return monthly.why
  }
}

/** What covers the time after the monthly credits; nothing to say while those last. */
const ofStable = (projection: Projected, times: Format.Times): ReadonlyArray<string> => {
  const { credits, end, monthly } = projection
  if (monthly._tag !== "Empty" && monthly._tag !== "RunsOut") return []
  switch (credits._tag) {
    case "Empty":
      return [`no stable credits are left, ${afterwards(projection).replace("then ", "")}`]
    case "RunsOut":
      return isBefore(credits.at, end)
        ? [`all credits last until ${times.day(credits.at)}, ${afterwards(projection)}`]
        : [`stable credits cover ${untilEnd(projection, times)}`]
    default:
      return [`stable credits cover ${untilEnd(projection, times)}`]
  }
}

const ofCharge = (projection: Projected): string => {
  if (isBlocked(projection)) return "no charge for usage, as pay as you go is off"
  const [charge] = projection.charges
  const condition = projection.assumptions.includes("OverdraftNotTold") ? " if pay as you go is on" : ""
  return `projected charge ${Format.dollars(charge?.usd.point ?? 0)} USD${condition}`
}

/** What happens next: `monthly credits last until Thu 27 Nov; stable credits cover the rest of the month; projected charge 0.00 USD`. */
export const next = (projection: Projection.Projection, times: Format.Times): string => {
  if (projection._tag === "NotEnoughHistory") return `not enough history for a projection: ${projection.why}`
  return [ofMonthly(projection, times), ...ofStable(projection, times), ofCharge(projection)].join("; ")
}
