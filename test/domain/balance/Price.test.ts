import { describe, expect, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Price from "../../../src/domain/balance/Price.js"

const prices = Arbitrary.make(Price.Price)
const equivalence = Schema.equivalence(Price.Price)
const copy = (price: Price.Price): Price.Price => Schema.decodeSync(Price.Price)(Schema.encodeSync(Price.Price)(price))

describe("two prices", () => {
  it("are the same where the schema's equivalence says so", () => {
    let same = 0
    FastCheck.assert(
      FastCheck.property(prices, prices, FastCheck.boolean(), (a, other, isCopied) => {
        const b = isCopied ? copy(a) : other
        if (equivalence(a, b)) same++
        expect(Price.same(a, b)).toBe(equivalence(a, b))
      }),
      { numRuns: 300 },
    )
    expect(same).toBeGreaterThan(50)
  })
})
