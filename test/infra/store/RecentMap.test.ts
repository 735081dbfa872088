import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { RecentMap } from "../../../src/infra/store/RecentMap.js"

const keys = FastCheck.array(FastCheck.nat({ max: 30 }), { maxLength: 200 })

describe("RecentMap", () => {
  it("never holds more than its capacity, and always the half of it that was used last", () => {
    FastCheck.assert(
      FastCheck.property(keys, FastCheck.integer({ min: 2, max: 20 }), (used, capacity) => {
        const map = new RecentMap<number>(capacity)
        for (const key of used) {
          if (map.get(`${key}`) === undefined) map.set(`${key}`, key)
          expect(map.size).toBeLessThanOrEqual(capacity)
        }
        const recent = [...new Set(used.toReversed())].slice(0, Math.floor(capacity / 2))
        expect(recent.map((key) => map.get(`${key}`))).toEqual(recent)
      }),
    )
  })

  it("gives back what was set last, and nothing of what was deleted", () => {
    FastCheck.assert(
      FastCheck.property(
        FastCheck.array(
          FastCheck.tuple(FastCheck.nat({ max: 5 }), FastCheck.option(FastCheck.nat(), { nil: undefined })),
        ),
        (steps) => {
          const map = new RecentMap<number>(100)
          const model = new Map<string, number>()
          for (const [name, value] of steps) {
            const key = `${name}`
            if (value === undefined) {
              map.delete(key)
              model.delete(key)
            } else {
              map.set(key, value)
              model.set(key, value)
            }
            expect(map.get(key)).toBe(model.get(key))
            expect(map.size).toBe(model.size)
          }
        },
      ),
    )
  })

  it("keeps one entry at the least, however small the capacity", () => {
    const map = new RecentMap<number>(0)
    map.set("a", 1)
    expect(map.get("a")).toBe(1)
    map.set("b", 2)
    map.set("c", 3)
    expect(map.get("a")).toBeUndefined()
    expect(map.get("c")).toBe(3)
  })
})
