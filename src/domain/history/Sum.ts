/** Amounts between bounds, with what is expected between them, in whole nano-dollars. */
import * as LinkedAmounts from "./LinkedAmounts.js"

/** An amount with a bound below; `upper` is `undefined` when nothing bounds it. */
export interface Sum extends LinkedAmounts.Range {
  readonly expected: bigint
}

/** A signed amount, which may have no bound below either. */
export interface Signed {
  readonly lower: bigint | undefined
  readonly expected: bigint
  readonly upper: bigint | undefined
}

/** Nothing. */
export const NOTHING: Sum = { lower: 0n, expected: 0n, upper: 0n }

/** An amount that is known. */
export const exactly = (nanos: bigint): Sum => ({ lower: nanos, expected: nanos, upper: nanos })

/** Sum: bounds and estimates add up. */
export const add = (a: Sum, b: Sum): Sum => ({ ...LinkedAmounts.add(a, b), expected: a.expected + b.expected })

const plus = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || b === undefined ? undefined : a + b

/** Sum of signed amounts. */
export const addSigned = (a: Signed, b: Signed): Signed => ({
  lower: plus(a.lower, b.lower),
  expected: a.expected + b.expected,
  upper: plus(a.upper, b.upper),
})

const opposite = (nanos: bigint | undefined): bigint | undefined => (nanos === undefined ? undefined : -nanos)

/** The opposite amount. */
export const negate = ({ expected, lower, upper }: Signed): Signed => ({
  lower: opposite(upper),
  expected: -expected,
  upper: opposite(lower),
})

/** A part of an amount: it may be all of it, or nothing. */
export const partOf = ({ lower, upper }: Sum, expected: bigint): Sum => ({
  lower: lower < 0n ? lower : 0n,
  expected,
  upper: upper === undefined ? undefined : upper > 0n ? upper : 0n,
})

/** The lesser of two. */
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b)
