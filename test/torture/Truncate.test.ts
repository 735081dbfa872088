import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TempFolder from "../infra/store/TempFolder.js"
import * as Truncate from "./Truncate.js"

describe("a history whose end is missing", () => {
  it.scoped("is refused or found damaged; what remains of its log is what some appends made", () =>
    Effect.gen(function* () {
      const folder = yield* TempFolder.make
      const options = { seed: 3, each: 24, step: 8192, cuts: 10, folder }
      const { failures, figures } = yield* Effect.promise(() => Truncate.run(options))
      expect(failures).toEqual([])
      expect(figures["Harmless"]).toBeLessThanOrEqual(2)
      expect(figures["prefixes"]).toBeGreaterThan(4)
    }),
  )
})
