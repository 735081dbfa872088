import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Bundle from "./Bundle.js"
import * as Share from "./Share.js"

describe("a history that processes share", () => {
  let bundle: Bundle.Bundle
  beforeAll(async () => {
    bundle = await Bundle.make()
  })
  afterAll(() => bundle.remove())

  const short = { seed: 5, processes: 4, each: 150, synchronous: "NORMAL", mostTogether: 20 } as const

  it("has every look of each of them, where each appends to an account of its own", async () => {
    const { failures, figures } = await Share.run(bundle, { ...short, way: "Apart" })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ Duplicate: 0, Late: 0 })
  })

  it("has every look once and in order, where all append to one account", async () => {
    const { failures, figures } = await Share.run(bundle, { ...short, way: "Together" })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ Duplicate: 0 })
    expect(figures["Late"]).toBeGreaterThan(0)
  })

  it("has every look once, where all append the very same ones", async () => {
    const { failures, figures } = await Share.run(bundle, { ...short, way: "Same" })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ Duplicate: 3 * short.each })
  })
})
