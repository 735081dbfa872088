import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { divide, type Rounding } from "../../../src/domain/money/Rounding.js"

const rules: ReadonlyArray<Rounding> = ["HalfEven", "HalfUp", "Down", "Up", "Floor", "Ceiling"]

const numerator = FastCheck.oneof(
  FastCheck.bigInt({ min: -60n, max: 60n }),
  FastCheck.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
)
const denominator = FastCheck.oneof(
  FastCheck.bigInt({ min: -12n, max: 12n }),
  FastCheck.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
).filter((n) => n !== 0n)

/** The rule by its definition: the integers on both sides of the quotient, and which of them is nearer. */
const byDefinition = (n: bigint, d: bigint, rule: Rounding): bigint => {
  const [top, bottom] = d < 0n ? [-n, -d] : [n, d]
  const residue = ((top % bottom) + bottom) % bottom
  const below = (top - residue) / bottom
  if (residue === 0n) return below
  const above = below + 1n
  const [inner, outer] = top > 0n ? [below, above] : [above, below]
  const twice = residue * 2n
  const nearest = twice < bottom ? below : above
  switch (rule) {
    case "Floor":
      return below
    case "Ceiling":
      return above
    case "Down":
      return inner
    case "Up":
      return outer
    case "HalfUp":
      return twice === bottom ? outer : nearest
    case "HalfEven":
      return twice === bottom ? (below % 2n === 0n ? below : above) : nearest
  }
}

describe("rounding of a quotient", () => {
  it.each<[bigint, bigint, Record<Rounding, bigint>]>([
    [5n, 2n, { HalfEven: 2n, HalfUp: 3n, Down: 2n, Up: 3n, Floor: 2n, Ceiling: 3n }],
    [7n, 2n, { HalfEven: 4n, HalfUp: 4n, Down: 3n, Up: 4n, Floor: 3n, Ceiling: 4n }],
    [-5n, 2n, { HalfEven: -2n, HalfUp: -3n, Down: -2n, Up: -3n, Floor: -3n, Ceiling: -2n }],
    [-7n, 2n, { HalfEven: -4n, HalfUp: -4n, Down: -3n, Up: -4n, Floor: -4n, Ceiling: -3n }],
    [1n, 3n, { HalfEven: 0n, HalfUp: 0n, Down: 0n, Up: 1n, Floor: 0n, Ceiling: 1n }],
    [2n, -3n, { HalfEven: -1n, HalfUp: -1n, Down: 0n, Up: -1n, Floor: -1n, Ceiling: 0n }],
    [6n, 3n, { HalfEven: 2n, HalfUp: 2n, Down: 2n, Up: 2n, Floor: 2n, Ceiling: 2n }],
    [0n, -7n, { HalfEven: 0n, HalfUp: 0n, Down: 0n, Up: 0n, Floor: 0n, Ceiling: 0n }],
  ])("takes %s / %s to the integer that each rule names", (n, d, expected) => {
    for (const rule of rules) expect(divide(n, d, rule), rule).toBe(expected[rule])
  })

  it.prop(
    "is what the definition of the rule says, for every sign and size",
    { numerator, denominator, rule: FastCheck.constantFrom(...rules) },
    ({ numerator, denominator, rule }) => {
      expect(divide(numerator, denominator, rule)).toBe(byDefinition(numerator, denominator, rule))
    },
    { fastCheck: { numRuns: 1000 } },
  )

  it.prop(
    "gives back an exact quotient under every rule",
    { quotient: numerator, denominator, rule: FastCheck.constantFrom(...rules) },
    ({ quotient, denominator, rule }) => {
      expect(divide(quotient * denominator, denominator, rule)).toBe(quotient)
    },
  )

  it("refuses to divide by zero under every rule", () => {
    for (const rule of rules) expect(() => divide(1n, 0n, rule), rule).toThrow(RangeError)
  })
})
