import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as WeightedSample from "../../../../src/domain/runway/forecast/WeightedSample.js"

const entry = FastCheck.record({
  value: FastCheck.integer({ min: 0, max: 1_000 }),
  weight: FastCheck.double({ min: 0.05, max: 1, noNaN: true }),
})
const sorted = FastCheck.array(entry, { minLength: 1, maxLength: 40 }).map((entries) =>
  entries.sort((a, b) => a.value - b.value),
)
const probability = FastCheck.double({ min: 0, max: 1, noNaN: true })

const sampleOf = (entries: ReadonlyArray<{ readonly value: number; readonly weight: number }>) =>
  WeightedSample.fromSorted(
    entries.map(({ value }) => value),
    entries.map(({ weight }) => weight),
  )

describe("the quantile of a weighted sample", () => {
  it("of equal weights is linear between the middles of neighbours and flat outside them", () => {
    const sample = WeightedSample.fromSorted([10, 20, 40, 50], [1, 1, 1, 1])
    const expected = [10, 10, 15, 20, 30, 40, 45, 50, 50]
    for (const [index, value] of expected.entries()) {
      expect(WeightedSample.quantile(sample, index / 8)).toBeCloseTo(value, 9)
    }
  })

  it("leans to where the weight is", () => {
    expect(WeightedSample.quantile(WeightedSample.fromSorted([0, 1], [3, 1]), 0.5)).toBeLessThan(0.25)
    expect(WeightedSample.quantile(WeightedSample.fromSorted([0, 1], [1, 3]), 0.5)).toBeGreaterThan(0.75)
  })

  it.prop(
    "never falls, and stays between the smallest and the largest value",
    [sorted, probability, probability],
    (drawn) => {
      const [entries, one, other] = drawn
      const sample = sampleOf(entries)
      const low = WeightedSample.quantile(sample, Math.min(one, other))
      const high = WeightedSample.quantile(sample, Math.max(one, other))
      const ends = [entries[0]?.value ?? 0, low, high, entries.at(-1)?.value ?? 0]
      for (const [index, end] of ends.entries()) expect(end).toBeGreaterThanOrEqual((ends[index - 1] ?? 0) - 1e-9)
    },
  )

  it.prop("is mirrored when the values are", [sorted, probability], ([entries, p]) => {
    const mirrored = entries.map(({ value, weight }) => ({ value: 1_000 - value, weight })).reverse()
    const direct = WeightedSample.quantile(sampleOf(entries), p)
    expect(WeightedSample.quantile(sampleOf(mirrored), 1 - p)).toBeCloseTo(1_000 - direct, 6)
  })

  it.prop("does not depend on the order of equal values", [sorted, probability], ([entries, p]) => {
    const reordered = [...entries].reverse().sort((a, b) => a.value - b.value)
    expect(WeightedSample.quantile(sampleOf(reordered), p)).toBeCloseTo(
      WeightedSample.quantile(sampleOf(entries), p),
      6,
    )
  })

  it("counts weighted observations as fewer independent ones", () => {
    expect(WeightedSample.effectiveSize([1, 1, 1, 1])).toBe(4)
    expect(WeightedSample.effectiveSize([1, 0.5])).toBeCloseTo(1.8, 9)
  })
})
