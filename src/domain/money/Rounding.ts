/**
 * Rounding of exact quotients. Every division of money in this library names one of these rules.
 */

/**
 * - `HalfEven`: to the nearest, a tie to the even neighbour (the rule for digits beyond the ninth decimal).
 * - `HalfUp`: to the nearest, a tie away from zero (the rule by which the API prices a call to the cent).
 * - `Down`: toward zero.
 * - `Up`: away from zero.
 * - `Floor`: toward negative infinity.
 * - `Ceiling`: toward positive infinity.
 */
export type Rounding = "HalfEven" | "HalfUp" | "Down" | "Up" | "Floor" | "Ceiling"

const abs = (n: bigint): bigint => (n < 0n ? -n : n)

/** Whether a quotient with this remainder moves away from zero. */
const movesAway = (
  quotient: bigint,
  remainder: bigint,
  divisor: bigint,
  negative: boolean,
  rounding: Rounding,
): boolean => {
  switch (rounding) {
    case "Down":
      return false
    case "Up":
      return true
    case "Floor":
      return negative
    case "Ceiling":
      return !negative
    case "HalfUp":
      return 2n * remainder >= divisor
    case "HalfEven":
      return 2n * remainder > divisor || (2n * remainder === divisor && quotient % 2n === 1n)
  }
}

/**
 * The integer that `rounding` picks for `numerator / denominator`.
 *
 * @throws RangeError when `denominator` is 0.
 */
export const divide = (numerator: bigint, denominator: bigint, rounding: Rounding): bigint => {
  if (denominator === 0n) throw new RangeError("division by zero: give a denominator other than 0")
  const negative = numerator < 0n !== denominator < 0n
  const dividend = abs(numerator)
  const divisor = abs(denominator)
  const quotient = dividend / divisor
  const remainder = dividend % divisor
  const size =
    remainder !== 0n && movesAway(quotient, remainder, divisor, negative, rounding) ? quotient + 1n : quotient
  return negative ? -size : size
}
