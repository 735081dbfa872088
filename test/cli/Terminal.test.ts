import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { meter, Terminal } from "../../src/cli/Terminal.js"
import { recording } from "./TestTerminal.js"

describe("Terminal.over", () => {
  const HOSTILE = "a\u001b[31mb\u001b]0;c\u0007\u0085\u061c\u200e\u202ed\u2066\u2028\r\t\ud800e"
  const CLEANED = "a\ufffd[31mb\ufffd]0;c\ufffd\ufffd\ufffd\ufffd\ufffdd\ufffd\ufffd\ufffd\ufffd\ufffde"

  it.effect("replaces what steers a terminal in every text, and keeps its own colours", () => {
    const { err, out, progress, terminal } = recording({ columns: 60, isColored: true })
    return Effect.gen(function* () {
      yield* terminal.print(`${terminal.colors.bold(HOSTILE)}\n${terminal.colors.red("red")}`)
      yield* terminal.write(`${HOSTILE}\n`)
      yield* terminal.note(HOSTILE)
      yield* terminal.progress(HOSTILE)
      expect(out).toEqual([`\u001b[1m${CLEANED}\u001b[22m\n\u001b[31mred\u001b[39m`, CLEANED])
      expect(err).toEqual([CLEANED.replace("\ufffd\ufffd\ufffd\ufffde", " \ufffde")])
      expect(progress).toEqual([CLEANED])
    })
  })

  it.effect("writes data as they are, and no colours, where standard output is no terminal", () => {
    const { out, terminal } = recording()
    return Effect.gen(function* () {
      yield* terminal.write(HOSTILE)
      yield* terminal.print(terminal.colors.bold("bold"))
      expect(out).toEqual([HOSTILE, "bold"])
    })
  })

  it.effect("writes a note on one line, and cuts progress to the terminal", () => {
    const { err, progress, terminal } = recording({ columns: 10 })
    return Effect.gen(function* () {
      yield* terminal.note("one\n  two\r\nthree")
      yield* terminal.progress("0123456789abc")
      expect([err, progress]).toEqual([["one two three"], ["012345678"]])
    })
  })
})

describe("Terminal.meter", () => {
  it.effect("shows where work stands at once, and then not more often than ten times a second", () => {
    const { progress, terminal } = recording({ columns: 60 })
    return Effect.gen(function* () {
      const show = yield* meter
      for (let done = 0; done < 30; done++) {
        yield* show(() => ({ label: "a.jsonl", done, total: 40, unit: "looks" }))
        yield* TestClock.adjust(10)
      }
      expect(progress).toEqual([
        "a.jsonl [....................] 0 %",
        "a.jsonl [#####...............] 25 %, 100 looks/s, 0 s left",
        "a.jsonl [##########..........] 50 %, 100 looks/s, 0 s left",
      ])
    }).pipe(Effect.provideService(Terminal, terminal))
  })

  it.effect("renders nothing where nothing is shown", () => {
    const { terminal } = recording()
    return Effect.gen(function* () {
      const show = yield* meter
      yield* show(() => {
        throw new Error("rendered")
      })
    }).pipe(Effect.provideService(Terminal, terminal))
  })
})
