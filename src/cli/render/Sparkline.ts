/** A row of bars, one a value. */

const BARS = "▁▂▃▄▅▆▇█"

/** What stands for a value that is not known. */
export const UNKNOWN = "?"

/** Bars from nothing to the highest value. 0 is a dot, so that an idle day differs from a quiet one, and `undefined` is {@link UNKNOWN}. */
export const draw = (values: ReadonlyArray<number | undefined>): string => {
  const highest = Math.max(0, ...values.filter((value) => value !== undefined))
  return values
    .map((value) => {
      if (value === undefined) return UNKNOWN
      return value > 0 ? BARS[Math.min(BARS.length - 1, Math.floor((value / highest) * BARS.length))] : "·"
    })
    .join("")
}
