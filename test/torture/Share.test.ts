import { afterAll, beforeAll, describe, expect, it } from "@effect/vitest"
import * as Bundle from "./Bundle.js"
import * as Share from "./Share.js"

describe("a history that processes share and store usage in", () => {
  let bundle: Bundle.Bundle
  beforeAll(async () => {
    bundle = await Bundle.make()
  })
  afterAll(() => bundle.remove())

  const short = {
    seed: 5,
    processes: 4,
    each: 100,
    synchronous: "NORMAL",
    maxTogether: 20,
    fillEvery: 20,
  } as const

  it("has every snapshot of each process where each appends to an account of its own", async () => {
    const { failures, figures } = await Share.run(bundle, { ...short, way: "Apart" })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ Duplicate: 0, Late: 0, "fills that gave up": 0 })
    expect(figures["fills"]).toBeGreaterThan(4)
  })

  it("has every snapshot once and in order where all append to one account", async () => {
    const { failures, figures } = await Share.run(bundle, { ...short, way: "Together" })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ Duplicate: 0 })
    expect(figures["Late"]).toBeGreaterThan(0)
  })

  it("has every snapshot once where all append the same ones", async () => {
    const { failures, figures } = await Share.run(bundle, { ...short, way: "Same" })
    expect(failures).toEqual([])
    expect(figures).toMatchObject({ Duplicate: 3 * short.each })
  })
})
