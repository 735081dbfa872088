/** Choices drawn from a tape of numbers, so that what was chosen can be drawn, repeated and shrunk like any other value. */
import * as FastCheck from "effect/FastCheck"

/** The next choices of a tape. */
export interface Choices {
  /** A whole number from 0 to `count - 1`. */
  readonly below: (count: number) => number
}

/** Numbers to choose by. Shorter tapes and smaller numbers are the simpler ones. */
export type Tape = ReadonlyArray<number>

const MOST = 0xffff

/** Tapes. */
export const tapes: FastCheck.Arbitrary<Tape> = FastCheck.array(FastCheck.nat(MOST), { maxLength: 400, size: "max" })

/** The choices of a tape, which starts again at its end; an empty one always chooses 0. */
export const from = (tape: Tape): Choices => {
  let next = 0
  return { below: (count) => (tape[next++ % tape.length] ?? 0) % count }
}

/** One of some values; the first is the simplest. */
export const pick = <A>({ below }: Choices, first: A, ...others: ReadonlyArray<A>): A =>
  [first, ...others][below(others.length + 1)] ?? first

/** The values in another order, or in their own. */
export const shuffled = <A>({ below }: Choices, values: ReadonlyArray<A>): ReadonlyArray<A> => {
  const left = [...values]
  return values.flatMap(() => left.splice(below(left.length), 1))
}
