/** The value at `index`, which must exist. */
export const at = (values: ArrayLike<number>, index: number): number => {
  const value = values[index]
  if (value === undefined) throw new RangeError(`index ${index} is outside 0..${values.length - 1}`)
  return value
}

/** Running totals: `result[i]` is the sum of the first `i` values, so the sum over `[a, b)` is `result[b] - result[a]`. */
export const runningTotals = (values: ArrayLike<number>): Float64Array => {
  const totals = new Float64Array(values.length + 1)
  let total = 0
  for (let i = 0; i < values.length; i++) {
    total += at(values, i)
    totals[i + 1] = total
  }
  return totals
}

/** Weight of something `age` days old when weights halve every `halfLife` days. */
export const recency = (age: number, halfLife: number): number => 0.5 ** (age / halfLife)
