/** A row of bars, one a value. */

const BARS = "▁▂▃▄▅▆▇█"

/**
 * Bars from nothing to the highest value; 0 is a dot, so that an idle day is told from a quiet one, and `undefined`, a value that nobody
 * knows, is a blank.
 */
export const draw = (values: ReadonlyArray<number | undefined>): string => {
  const highest = Math.max(0, ...values.filter((value) => value !== undefined))
  return values
    .map((value) =>
      value === undefined
        ? " "
        : value > 0
          ? BARS[Math.min(BARS.length - 1, Math.floor((value / highest) * BARS.length))]
          : "·",
    )
    .join("")
}
