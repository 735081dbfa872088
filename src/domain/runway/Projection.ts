/**
 * What will be charged, and how long each pool lasts: the forecast of usage pushed through the draw order (monthly, stable, pay as you go).
 *
 * A charge is what usage exceeds the credits by. It is monotone in usage, so its quantiles are those of usage pushed through; its mean is
 * not the charge of the mean usage, which is below it.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Consumption from "../history/Consumption.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Depletion from "./Depletion.js"
import * as Distribution from "./Distribution.js"
import * as Forecast from "./Forecast.js"
import * as OverdraftPolicy from "./OverdraftPolicy.js"
import * as Runway from "./Runway.js"
import * as Scope from "./Scope.js"

/** A moment at which something is billed, and the new pay-as-you-go usage that will then have been added to the amount due. */
export const Charge = Schema.Struct({
  event: Schema.Literal("CycleEnd", "HorizonEnd"),
  at: Timestamp.FromText,
  usd: Distribution.Distribution,
  /** The probability that anything is charged at all. */
  chance: Schema.Number,
})

const times = {
  now: Timestamp.FromText,
  end: Timestamp.FromText,
  pendingSince: Schema.OptionFromNullOr(Timestamp.FromText),
}

/** The forecast of usage from `now` to `end`, the charges, and how long each pool lasts. */
export const Projected = Schema.TaggedStruct("Projected", {
  ...times,
  usage: Distribution.Distribution,
  charges: Schema.Array(Charge),
  overdraft: Schema.OptionFromNullOr(OverdraftPolicy.OverdraftPolicy),
  monthly: Runway.Runway,
  credits: Runway.Runway,
  method: Schema.String,
  assumptions: Schema.Array(Scope.Assumption),
})

/** Too little history for a projection. */
export const NotEnoughHistory = Schema.TaggedStruct("NotEnoughHistory", { ...times, why: Schema.String })

/** `Projected | NotEnoughHistory`. */
export const Projection = Schema.Union(Projected, NotEnoughHistory).annotations({ identifier: "Projection" })
/** `Projected | NotEnoughHistory`. */
export type Projection = typeof Projection.Type

/**
 * What a projection is made from: `now`, the newest balance at or before it, the overdraft policy (`None` where nobody told: the charge is
 * then what it would be with pay as you go on), and an `end` after `now` (by default the next refresh, or 30 days on where none is known).
 */
export interface Input extends Scope.Request {
  readonly consumption: Consumption.Consumption
  /** Levels of the intervals, above 0 and below 1; by default 0.8 and 0.95. The first is that of runways. */
  readonly levels?: readonly [number, ...ReadonlyArray<number>]
}

const HISTORY_DAYS = 140
const LEAST_DAYS = 3
const DEFAULT_LEVELS = [0.8, 0.95] as const

const chargeOf = (
  scope: Scope.Scope,
  input: Input,
  forecast: Forecast.Forecast,
  levels: ReadonlyArray<number>,
): typeof Charge.Type => {
  const blocked = Option.exists(input.overdraft, (policy) => policy._tag === "Blocked")
  const credits = scope.monthly + scope.stable
  const quantile = (p: number): number => (blocked ? 0 : Math.max(0, forecast.quantile(p) - credits))
  return {
    event: scope.endsAtRefresh ? "CycleEnd" : "HorizonEnd",
    at: scope.end,
    usd: Distribution.fromQuantile(quantile, levels),
    chance: blocked ? 0 : Distribution.chanceAbove(forecast.quantile, credits),
  }
}

/**
 * The projection to the end of the cycle, or to an earlier `end`.
 *
 * @throws RangeError when `end` is not after `now` or a level is not between 0 and 1.
 */
export const project = (input: Input): Projection => {
  const { consumption, now } = input
  const levels = input.levels ?? DEFAULT_LEVELS
  const [level] = levels
  const scope = Scope.of(input)
  const shared = { now, end: scope.end, pendingSince: scope.pendingSince }
  if (scope.end.epochMillis <= now.epochMillis) {
    throw new RangeError("a projection looks forward: give an `end` after `now`")
  }
  const history = Consumption.lastDays(consumption, now, HISTORY_DAYS)
  if (history.length < LEAST_DAYS) {
    const why = `${history.length} whole days of history, and a projection needs ${LEAST_DAYS}`
    return { _tag: "NotEnoughHistory", ...shared, why }
  }
  const total = scope.monthly + scope.stable
  const days = history.map(({ date, usage }) => ({ date, usd: Math.max(0, Usd.toNumberApproximate(usage.expected)) }))
  const horizonDays = Depletion.daysBetween(now, scope.end)
  const forecast = Forecast.fromDaily({ days, horizonDays, levels, balances: [scope.monthly, total] })
  const month = Forecast.fromDaily({ days, horizonDays: Depletion.MONTH_DAYS, levels })
  const [monthly = Depletion.never, within = Depletion.never] = Depletion.ofForecast(forecast, level)
  const across = Depletion.acrossRefreshes(scope, now, within, { toEnd: forecast, month }, level)
  const unused = history.every((day) => Usd.isZero(day.usage.expected))
  const beyondCycle = Option.exists(across, (depletion) => depletion !== within)
  const chanceOver = (dollars: number) => Distribution.chanceAbove(forecast.quantile, dollars)
  return {
    _tag: "Projected",
    ...shared,
    usage: Distribution.fromQuantile(forecast.quantile, levels),
    charges: [chargeOf(scope, input, forecast, levels)],
    overdraft: input.overdraft,
    monthly: unused
      ? { _tag: "NoUse" }
      : Depletion.monthlyRunway(scope, now, monthly, chanceOver(scope.monthly), level),
    credits: unused ? { _tag: "NoUse" } : Depletion.creditsRunway(scope, now, across, chanceOver(total), level),
    method: forecast.method.name,
    assumptions: beyondCycle && !unused ? [...scope.assumptions, "UsageIsEven"] : scope.assumptions,
  }
}
