import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as DrawDown from "../../../src/domain/runway/DrawDown.js"

describe("pools that are drawn down", () => {
  it.each([
    ["monthly credits go first", [10, 5], 4, [6, 5], 0],
    ["stable credits go after them", [10, 5], 12, [0, 3], 0],
    ["what neither covers is left over", [10, 5], 20, [0, 0], 5],
    ["a stable debt takes from the monthly credits", [10, -6], 7, [6, -6], 3],
    ["a monthly debt takes from the stable credits", [-3, 10], 9, [-3, 3], 2],
    ["a debt greater than the credits leaves nothing", [2, -5], 1, [2, -5], 1],
  ] as const)("%s", (_, [monthly, stable], usd, [monthlyAfter, stableAfter], uncovered) => {
    expect(DrawDown.draw({ monthly, stable }, usd)).toEqual({
      pools: { monthly: monthlyAfter, stable: stableAfter },
      uncovered,
    })
  })

  it("leave the sum of both, and of the monthly credits no more than that", () => {
    expect(
      [
        { monthly: 10, stable: 5 },
        { monthly: 10, stable: -6 },
        { monthly: -3, stable: 10 },
        { monthly: -3, stable: -1 },
      ].map((pools) => [DrawDown.left(pools), DrawDown.monthlyLeft(pools)]),
    ).toEqual([
      [15, 10],
      [4, 4],
      [7, 0],
      [0, 0],
    ])
  })

  const cents = (min: number) => FastCheck.integer({ min, max: 5000 }).map((amount) => amount / 4)

  it.prop(
    "lose what usage takes, and are the same drawn in two steps",
    [cents(-5000), cents(-5000), cents(0), cents(0)],
    (drawn) => {
      const [monthly, stable, one, other] = drawn
      const pools = { monthly, stable }
      const { pools: after, uncovered } = DrawDown.draw(pools, one)
      expect(DrawDown.left(after) + one - uncovered).toBe(DrawDown.left(pools))
      const then = DrawDown.draw(after, other)
      const whole = DrawDown.draw(pools, one + other)
      expect(then.pools).toEqual(whole.pools)
      expect(uncovered + then.uncovered).toBe(whole.uncovered)
    },
  )
})
