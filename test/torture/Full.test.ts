import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TempFolder from "../infra/store/TempFolder.js"
import * as Full from "./Full.js"

describe("a history on a disk that is full", () => {
  it.scoped("fails with StoreFull, holds what it acknowledged, and goes on when there is room again", () =>
    Effect.gen(function* () {
      const folder = yield* TempFolder.make
      const { failures, figures, room } = yield* Effect.promise(() =>
        Full.run({ seed: 3, rounds: 1, each: 200, refills: 1, folder }),
      )
      expect(failures).toEqual([])
      expect(figures["pages: full"]).toBeGreaterThanOrEqual(8)
      // Only who may mount a small disk has one.
      if (room === "Disk") expect(figures["appends: full"]).toBeGreaterThanOrEqual(8)
    }),
  )
})
