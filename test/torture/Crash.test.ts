import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Bundle from "./Bundle.js"
import * as Crash from "./Crash.js"

describe("a history whose processes are killed while they append, store usage, prune and forget", () => {
  let bundle: Bundle.Bundle
  beforeAll(async () => {
    bundle = await Bundle.make()
  })
  afterAll(() => bundle.remove())

  it("holds what every acknowledged operation left, and nothing that was not given", async () => {
    const { failures, figures } = await Crash.run(bundle, { seed: 4, kills: 4, perFile: 4, verifyEvery: 2 })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ kills: 4, verified: 2 })
    expect(figures["operations"]).toBeGreaterThan(5)
  })
})
