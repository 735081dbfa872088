import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { LineSplitter } from "../../src/cli/LineSplitter.js"

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1")
const bytes = (written: string) => Buffer.from(written, "latin1")

/** The lines of chunks, each read before the next one is asked for. */
const split = (chunks: ReadonlyArray<string>, most = 100) => {
  const splitter = new LineSplitter(most)
  const lines: Array<string> = []
  for (const chunk of chunks) for (const line of splitter.push(bytes(chunk))) lines.push(text(line))
  for (const line of splitter.end()) lines.push(text(line))
  return lines
}

const MOST = 5

/** The same lines from the whole text at once. */
const reference = (whole: string) => {
  const lines = whole.split("\n")
  if (lines.at(-1) === "") lines.pop()
  return lines.map((line) => (line.length > MOST ? line.slice(0, MOST) : line.replace(/\r$/, "")))
}

const chunk = FastCheck.string({ unit: FastCheck.constantFrom("a", "b", "\n", "\r"), maxLength: 12 })

describe("LineSplitter", () => {
  it.each<[ReadonlyArray<string>, ReadonlyArray<string>]>([
    [[], []],
    [[""], []],
    [["\n"], [""]],
    [["\n\n"], ["", ""]],
    [["a"], ["a"]],
    [["a\n"], ["a"]],
    [["a", "\n", ""], ["a"]],
    [
      ["a\nb", "c", "d\ne"],
      ["a", "bcd", "e"],
    ],
    [
      ["a\r\n\r", "\nb\r"],
      ["a", "", "b"],
    ],
    [["a\rb\n"], ["a\rb"]],
    [["a\r\r\n"], ["a\r"]],
  ])("%j has the lines %j", (chunks, lines) => {
    expect(split(chunks)).toEqual(lines)
  })

  it.prop("gives the same lines however the text is cut into chunks", [FastCheck.array(chunk)], ([chunks]) => {
    expect(split(chunks, MOST)).toEqual(reference(chunks.join("")))
  })

  it("cuts a line that is too long, and takes no CR within it for its end", () => {
    expect(split(["abcde\r\n", "abcdefgh\n", "abcd\ref\n"], MOST)).toEqual(["abcde", "abcde", "abcd\r"])
    expect(split(["abcd", "\r", "\n"], MOST)).toEqual(["abcd"])
  })

  it("holds lines of many chunks up to its bound, which the buffer grows to", () => {
    const most = 1_000_000
    const parts = Array.from({ length: 100 }, (_, index) => String(index % 10).repeat(15_000))
    const [line, ...others] = split([...parts, "\nend"], most)
    expect(line === parts.join("").slice(0, most)).toBe(true)
    expect(others).toEqual(["end"])
  })
})
