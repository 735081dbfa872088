import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Memo from "../../src/infra/Memo.js"

const keys = FastCheck.array(FastCheck.nat({ max: 30 }), { maxLength: 200 })

describe("RecentMap", () => {
  it("never holds more than its capacity, and always the half of it that was used last", () => {
    FastCheck.assert(
      FastCheck.property(keys, FastCheck.integer({ min: 2, max: 20 }), (used, capacity) => {
        const map = new Memo.RecentMap<number>(capacity)
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
          const map = new Memo.RecentMap<number>(100)
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
    const map = new Memo.RecentMap<number>(0)
    map.set("a", 1)
    expect(map.get("a")).toBe(1)
    map.set("b", 2)
    map.set("c", 3)
    expect(map.get("a")).toBeUndefined()
    expect(map.get("c")).toBe(3)
  })
})

/** Reads texts but `bad`, and notes what it reads. */
const noting = (capacity: number) => {
  const reads: Array<string> = []
  const read = Memo.byText(capacity, (text) => {
    reads.push(text)
    return text === "bad" ? Either.left("why") : Either.right({ text })
  })
  return { read, reads }
}

describe("a function of texts with a cache", () => {
  it("reads a text once, and returns the very same value again", () => {
    const { read, reads } = noting(4)
    const first = Either.getOrThrow(read("a"))
    for (const text of ["b", "a"]) expect(Either.getOrThrow(read(text))).toEqual({ text })
    expect(Either.getOrThrow(read("a"))).toBe(first)
    expect(reads).toEqual(["a", "b"])
  })

  it("drops what was not used recently, and never caches a failure", () => {
    const { read, reads } = noting(2)
    for (const text of ["a", "b", "c", "b", "a", "bad", "bad"]) read(text)
    expect(reads).toEqual(["a", "b", "c", "a", "bad", "bad"])
  })

  it("does not cache a very long text", () => {
    const { read, reads } = noting(4)
    for (const text of ["a", "x".repeat(100_000), "x".repeat(100_000), "a"]) read(text)
    expect(reads.map(({ length }) => length)).toEqual([1, 100_000, 100_000])
  })

  it.prop(
    "answers as without the cache",
    [FastCheck.array(FastCheck.constantFrom("a", "b", "c", "bad"))],
    ([texts]) => {
      const { read } = noting(2)
      for (const text of texts) {
        expect(read(text)).toEqual(text === "bad" ? Either.left("why") : Either.right({ text }))
      }
    },
  )
})

describe("a function of objects with a cache", () => {
  it("is run once for each object, told apart by identity", () => {
    const seen: Array<object> = []
    const nameOf = Memo.byObject((value: { readonly name: string }) => {
      seen.push(value)
      return value.name
    })
    const [one, equal] = [{ name: "a" }, { name: "a" }]
    expect([nameOf(one), nameOf(one), nameOf(equal)]).toEqual(["a", "a", "a"])
    expect(seen).toEqual([one, equal])
  })
})
