/**
 * What will be charged, and how long each pool lasts: the forecast of usage pushed through the draw order (monthly, stable, pay as you go).
 *
 * A charge is what usage exceeds the credits by. It is monotone in usage, so its quantiles are those of usage pushed through; its mean is
 * not the charge of the mean usage, which is below it.
 */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Consumption from "../history/Consumption.js"
import * as Credits from "../money/Credits.js"
import * as Usd from "../money/Usd.js"
import * as Timestamp from "../time/Timestamp.js"
import * as Depletion from "./Depletion.js"
import * as Distribution from "./Distribution.js"
import * as Forecast from "./Forecast.js"
import * as OverdraftPolicy from "./OverdraftPolicy.js"
import * as Runway from "./Runway.js"
import * as Scope from "./Scope.js"
import * as UsageHistory from "./UsageHistory.js"

/**
 * A moment at which something is billed, and the new pay-as-you-go usage that will then have been added to the amount due; `credits` is its
 * median in whole credits at the overdraft policy's price, where that is told.
 */
export const Charge = Schema.Struct({
  event: Schema.Literal("CycleEnd", "HorizonEnd"),
  at: Timestamp.FromText,
  usd: Distribution.Distribution,
  credits: Schema.OptionFromNullOr(Credits.FromText),
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
 * What a projection is made from: `now`, the newest balance observed at or before it, the overdraft policy (`None` where nobody told: the charge is
 * then what it would be with pay as you go on), and an `end` after `now` (by default the next refresh, or 30 days on where none is known).
 */
export interface Input extends Scope.Request {
  readonly consumption: Consumption.Consumption
  /** Levels of the intervals, above 0 and below 1; by default 0.8 and 0.95. The first is that of runways. */
  readonly levels?: readonly [number, ...ReadonlyArray<number>]
}

const LEAST_DAYS = 3
const DEFAULT_LEVELS = [0.8, 0.95] as const

const NANOS_PER_MICRO = 1000n

const creditsOf = (dollars: number, overdraft: Option.Option<OverdraftPolicy.OverdraftPolicy>) =>
  Option.flatMap(overdraft, (policy) =>
    policy._tag === "Blocked"
      ? Option.none()
      : Option.flatMap(Usd.fromNanos(BigInt(Math.round(dollars * 1e6)) * NANOS_PER_MICRO), (usd) =>
          Credits.fromUsd(usd, policy.price, policy.rounding),
        ),
  )

const chargeOf = (
  scope: Scope.Scope,
  input: Input,
  forecast: Forecast.Forecast,
  levels: ReadonlyArray<number>,
): typeof Charge.Type => {
  const blocked = Option.exists(input.overdraft, (policy) => policy._tag === "Blocked")
  const credits = scope.monthly + scope.stable
  const quantile = (p: number): number => (blocked ? 0 : Math.max(0, forecast.quantile(p) - credits))
  const usd = Distribution.fromQuantile(quantile, levels)
  return {
    event: scope.endsAtRefresh ? "CycleEnd" : "HorizonEnd",
    at: scope.end,
    usd,
    credits: creditsOf(usd.point, input.overdraft),
    chance: blocked ? 0 : Distribution.chanceAbove(forecast.quantile, credits),
  }
}

const notEnough = ({ days, observed }: UsageHistory.UsageHistory): string =>
  observed < LEAST_DAYS
    ? `${observed} whole days of history, and a projection needs ${LEAST_DAYS}`
    : `${days.length} of ${observed} days tell of usage (on the others credits were gone or the amount due was not asked for), and a projection needs ${LEAST_DAYS}`

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
  const history = UsageHistory.upTo(consumption, input.observedAt, input.overdraft)
  const { days } = history
  if (days.length < LEAST_DAYS) return { _tag: "NotEnoughHistory", ...shared, why: notEnough(history) }

  const total = scope.monthly + scope.stable
  const forecastTo = (at: Timestamp.Timestamp) => {
    const horizonDays = Depletion.daysBetween(scope.from, at)
    return Forecast.fromDaily({ days, horizonDays, levels, balances: [scope.monthly, total] })
  }
  const toEnd = forecastTo(scope.end)
  const cycle = scope.endsAtRefresh ? toEnd : forecastTo(Option.getOrElse(scope.refresh, () => scope.end))
  const month = Forecast.fromDaily({ days, horizonDays: Depletion.MONTH_DAYS, levels })
  const [monthly = Depletion.never, within = Depletion.never] = Depletion.ofForecast(cycle, level)
  const across = Depletion.acrossRefreshes(scope, within, { cycle, month }, level)
  const unused = days.every((day) => day.usd === 0)
  const beyondCycle = Option.exists(across, ({ steady }) => steady)
  const chanceOver = (dollars: number) => Distribution.chanceAbove(cycle.quantile, dollars)
  return {
    _tag: "Projected",
    ...shared,
    usage: Distribution.fromQuantile(toEnd.quantile, levels),
    charges: [chargeOf(scope, input, toEnd, levels)],
    overdraft: input.overdraft,
    monthly: unused ? { _tag: "NoUse" } : Depletion.monthlyRunway(scope, monthly, chanceOver(scope.monthly), level),
    credits: unused ? { _tag: "NoUse" } : Depletion.creditsRunway(scope, across, chanceOver(total), level),
    method: toEnd.method.name,
    assumptions: beyondCycle && !unused ? [...scope.assumptions, "UsageIsEven"] : scope.assumptions,
  }
}
