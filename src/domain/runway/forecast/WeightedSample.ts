import { at } from "./Vector.js"

/** Weighted observations in ascending order, as needed to read quantiles off them. */
export interface WeightedSample {
  readonly values: ArrayLike<number>
  /** `shares[i]`: share of the weight that the first `i` values have. */
  readonly shares: ArrayLike<number>
  /** `areas[i]`: sum of the first `i` values times their shares. */
  readonly areas: ArrayLike<number>
  /** Half the share of one observation, were all equally heavy. */
  readonly reach: number
}

/** Independent observations that so many weighted ones are worth (Kish's effective sample size). */
export const effectiveSize = (weights: ArrayLike<number>): number => {
  let sum = 0
  let squares = 0
  for (let i = 0; i < weights.length; i++) {
    sum += at(weights, i)
    squares += at(weights, i) ** 2
  }
  return (sum * sum) / squares
}

/** `values` ascending and not empty, `weights` positive, both of one length. */
export const fromSorted = (values: ArrayLike<number>, weights: ArrayLike<number>): WeightedSample => {
  let total = 0
  for (let i = 0; i < weights.length; i++) total += at(weights, i)
  const shares = new Float64Array(values.length + 1)
  const areas = new Float64Array(values.length + 1)
  for (let i = 0; i < values.length; i++) {
    const share = at(weights, i) / total
    shares[i + 1] = at(shares, i) + share
    areas[i + 1] = at(areas, i) + share * at(values, i)
  }
  return { values, shares, areas, reach: 0.5 / effectiveSize(weights) }
}

/**
 * The value below which a share `p` of the weight lies, averaged over the width of one observation: continuous in `p` and
 * in the values, and indifferent to the order of equal ones.
 */
export const quantile = (sample: WeightedSample, p: number): number => {
  const from = Math.max(0, p - sample.reach)
  const to = Math.min(1, p + sample.reach)
  return (area(sample, to) - area(sample, from)) / (to - from)
}

/** Integral of the step-shaped quantile function from 0 to `p`. */
const area = ({ areas, shares, values }: WeightedSample, p: number): number => {
  let low = 0
  let high = values.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (at(shares, middle) <= p) low = middle
    else high = middle
  }
  return at(areas, low) + at(values, low) * (p - at(shares, low))
}
