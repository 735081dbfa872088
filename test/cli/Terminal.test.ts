import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { meter, Terminal } from "../../src/cli/Terminal.js"
import { recording } from "./TestTerminal.js"

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
