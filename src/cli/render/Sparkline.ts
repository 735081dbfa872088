/** A row of bars, one a value. */

const BARS = "▁▂▃▄▅▆▇█"

/** Bars from nothing to the highest value; 0 is a dot, so that an idle day is told from a quiet one. */
export const draw = (values: ReadonlyArray<number>): string => {
  const highest = Math.max(0, ...values)
  return values
    .map((value) => (value > 0 ? BARS[Math.min(BARS.length - 1, Math.floor((value / highest) * BARS.length))] : "·"))
    .join("")
}
