import { describe, expect, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Recent from "../../../src/services/import/Recent.js"

/** Reads texts but `bad`, and notes what it reads. */
const noting = (most: number) => {
  const reads: Array<string> = []
  const read = Recent.make(most, (text) => {
    reads.push(text)
    return text === "bad" ? Either.left("why") : Either.right({ text })
  })
  return { read, reads }
}

describe("Recent", () => {
  it("reads a text once, and gives the very same value again", () => {
    const { read, reads } = noting(2)
    const first = Either.getOrThrow(read("a"))
    expect(Either.getOrThrow(read("a"))).toBe(first)
    expect(reads).toEqual(["a"])
  })

  it("forgets what it read first when there is too much, and never remembers a failure", () => {
    const { read, reads } = noting(2)
    for (const text of ["a", "b", "c", "b", "a", "bad", "bad", "c"]) read(text)
    expect(reads).toEqual(["a", "b", "c", "a", "bad", "bad"])
  })

  it("does not remember what is very long", () => {
    const { read, reads } = noting(2)
    for (const text of ["a", "x".repeat(100_000), "x".repeat(100_000), "a"]) read(text)
    expect(reads.map(({ length }) => length)).toEqual([1, 100_000, 100_000])
  })

  it.prop(
    "answers like what it remembers",
    [FastCheck.array(FastCheck.constantFrom("a", "b", "c", "bad"))],
    ([texts]) => {
      const { read } = noting(2)
      for (const text of texts) {
        expect(read(text)).toEqual(text === "bad" ? Either.left("why") : Either.right({ text }))
      }
    },
  )
})
