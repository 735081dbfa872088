import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Bundle from "./Bundle.js"
import * as Vanish from "./Vanish.js"

describe("a history that is removed, renamed and replaced while processes append", () => {
  let bundle: Bundle.Bundle
  beforeAll(async () => {
    bundle = await Bundle.make()
  })
  afterAll(() => bundle.remove())

  it("holds each acknowledged snapshot in the file that was at the path, and every file is whole", async () => {
    const { failures, figures } = await Vanish.run(bundle, { seed: 5, rounds: 6, processes: 2 })
    expect(failures).toEqual([])
    expect(figures["files"]).toBeGreaterThan(4)
    expect(figures["acknowledged"]).toBeGreaterThan(10)
  })
})
