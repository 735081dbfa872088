import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { type Due, DueHeap, NOWHERE } from "../../../src/services/poller/DueHeap.js"

interface Named extends Due {
  readonly name: number
}

const named = (name: number): Named => ({ name, dueAt: 0, turn: 0, place: NOWHERE })

const takeAll = (heap: DueHeap<Named>): ReadonlyArray<Named> => {
  const taken: Array<Named> = []
  for (let next = heap.take(Number.POSITIVE_INFINITY); next !== undefined; next = heap.take(Number.POSITIVE_INFINITY))
    taken.push(next)
  return taken
}

type Step =
  | { readonly do: "put"; readonly name: number; readonly dueAt: number }
  | { readonly do: "remove"; readonly name: number }
  | { readonly do: "take"; readonly now: number }
  | { readonly do: "shift"; readonly by: number }

const small = FastCheck.nat(20)
const step: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  { weight: 4, arbitrary: FastCheck.record({ do: FastCheck.constant("put" as const), name: small, dueAt: small }) },
  { weight: 1, arbitrary: FastCheck.record({ do: FastCheck.constant("remove" as const), name: small }) },
  { weight: 1, arbitrary: FastCheck.record({ do: FastCheck.constant("take" as const), now: small }) },
  {
    weight: 1,
    arbitrary: FastCheck.record({
      do: FastCheck.constant("shift" as const),
      by: FastCheck.integer({ min: -5, max: 5 }),
    }),
  },
)

describe("DueHeap", () => {
  it("gives out by time, and what is due at once in the order in which it was put in", () => {
    const heap = new DueHeap<Named>()
    for (const [name, dueAt] of [
      [1, 30],
      [2, 10],
      [3, 30],
      [4, 20],
      [5, 10],
    ] as const)
      heap.put(named(name), dueAt)
    expect(takeAll(heap).map(({ name }) => name)).toEqual([2, 5, 4, 1, 3])
  })

  it("gives out nothing before its time", () => {
    const heap = new DueHeap<Named>()
    heap.put(named(1), 10)
    expect(heap.take(9)).toBeUndefined()
    expect(heap.take(10)).toMatchObject({ name: 1, place: NOWHERE })
    expect(heap.take(10)).toBeUndefined()
  })

  it.prop(
    "does what a sorted list does, whatever is put in, moved, taken and removed",
    [FastCheck.array(step)],
    ([steps]) => {
      const heap = new DueHeap<Named>()
      const all = Array.from({ length: 21 }, (_, name) => named(name))
      let list: Array<{ readonly name: number; readonly dueAt: number; readonly turn: number }> = []
      let turn = 0
      const sort = () => list.sort((a, b) => a.dueAt - b.dueAt || a.turn - b.turn)
      for (const each of steps) {
        if (each.do === "shift") {
          heap.shift(each.by)
          list = list.map((kept) => ({ ...kept, dueAt: kept.dueAt + each.by }))
        } else if (each.do === "take") {
          const first = list[0]
          const expected = first !== undefined && first.dueAt <= each.now ? list.shift() : undefined
          expect(heap.take(each.now)?.name).toBe(expected?.name)
        } else {
          list = list.filter(({ name }) => name !== each.name)
          const element = all[each.name] ?? named(each.name)
          if (each.do === "put") {
            list.push({ name: each.name, dueAt: each.dueAt, turn: turn++ })
            heap.put(element, each.dueAt)
          } else {
            heap.remove(element)
          }
          sort()
        }
        expect(heap.size).toBe(list.length)
        expect(heap.first?.name).toBe(list[0]?.name)
        expect(heap.countDue(10)).toBe(list.filter(({ dueAt }) => dueAt <= 10).length)
      }
      expect(takeAll(heap).map(({ name }) => name)).toEqual(list.map(({ name }) => name))
    },
  )
})
