/** How many of `times` (sorted, oldest first) are at or before `t`, in O(log n). */
export const countUntil = (times: ArrayLike<number>, t: number): number => {
  let low = 0
  let high = times.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((times[middle] ?? Infinity) <= t) low = middle + 1
    else high = middle
  }
  return low
}

/** Running totals: the item at `i` is the sum of the first `i` values, exact below 2^53. */
export const totals = (values: ReadonlyArray<number>): Float64Array => {
  const sums = new Float64Array(values.length + 1)
  let sum = 0
  for (const [index, value] of values.entries()) {
    sum += value
    sums[index + 1] = sum
  }
  return sums
}
