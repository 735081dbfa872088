import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TempFolder from "../infra/store/TempFolder.js"
import * as Flip from "./Flip.js"

describe("a history with one flipped bit", () => {
  it.scoped("is refused or found damaged or reads as before, and never returns what was not written", () =>
    Effect.gen(function* () {
      const folder = yield* TempFolder.make
      const { failures, figures } = yield* Effect.promise(() => Flip.run({ seed: 3, flips: 30, each: 24, folder }))
      expect(failures).toEqual([])
      expect(figures["Found"]).toBeGreaterThan(8)
      expect(figures["Harmless"]).toBeGreaterThan(2)
    }),
  )
})
