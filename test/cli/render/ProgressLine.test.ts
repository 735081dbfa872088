import { describe, expect, it } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import * as ProgressLine from "../../../src/cli/render/ProgressLine.js"

const { render } = ProgressLine
const file = {
  label: "a.jsonl.gz",
  done: 500_000_000,
  total: 1_000_000_000,
  unit: "bytes",
  beside: [{ done: 1_234_567, unit: "lines" }],
  elapsedMillis: 4000,
  columns: 120,
}

describe("ProgressLine", () => {
  it("tells the share, the counts beside it, both rates and the time left of work whose size is known", () => {
    expect(render(file)).toBe(
      "a.jsonl.gz [##########..........] 50 %, 1,234,567 lines, 308,642 lines/s, 125 MB/s, 4 s left",
    )
    expect(render({ label: "h.db", done: 30, total: 120, unit: "looks", elapsedMillis: 90_000 })).toBe(
      "h.db [#####...............] 25 %, 0.3 looks/s, 4 min left",
    )
  })

  it("tells the counts, both rates and the time so far of work whose size is not known", () => {
    const line = "standard input: 1,234,567 lines, 500 MB, 308,642 lines/s, 125 MB/s, 4 s"
    expect(render({ ...file, label: "standard input", total: undefined })).toBe(line)
    // Of nothing there is no share.
    expect(render({ ...file, label: "standard input", total: 0 })).toBe(line)
  })

  it("tells neither rate nor time left before any time or any work has passed", () => {
    expect(render({ ...file, done: 0, beside: [{ done: 0, unit: "lines" }], elapsedMillis: 0 })).toBe(
      "a.jsonl.gz [....................] 0 %, 0 lines",
    )
    expect(render({ ...file, total: undefined, elapsedMillis: 0 })).toBe("a.jsonl.gz: 1,234,567 lines, 500 MB, 0 s")
    expect(render({ ...file, done: 0 })).not.toContain("left")
  })

  it("is not done before it is done, and never more than done", () => {
    expect(render({ ...file, done: 999_999_999 })).toContain("[###################.] 99 %")
    expect(render({ ...file, done: 1_000_000_000 })).toMatch(/\[#{20}\] 100 %.*, 0 s left$/)
    // A file that grows while it is read.
    expect(render({ ...file, done: 2_000_000_000 })).toMatch(/\[#{20}\] 100 %.*, 0 s left$/)
  })

  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.00 kB"],
    [9994, "9.99 kB"],
    [9996, "10.0 kB"],
    [99_940, "99.9 kB"],
    [99_960, "100 kB"],
    [999_499, "999 kB"],
    [999_500, "1.00 MB"],
    [12_345_678, "12.3 MB"],
    [4_294_967_296, "4.29 GB"],
    [1e12, "1.00 TB"],
    [2e22, "20000 EB"],
  ])("writes %d bytes as %s", (count, text) => {
    expect(ProgressLine.bytes(count)).toBe(text)
  })

  it("leaves out what finds no room, the least telling first", () => {
    expect([92, 80, 60, 50, 40, 30, 20, 10].map((columns) => render({ ...file, columns }))).toEqual([
      "a.jsonl.gz [#####.....] 50 %, 1,234,567 lines, 308,642 lines/s, 125 MB/s, 4 s left",
      "a.jsonl.gz [#####.....] 50 %, 1,234,567 lines, 308,642 lines/s, 4 s left",
      "a.jsonl.gz [#####.....] 50 %, 1,234,567 lines, 4 s left",
      "a.jsonl.gz 50 %, 1,234,567 lines, 4 s left",
      "a.jsonl.gz 50 %, 4 s left",
      "a.jsonl.gz 50 %, 4 s left",
      "a.jsonl.gz 50 %, 4~",
      "a.jsonl.~",
    ])
    expect(render({ ...file, label: "a-file-with-a-very-long-name.jsonl.gz", columns: 100 })).toMatch(
      /^a-file-with-a-v~ \[/,
    )
  })

  it("shows nothing of a label that would steer a terminal", () => {
    expect(render({ ...file, label: "a\u001b[2J\nb" })).toMatch(/^a\ufffd\[2J\ufffdb \[/)
  })

  const counted = FastCheck.nat({ max: Number.MAX_SAFE_INTEGER })
  it.prop(
    "is one line narrower than the terminal, whatever is counted",
    [
      FastCheck.record({
        label: FastCheck.string({ unit: "grapheme", maxLength: 100 }),
        done: counted,
        total: FastCheck.option(counted, { nil: undefined }),
        unit: FastCheck.constantFrom("bytes", "looks"),
        beside: FastCheck.array(FastCheck.record({ done: counted, unit: FastCheck.constant("lines") }), {
          maxLength: 2,
        }),
        elapsedMillis: FastCheck.nat(),
        columns: FastCheck.integer({ min: 1, max: 200 }),
      }),
    ],
    ([progress]) => {
      const line = render(progress)
      expect(line).not.toMatch(/\p{Cc}|NaN|Infinity|undefined/u)
      expect([...line].length).toBeLessThan(progress.columns)
    },
  )
})
