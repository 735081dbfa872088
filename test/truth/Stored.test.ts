import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Scenario from "./Scenario.js"
import * as StoredLaws from "./StoredLaws.js"

const SEED = 20_260_901
const ACCOUNTS = 16
const limits: Scenario.Limits = { mostLooks: 600 }

describe("the stored histories of simulated accounts", () => {
  it.live("keep every law", () =>
    Effect.gen(function* () {
      const violations: Array<string> = []
      let checked = 0
      for (let number = 0; number < ACCOUNTS; number++) {
        const found = yield* StoredLaws.check(Scenario.make(SEED, number, limits))
        checked += found.checked
        for (const { detail, law, sort } of found.violations)
          violations.push(`${law}: ${sort} (account ${number})${detail}`)
      }
      expect(violations).toEqual([])
      expect(checked).toBe(ACCOUNTS)
    }),
  )
})
