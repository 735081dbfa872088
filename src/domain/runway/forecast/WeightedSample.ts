import { at } from "./Vector.js"

/** Ascending values, each with the share of the total weight that lies below its middle. */
export interface WeightedSample {
  readonly values: ArrayLike<number>
  readonly positions: ArrayLike<number>
}

/** `values` ascending and not empty, `weights` positive, both of one length. */
export const fromSorted = (values: ArrayLike<number>, weights: ArrayLike<number>): WeightedSample => {
  let total = 0
  for (let i = 0; i < weights.length; i++) total += at(weights, i)
  const positions = new Float64Array(values.length)
  let below = 0
  for (let i = 0; i < values.length; i++) {
    positions[i] = (below + at(weights, i) / 2) / total
    below += at(weights, i)
  }
  return { values, positions }
}

/** The value below which a share `p` of the weight lies: linear between the middles, flat outside them. */
export const quantile = (sample: WeightedSample, p: number): number => {
  const { positions, values } = sample
  let low = 0
  let high = values.length - 1
  if (p <= at(positions, low)) return at(values, low)
  if (p >= at(positions, high)) return at(values, high)
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (at(positions, middle) <= p) low = middle
    else high = middle
  }
  const share = (p - at(positions, low)) / (at(positions, high) - at(positions, low))
  return at(values, low) + share * (at(values, high) - at(values, low))
}
