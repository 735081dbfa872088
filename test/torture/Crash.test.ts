import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Bundle from "./Bundle.js"
import * as Crash from "./Crash.js"

describe("a history whose writers are killed", () => {
  let bundle: Bundle.Bundle
  beforeAll(async () => {
    bundle = await Bundle.make()
  })
  afterAll(() => bundle.remove())

  it("holds every look that was acknowledged, once, and nothing that was not given", async () => {
    const { failures, figures } = await Crash.run(bundle, { seed: 4, kills: 6, perFile: 6, verifyEvery: 2 })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ kills: 6, verified: 3 })
    expect(figures["appends"]).toBeGreaterThan(10)
  })
})
