/** A forecast amount of dollars: never one number. Forecasts are doubles, rounded to the micro-dollar; they are not money. */
import * as Schema from "effect/Schema"

/** The span that holds the outcome with probability `level`. `upper` is null where the forecast has no upper bound. */
export const Interval = Schema.Struct({
  level: Schema.Number.pipe(Schema.between(0, 1)),
  lower: Schema.Number,
  upper: Schema.NullOr(Schema.Number),
})

/** `point` is the median, `mean` the mean (null without bound), `intervals` central. */
export const Distribution = Schema.Struct({
  point: Schema.Number,
  mean: Schema.NullOr(Schema.Number),
  intervals: Schema.Array(Interval),
}).annotations({ identifier: "Distribution" })
/** A forecast amount of dollars. */
export type Distribution = typeof Distribution.Type

const micro = (dollars: number): number => Math.round(dollars * 1e6) / 1e6
const finite = (dollars: number): number | null => (Number.isFinite(dollars) ? micro(dollars) : null)

const STEPS = 1000

/** The distribution with this quantile function (monotone, 0 < p < 1). Its mean is the average of a thousand quantiles. */
export const fromQuantile = (quantile: (p: number) => number, levels: ReadonlyArray<number>): Distribution => {
  let total = 0
  for (let step = 0; step < STEPS; step++) total += quantile((step + 0.5) / STEPS)
  const point = quantile(0.5)
  return {
    point: micro(point),
    mean: finite(total / STEPS),
    intervals: levels.map((level) => ({
      level,
      // An interval holds its point, whatever the last digits of its ends.
      lower: micro(Math.min(point, quantile((1 - level) / 2))),
      upper: finite(Math.max(point, quantile((1 + level) / 2))),
    })),
  }
}

/** The distribution of an amount that is greater by so many dollars. */
export const plus = ({ intervals, mean, point }: Distribution, dollars: number): Distribution => ({
  point: micro(point + dollars),
  mean: mean === null ? null : micro(mean + dollars),
  intervals: intervals.map(({ level, lower, upper }) => ({
    level,
    lower: micro(lower + dollars),
    upper: upper === null ? null : micro(upper + dollars),
  })),
})

/** The probability that the outcome is above `dollars`. */
export const chanceAbove = (quantile: (p: number) => number, dollars: number): number => {
  let low = 0
  let high = 1
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2
    if (quantile(middle) > dollars) high = middle
    else low = middle
  }
  return Math.round((1 - (low + high) / 2) * 1e4) / 1e4
}
